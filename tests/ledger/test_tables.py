"""What the database itself refuses, on both databases; and how an instant is stored."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, StatementError

from ledger.errors import LogInconsistent
from ledger.tables import (
    ANCHOR,
    ANCHOR_TX,
    CHECKPOINT,
    LOG,
    LOG_ENTRY,
    LOG_NODE,
    METADATA,
    UtcTime,
)
from services.platform.db import Database, Session, engine
from tests.ledger.samples import NOON

ID = bytes(16)
ROW: dict[Table, dict[str, Any]] = {
    LOG: {
        "id": ID,
        "origin": "o",
        "institution": "i",
        "year": 2026,
        "size": 9,
        "closed": False,
        "signed_size": 9,
    },
    LOG_ENTRY: {"log_id": ID, "index": 0, "digest": b"d" * 32, "leaf": bytes(32), "data": b""},
    LOG_NODE: {"log_id": ID, "level": 1, "index": 0, "hash": bytes(32)},
    CHECKPOINT: {"log_id": ID, "size": 9, "root": bytes(32), "time": NOON, "note": "n"},
    ANCHOR_TX: {
        "id": ID,
        "chain": "c",
        "sender": "s",
        "nonce": 0,
        "hash": bytes(32),
        "raw": b"r",
        "signed_at": NOON,
    },
    ANCHOR: {
        "log_id": ID,
        "seq": 1,
        "size": 9,
        "root": bytes(32),
        "chain": "c",
        "state": "planned",
        "planned_at": NOON,
    },
}
FINAL = {
    "state": "final",
    "block_number": 1,
    "block_hash": bytes(32),
    "block_time": NOON,
    "tx_hash": bytes(32),
    "final_at": NOON,
}


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    database = Database(engine(database_url))
    METADATA.create_all(database.engine)
    with database.writing() as session:
        for table, row in ROW.items():
            session.execute(insert(table).values(row))
        yield session
        session.rollback()
    database.close()


def test_every_constraint_has_a_name() -> None:
    for table in METADATA.tables.values():
        assert all(constraint.name for constraint in table.constraints), table.name


TWICE: list[tuple[Table, dict[str, Any]]] = [
    (LOG, {"id": b"x" * 16}),
    (LOG_ENTRY, {"digest": b"e" * 32}),
    (LOG_ENTRY, {"index": 1}),
    (LOG_ENTRY, {"log_id": b"x" * 16}),
    (LOG_NODE, {}),
    (CHECKPOINT, {}),
    (CHECKPOINT, {"size": 0}),
    (ANCHOR_TX, {"id": b"x" * 16}),
    (ANCHOR, {"size": 9, "seq": 2}),
    (ANCHOR, {"log_id": b"x" * 16}),
]


def test_what_must_be_once_is_once(session: Session) -> None:
    for table, changes in TWICE:
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(table).values({**ROW[table], **changes}))


def test_another_anchor_waits_until_the_one_in_flight_is_settled(session: Session) -> None:
    session.execute(insert(CHECKPOINT).values({**ROW[CHECKPOINT], "size": 5}))
    second = insert(ANCHOR).values({**ROW[ANCHOR], "seq": 2, "size": 5})
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(second)
    session.execute(update(ANCHOR).values(FINAL))
    session.execute(second)


def test_an_anchor_has_what_its_state_needs(session: Session) -> None:
    incomplete = [{**FINAL, name: None} for name in FINAL if name != "state"]
    wrong: list[dict[str, Any]] = [
        {"state": "lost"},
        {"state": "signed"},
        {"seq": 0},
        {"size": 8},
        *incomplete,
    ]
    for changes in wrong:
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(update(ANCHOR).values(changes))


def test_an_instant_returns_in_utc(session: Session) -> None:
    stored = session.execute(select(CHECKPOINT.c.time)).scalar_one()
    assert stored == NOON
    assert stored.tzinfo is UTC
    assert session.execute(select(LOG.c.last_time)).scalar_one() is None


def test_instants_compare_in_the_database(session: Session) -> None:
    later = NOON + timedelta(seconds=1)
    for time, count in ((NOON, 1), (later, 0)):
        found = select(func.count()).select_from(CHECKPOINT).where(CHECKPOINT.c.time >= time)
        assert session.execute(found).scalar_one() == count


@pytest.mark.parametrize(
    "time",
    [
        NOON.replace(tzinfo=None),
        NOON.replace(microsecond=1),
        NOON.astimezone(timezone(timedelta(hours=8))),
    ],
)
def test_other_instants_are_refused_before_they_are_stored(
    session: Session, time: datetime
) -> None:
    with pytest.raises(StatementError, match="aware, in UTC and in whole seconds"):
        session.execute(update(CHECKPOINT).values(time=time))


def test_sqlite_keeps_the_text() -> None:
    written = UtcTime().process_bind_param(NOON, sqlite.dialect())
    assert written == "2026-11-24T04:00:00Z"


@pytest.mark.parametrize("written", ["'yesterday'", "20261124", "x'00'"])
def test_what_is_no_instant_is_told_by_name(sqlite_url: str, written: str) -> None:
    """SQLite keeps whatever somebody writes into the column."""
    database = Database(engine(sqlite_url))
    METADATA.create_all(database.engine)
    with database.writing() as session, session.begin():
        session.execute(insert(LOG), [ROW[LOG]])
        session.execute(text(f"UPDATE log SET last_time = {written}"))
    with database.reading() as session, pytest.raises(LogInconsistent) as caught:
        session.execute(select(LOG)).all()
    assert caught.value.code == "time_altered"
    database.close()
