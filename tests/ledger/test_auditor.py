"""The auditor names everything that does not fit, and trusts no stored hash."""

from dataclasses import dataclass, replace

import pytest

from ledger import merkle
from ledger.auditor import Outcome, Report, audit
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.log import Log, MemoryStore, State
from tests.ledger.samples import NOON, ORIGIN, a_checkpoint, a_log, an_entry


@dataclass(frozen=True, slots=True)
class Event:
    log_id: bytes
    seq: int
    size: int
    root: bytes


def history(log: Log, *sizes: int) -> list[Event]:
    return [Event(log.log_id, seq, size, log.root(size)) for seq, size in enumerate(sizes, 1)]


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def tampered(store: MemoryStore, index: int, entry: Entry) -> None:
    """Put another entry in the place of one, with its leaf hash but with the nodes as they were."""
    data = entry.encode()
    leaf = merkle.leaf_hash(data)
    store.rows[index] = replace(store.rows[index], data=data, leaf=leaf)
    store.nodes[0, index] = leaf


def test_a_log_that_the_chain_confirms_is_consistent() -> None:
    log, _ = a_log(12)
    report = audit(history(log, 1, 5, 8), log, checkpoints=[a_checkpoint(log, 7)])
    assert report == Report(ORIGIN, 12, 3, 8, ())
    assert (report.outcome, report.lag) == (Outcome.CONSISTENT, 4)


def test_without_any_anchor_nothing_is_known() -> None:
    for size in (0, 3):
        report = audit([], a_log(size)[0])
        assert (report.outcome, report.lag) == (Outcome.UNDETERMINED, size)


def test_another_root_is_found_with_its_anchor() -> None:
    log, _ = a_log(8)
    events = history(log, 3, 8)
    events[0] = replace(events[0], root=bytes(32))
    report = audit(events, log)
    assert codes(report) == ["root_differs"]
    assert report.findings[0].params == {"size": 3, "seq": 1}
    assert report.outcome is Outcome.INCONSISTENT


def test_an_altered_entry_is_found_in_every_root_that_covers_it() -> None:
    log, store = a_log(8)
    events = history(log, 3, 5, 8)
    tampered(store, 4, an_entry(99))
    report = audit(events, log)
    assert codes(report) == ["root_differs", "root_differs", "proof_broken"]
    assert [finding.params["size"] for finding in report.findings] == [5, 8, 8]


def test_an_altered_stored_hash_is_found_even_if_every_entry_is_right() -> None:
    log, store = a_log(8)
    events = history(log, 3, 8)
    store.nodes[2, 1] = bytes(32)
    assert codes(audit(events, log)) == ["proof_broken"]
    del store.nodes[1, 0]
    assert codes(audit(events, log)) == ["proof_broken", "proof_broken"]


def test_a_gap_in_the_numbers_is_found() -> None:
    log, _ = a_log(8)
    events = history(log, 3, 5, 8)
    assert codes(audit(events[1:], log)) == ["event_seq", "event_seq"]
    report = audit([events[0], events[2]], log)
    assert codes(report) == ["event_seq"]
    assert report.findings[0].params == {"seq": 3, "size": 8, "expected": 2}


def test_a_size_that_does_not_grow_is_found() -> None:
    log, _ = a_log(8)
    assert codes(audit(history(log, 5, 5), log)) == ["event_size"]
    assert codes(audit(history(log, 5, 3), log)) == ["event_size"]
    assert codes(audit(history(log, 0), log)) == ["event_size"]


def test_an_event_of_another_log_is_found() -> None:
    log, _ = a_log(8)
    events = [replace(each, log_id=bytes(32)) for each in history(log, 8)]
    assert codes(audit(events, log)) == ["event_log"]


def test_a_log_that_lost_its_end_is_found() -> None:
    log, _ = a_log(8)
    report = audit(history(log, 3, 8), a_log(5)[0])
    assert codes(report) == ["log_short"]
    assert (report.outcome, report.lag) == (Outcome.INCONSISTENT, 0)


def test_a_checkpoint_that_was_signed_over_another_tree_is_found() -> None:
    log, _ = a_log(8)
    other = Checkpoint(ORIGIN, 4, bytes(32), NOON)
    foreign = replace(other, origin="other.node/log/registry/2026")
    longer = replace(other, size=9)
    report = audit(history(log, 8), log, checkpoints=[other, foreign, longer])
    assert codes(report) == ["checkpoint_log", "log_short", "root_differs"]
    assert report.findings[2].params == {"size": 4, "seq": None}


def test_a_hole_is_found_and_what_is_before_it_still_checked() -> None:
    log, store = a_log(8)
    events = history(log, 3, 8)
    del store.rows[6]
    report = audit(events, log)
    assert codes(report) == ["entry_missing"]
    assert report.findings[0].params == {"index": 7}


def test_text_in_the_place_of_an_entry_is_found() -> None:
    log, store = a_log(8)
    events = history(log, 3, 8)
    store.rows[6] = replace(store.rows[6], data="text")  # type: ignore[arg-type]
    store.nodes[1, 0] = "text"  # type: ignore[assignment]
    report = audit(events, log)
    assert codes(report) == ["entry_not_bytes", "proof_broken"]
    assert report.findings[0].params == {"index": 6}


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (an_entry(50, time=NOON.replace(month=10)), "entry_time_back"),
        (an_entry(50, time=NOON.replace(year=2028)), "entry_year"),
        (an_entry(50, issuer="inst_other"), "entry_foreign"),
    ],
)
def test_entries_that_the_log_should_have_refused_are_found(entry: Entry, code: str) -> None:
    log, store = a_log(3)
    tampered(store, 2, entry)
    assert codes(audit(history(log, 2), log))[0] == code


def test_what_is_no_entry_or_follows_the_close_is_found() -> None:
    log, store = a_log(3)
    tampered(store, 1, an_entry(50, kind="close"))
    store.rows[2] = replace(store.rows[2], data=b"{}")
    found = codes(audit(history(log, 1), log))
    assert "entry_members" in found
    tampered(store, 2, an_entry(2))
    assert "log_closed" in codes(audit(history(log, 1), log))


def test_an_empty_history_of_an_empty_log_has_no_finding() -> None:
    empty = Log(MemoryStore(State()), ORIGIN)
    assert audit([], empty).findings == ()
