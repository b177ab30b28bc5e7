"""Logs in SQLite and PostgreSQL: the same tree, few reads, and of two writers never both."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text

from ledger import merkle, sql_store
from ledger.checkpoint import Checkpoint, log_id, origin, verify
from ledger.errors import InvalidEntry, LogClosed, LogInconsistent, LogMoved, UnknownLog
from ledger.log import Log
from ledger.sql_store import Anchored, TreeHead
from ledger.tables import ANCHOR, ANCHOR_TX, LOG, LOG_ENTRY, LOG_NODE, METADATA
from services.platform.db import Database, Session, engine
from tests.ledger.samples import (
    INSTITUTION,
    LOG_KEY,
    NODE,
    NOON,
    ORIGIN,
    a_log,
    a_note,
    an_entry,
    some_entries,
)

WAIT_SECONDS = 20


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(engine(database_url))
    METADATA.create_all(made.engine)
    yield made
    made.close()


def write(database: Database, work: Callable[[Session], object]) -> None:
    with database.writing() as session, session.begin():
        work(session)


def append(database: Database, count: int, start: int = 0) -> None:
    write(
        database,
        lambda session: sql_store.open_for_append(session, ORIGIN).append(
            some_entries(count, start)
        ),
    )


def sign(database: Database) -> None:
    """Sign every head as a node does: read, sign, store."""
    with database.reading() as session:
        heads = sql_store.heads_to_sign(session, limit=10)
    for head in heads:
        checkpoint = Checkpoint(head.origin, head.size, head.root, NOON)
        write(
            database,
            lambda session, checkpoint=checkpoint: sql_store.store_checkpoint(  # type: ignore[misc]
                session, checkpoint, a_note(checkpoint)
            ),
        )


def test_the_database_answers_as_the_memory_does(database: Database) -> None:
    for start, count in ((0, 1), (1, 4), (5, 28)):
        append(database, count, start)
    memory, _ = a_log(33)
    with database.reading() as session:
        log = sql_store.open_log(session, ORIGIN)
        assert (log.size, log.last_time, log.closed) == (33, NOON, False)
        for size in range(34):
            assert log.root(size) == memory.root(size)
            assert log.consistency(size) == memory.consistency(size)
        for index in range(33):
            assert log.prove(index) == memory.prove(index)
            assert log.entry(index) == memory.entry(index)
            assert log.index_of(an_entry(index).digest) == index
        assert list(log.entries(0, 33)) == list(memory.entries(0, 33))


def test_entries_are_read_in_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    append(database, 7)
    monkeypatch.setattr(sql_store, "_PAGE", 3)
    with database.reading() as session:
        log = sql_store.open_log(session, ORIGIN)
        assert list(log.entries(1, 7)) == [entry.encode() for entry in some_entries(6, 1)]


def test_some_entries_are_read_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    append(database, 7)
    monkeypatch.setattr(sql_store, "_PAGE", 2)
    with database.reading() as session:
        found = sql_store.entries_at(session, ORIGIN, [5, 1, 2, 99])
        assert found == {index: an_entry(index).encode() for index in (1, 2, 5)}
        assert sql_store.entries_at(session, ORIGIN, []) == {}


def test_text_that_sqlite_takes_for_an_entry_is_none(sqlite_url: str) -> None:
    database = Database(engine(sqlite_url))
    METADATA.create_all(database.engine)
    append(database, 3)
    write(database, lambda session: session.execute(text("UPDATE log_entry SET data = 'text'")))
    with database.reading() as session:
        assert sql_store.entries_at(session, ORIGIN, [0, 1]) == {}
        with pytest.raises(LogInconsistent) as caught:
            list(sql_store.open_log(session, ORIGIN).entries(0, 3))
    assert caught.value.code == "entry_not_bytes"
    database.close()


def test_a_size_that_is_none_is_told_by_name(sqlite_url: str) -> None:
    database = Database(engine(sqlite_url))
    METADATA.create_all(database.engine)
    append(database, 3)
    write(database, lambda session: session.execute(text("UPDATE log SET size = 'many'")))
    with database.reading() as session, pytest.raises(LogInconsistent) as caught:
        sql_store.open_log(session, ORIGIN)
    assert caught.value.code == "log_altered"
    database.close()


def test_a_proof_is_one_statement_and_a_handful_of_hashes(database: Database) -> None:
    append(database, 1000)
    rows: list[int] = []

    def count(*arguments: object) -> None:
        rows.append(1)

    with database.reading() as session:
        log = sql_store.open_log(session, ORIGIN)
        event.listen(database.engine, "before_cursor_execute", count)
        log.prove(777)
        log.consistency(600)
        log.root()
        event.remove(database.engine, "before_cursor_execute", count)
    assert len(rows) == 3
    assert sum(map(len, merkle.inclusion_path(777, 1000))) <= 2 * 10


def test_node_hashes_are_looked_up_and_never_scanned(sqlite_url: str) -> None:
    database = Database(engine(sqlite_url))
    METADATA.create_all(database.engine)
    append(database, 100)
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.append(" | ".join(row[3] for row in plan))

    with database.reading() as session:
        log = sql_store.open_log(session, ORIGIN)
        event.listen(database.engine, "before_cursor_execute", explain)
        log.prove(77)
    database.close()
    [steps] = plans
    assert "SEARCH log_node USING PRIMARY KEY (log_id=? AND level=? AND index=?)" in steps
    assert "SCAN" not in steps


def test_only_complete_subtrees_are_stored(database: Database) -> None:
    append(database, 70)
    with database.reading() as session:
        nodes = session.execute(select(LOG_NODE.c.level, LOG_NODE.c.index)).all()
    assert sorted(map(tuple, nodes)) == sorted(
        (level, index) for level in range(1, 7) for index in range(70 >> level)
    )


def test_a_log_that_nobody_began_is_unknown(database: Database) -> None:
    with database.reading() as session, pytest.raises(UnknownLog):
        sql_store.open_log(session, ORIGIN)


def test_opening_for_append_makes_the_log_once(database: Database) -> None:
    for _ in range(2):
        write(database, lambda session: sql_store.open_for_append(session, ORIGIN))
    with database.reading() as session:
        row = session.execute(select(LOG)).one()
    assert row.id == log_id(ORIGIN)[:16]
    assert (row.institution, row.year, row.size, row.last_time) == (INSTITUTION, 2026, 0, None)


def test_a_rolled_back_append_leaves_nothing(database: Database) -> None:
    append(database, 3)
    with database.writing() as session:
        sql_store.open_for_append(session, ORIGIN).append(some_entries(5, 3))
        session.rollback()
    append(database, 2, start=3)
    with database.reading() as session:
        assert sql_store.open_log(session, ORIGIN).root() == a_log(5)[0].root()


def test_one_digest_is_entered_once(database: Database) -> None:
    append(database, 3)
    with pytest.raises(InvalidEntry) as caught:
        append(database, 1, start=2)
    assert caught.value.code == "entry_duplicate"
    append(database, 1, start=3)


def test_another_log_may_have_the_same_digest(database: Database) -> None:
    other = origin(NODE, INSTITUTION, 2025)
    past = [an_entry(1, time=NOON.replace(year=2025))]
    append(database, 3)
    write(database, lambda session: sql_store.open_for_append(session, other).append(past))
    with database.reading() as session:
        assert sql_store.open_log(session, other).index_of(past[0].digest) == 0


def test_a_closed_log_stays_closed(database: Database) -> None:
    append(database, 1)
    close = an_entry(1, kind="close", time=NOON + timedelta(days=60))
    write(database, lambda session: sql_store.open_for_append(session, ORIGIN).append([close]))
    with pytest.raises(LogClosed):
        append(database, 1, start=2)
    with database.reading() as session:
        log = sql_store.open_log(session, ORIGIN)
        assert (log.closed, log.last_time) == (True, close.time)


def test_a_store_that_did_not_see_the_last_writer_is_refused(database: Database) -> None:
    """Compare and swap holds even where somebody forgot the lock."""
    append(database, 2)

    def both(session: Session) -> None:
        stale = sql_store.open_log(session, ORIGIN)
        sql_store.open_for_append(session, ORIGIN).append([an_entry(2)])
        stale.append([an_entry(3)])

    with pytest.raises(LogMoved) as caught:
        write(database, both)
    assert caught.value.code == "log_moved"
    with database.reading() as session:
        assert sql_store.open_log(session, ORIGIN).size == 2


def in_threads(works: list[Callable[[], None]]) -> None:
    """Run these at once; raise what one of them raised."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait(WAIT_SECONDS)
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    if failures:
        raise failures[0]


def test_two_writers_lose_nothing(database: Database) -> None:
    def writer(first: int) -> Callable[[], None]:
        def work() -> None:
            for number in range(10):
                append(database, 3, start=first + 3 * number)

        return work

    in_threads([writer(0), writer(1000)])
    with database.reading() as session:
        log = sql_store.open_log(session, ORIGIN)
        data = list(log.entries(0, 60))
        indexes = session.execute(select(LOG_ENTRY.c.index).order_by(LOG_ENTRY.c.index))
        assert indexes.scalars().all() == list(range(60))
        assert log.root() == merkle.root(merkle.leaf_hash(each) for each in data)
        numbers = [*range(30), *range(1000, 1030)]
        places = [log.index_of(an_entry(number).digest) for number in numbers]
    assert sorted(places) == list(range(60))
    assert places[:30] == sorted(places[:30]), "each writer's entries keep their order"


def test_two_writers_may_begin_the_same_log(database: Database) -> None:
    in_threads(
        [
            lambda: append(database, 1),
            lambda: append(database, 1, 1),
            lambda: append(database, 1, 2),
        ]
    )
    with database.reading() as session:
        assert sql_store.open_log(session, ORIGIN).size == 3
        assert session.execute(select(func.count()).select_from(LOG)).scalar_one() == 1


def test_only_committed_leaves_are_offered_for_signing(database: Database) -> None:
    append(database, 3)
    with database.writing() as writer:
        sql_store.open_for_append(writer, ORIGIN).append(some_entries(2, 3))
        with database.reading() as session:
            heads = sql_store.heads_to_sign(session, limit=10)
        writer.rollback()
    assert heads == [TreeHead(ORIGIN, 3, a_log(3)[0].root(), 0)]


def test_signed_and_empty_logs_are_not_offered(database: Database) -> None:
    append(database, 3)
    empty = origin(NODE, "registry", 2026)
    write(database, lambda session: sql_store.open_for_append(session, empty))
    sign(database)
    with database.reading() as session:
        assert sql_store.heads_to_sign(session, limit=10) == []
    append(database, 1, start=3)
    with database.reading() as session:
        assert sql_store.heads_to_sign(session, limit=0) == []
        [head] = sql_store.heads_to_sign(session, limit=10)
    assert (head.size, head.signed_size) == (4, 3)


def test_checkpoints_only_grow(database: Database) -> None:
    append(database, 3)
    sign(database)
    root = a_log(3)[0].root()
    for size in (2, 3, 4):
        checkpoint = Checkpoint(ORIGIN, size, root, NOON)
        with pytest.raises(LogMoved) as caught:
            write(
                database,
                lambda session, checkpoint=checkpoint: sql_store.store_checkpoint(  # type: ignore[misc]
                    session, checkpoint, "note"
                ),
            )
        assert caught.value.code == "checkpoint_moved"


def test_notes_are_kept(database: Database) -> None:
    append(database, 3)
    with database.reading() as session:
        assert sql_store.latest_note(session, ORIGIN) is None
    sign(database)
    append(database, 2, start=3)
    sign(database)
    with database.reading() as session:
        latest, kept = sql_store.latest_note(session, ORIGIN), sql_store.notes(session, ORIGIN)
    assert kept[-1] == latest
    assert [verify(note, name=NODE, key=LOG_KEY.public) for note in kept] == [
        Checkpoint(ORIGIN, size, a_log(size)[0].root(), NOON) for size in (3, 5)
    ]


def anchor(session: Session, log: Log, seq: int, state: str) -> None:
    """Store an anchor of the log at its size, as the outbox would."""
    if state == "final" and seq == 1:
        session.execute(
            insert(ANCHOR_TX).values(
                id=bytes(16),
                chain="c",
                sender="s",
                nonce=0,
                hash=bytes(32),
                raw=b"raw",
                signed_at=NOON,
            )
        )
    final = state == "final"
    session.execute(
        insert(ANCHOR).values(
            log_id=log.log_id[:16],
            seq=seq,
            size=log.size,
            root=log.root(),
            chain="c",
            state=state,
            planned_at=NOON,
            tx_id=bytes(16) if final else None,
            block_number=1 if final else None,
            block_hash=bytes(32) if final else None,
            block_time=NOON if final else None,
            tx_hash=bytes(32) if final else None,
            final_at=NOON if final else None,
            receipt=f"receipt {seq}" if final else None,
        )
    )


def anchored_twice(database: Database) -> None:
    """Six entries: two under anchor 1, two under anchor 2, two under a planned one."""
    for seq, state in ((1, "final"), (2, "final"), (3, "planned")):
        append(database, 2, start=2 * (seq - 1))
        sign(database)
        with database.writing() as session, session.begin():
            anchor(session, sql_store.open_log(session, ORIGIN), seq, state)


def test_the_evidence_of_an_entry_is_the_first_anchor_that_covers_it(
    database: Database,
) -> None:
    anchored_twice(database)
    with database.reading() as session:
        found = [sql_store.anchored(session, ORIGIN, index) for index in range(6)]
        first, second, *_ = sql_store.notes(session, ORIGIN)
    assert found[0] == found[1] == Anchored(first, 2, 1, "receipt 1")
    assert found[2] == found[3] == Anchored(second, 4, 2, "receipt 2")
    assert found[4] is found[5] is None, "planned is not anchored"


def test_what_no_anchor_covers_is_named(database: Database) -> None:
    registry = origin(NODE, "registry", 2026)
    record = an_entry(1, kind="record")
    anchored_twice(database)
    write(database, lambda session: sql_store.open_for_append(session, registry).append([record]))
    empty = origin(NODE, "audit", 2026)
    write(database, lambda session: sql_store.open_for_append(session, empty))
    waiting = [(ORIGIN, 4), (ORIGIN, 5), (registry, 0)]
    with database.reading() as session:
        assert sql_store.unanchored(session, institution=None, limit=9) == waiting
        assert sql_store.unanchored(session, institution=None, limit=1) == waiting[:1]
        assert sql_store.unanchored(session, institution="registry", limit=9) == waiting[2:]
        assert sql_store.unanchored(session, institution="audit", limit=9) == []
        assert sql_store.receipted_size(session, ORIGIN) == 4
        assert sql_store.receipted_size(session, registry) == 0
        assert sql_store.origins(session) == [ORIGIN, registry]
        assert sql_store.last_block_time(session, institution=None) == NOON
        assert sql_store.last_block_time(session, institution=INSTITUTION) == NOON
        assert sql_store.last_block_time(session, institution="registry") is None


def test_a_row_that_breaks_the_sizes_is_refused_by_the_database(database: Database) -> None:
    append(database, 3)
    with pytest.raises(Exception, match="ck_log_sizes"), database.writing() as session:
        session.execute(text("UPDATE log SET signed_size = 4"))
