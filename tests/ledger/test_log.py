"""What a log takes, and what it answers; over the store in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledger import merkle
from ledger.checkpoint import origin
from ledger.entry import Entry
from ledger.errors import (
    InvalidCheckpoint,
    InvalidEntry,
    LedgerError,
    LogClosed,
    LogInconsistent,
    LogMoved,
    UnknownEntry,
)
from ledger.log import Log, MemoryStore, State
from tests.ledger.samples import NODE, NOON, ORIGIN, a_log, an_entry, some_entries

JANUARY = datetime(2027, 1, 4, tzinfo=UTC)


def refused(log: Log, entries: list[Entry], error: type[LedgerError]) -> str:
    """Append, which is refused and changes nothing; return the code."""
    size, root = log.size, log.root()
    with pytest.raises(error) as caught:
        log.append(entries)
    assert (log.size, log.root()) == (size, root)
    return caught.value.code


def test_entries_are_numbered_in_order() -> None:
    log, _ = a_log(0)
    assert log.append(some_entries(3)) == 0
    assert log.append(some_entries(2, start=3)) == 3
    assert log.size == 5
    assert [log.entry(index) for index in range(5)] == [e.encode() for e in some_entries(5)]
    assert log.index_of(an_entry(4).digest) == 4


def test_chunks_make_the_same_tree_as_single_entries() -> None:
    leaves = [merkle.leaf_hash(entry.encode()) for entry in some_entries(33)]
    for chunk in (1, 2, 5, 32, 33):
        log, _ = a_log(0)
        for start in range(0, 33, chunk):
            log.append(some_entries(min(chunk, 33 - start), start))
        assert log.root() == merkle.root(leaves)


def test_nothing_appended_is_nothing_changed() -> None:
    log, store = a_log(2)
    assert log.append([]) == 2
    assert store.state.size == 2


def test_an_empty_log_has_the_root_of_nothing() -> None:
    log, _ = a_log(0)
    assert (log.size, log.last_time, log.closed) == (0, None, False)
    assert log.root() == merkle.root([])


def test_time_never_goes_back() -> None:
    log, _ = a_log(1)
    assert log.last_time == NOON
    earlier = an_entry(1, time=NOON - timedelta(seconds=1))
    assert refused(log, [earlier], InvalidEntry) == "entry_time_back"
    later = an_entry(2, time=NOON + timedelta(seconds=1))
    assert refused(log, [later, an_entry(3)], InvalidEntry) == "entry_time_back"


def test_an_entry_belongs_to_the_year_of_its_time() -> None:
    log, _ = a_log(1)
    assert refused(log, [an_entry(1, time=JANUARY)], InvalidEntry) == "entry_year"


def test_a_close_entry_ends_the_log() -> None:
    log, _ = a_log(1)
    close = an_entry(1, kind="close", time=JANUARY)
    after = an_entry(2, kind="close", time=JANUARY)
    assert refused(log, [close, after], LogClosed) == "log_closed"
    log.append([close])
    assert log.closed
    assert refused(log, [after], LogClosed) == "log_closed"


def test_an_institution_has_its_own_entries_only() -> None:
    log, _ = a_log(0)
    foreign = an_entry(1, issuer="inst_41BBBBBBBBBBBBBBBB")
    assert refused(log, [foreign], InvalidEntry) == "entry_foreign"


def test_the_nodes_own_logs_are_about_many() -> None:
    registry = Log(MemoryStore(), origin(NODE, "registry", 2026))
    registry.append([an_entry(n, kind="record", issuer=f"inst_{n}") for n in range(3)])
    assert registry.size == 3


def test_one_digest_is_entered_once() -> None:
    log, _ = a_log(2)
    assert refused(log, [an_entry(1)], InvalidEntry) == "entry_duplicate"
    assert refused(log, [an_entry(5), an_entry(5)], InvalidEntry) == "entry_duplicate"


def test_of_two_writers_one_is_told_to_try_again() -> None:
    log, store = a_log(2)
    stale = MemoryStore(State(1, NOON), store.rows, store.nodes, store.indexes)
    with pytest.raises(LogMoved):
        Log(stale, ORIGIN).append([an_entry(9)])
    assert log.size == 2


def test_what_the_log_does_not_have_is_unknown() -> None:
    log, _ = a_log(3)
    unknown: list[tuple[Callable[[], object], str]] = [
        (lambda: log.entry(3), "entry_index"),
        (lambda: log.entry(-1), "entry_index"),
        (lambda: log.prove(3), "entry_index"),
        (lambda: log.prove(2, 2), "entry_index"),
        (lambda: log.prove(-1), "entry_index"),
        (lambda: log.prove(0, 4), "tree_size"),
        (lambda: log.root(4), "tree_size"),
        (lambda: log.root(-1), "tree_size"),
        (lambda: log.consistency(2, 4), "tree_size"),
        (lambda: log.consistency(3, 2), "tree_size"),
        (lambda: log.consistency(-1), "tree_size"),
        (lambda: log.index_of(bytes(32)), "entry_digest_unknown"),
    ]
    for ask, code in unknown:
        with pytest.raises(UnknownEntry) as caught:
            ask()
        assert caught.value.code == code


def test_a_hole_in_the_store_is_an_alarm_and_not_a_wrong_answer() -> None:
    log, store = a_log(5)
    del store.nodes[1, 0]
    with pytest.raises(LogInconsistent) as caught:
        log.prove(2)
    assert caught.value.code == "node_missing"
    del store.rows[4]
    with pytest.raises(LogInconsistent) as caught:
        log.entry(4)
    assert caught.value.code == "entry_missing"


def test_text_in_the_place_of_bytes_is_told_by_name() -> None:
    log, store = a_log(5)
    store.rows[4] = replace(store.rows[4], data="text")  # type: ignore[arg-type]
    with pytest.raises(LogInconsistent) as caught:
        log.entry(4)
    assert (caught.value.code, caught.value.params["index"]) == ("entry_not_bytes", 4)
    store.nodes[1, 0] = "text"  # type: ignore[assignment]
    with pytest.raises(LogInconsistent) as caught:
        log.prove(2)
    assert caught.value.code == "node_altered"


def test_a_log_needs_an_origin() -> None:
    with pytest.raises(InvalidCheckpoint):
        Log(MemoryStore(), "somewhere")
