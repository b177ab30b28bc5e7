"""Every statement about record keys, kept answers and years. Nothing here decides or commits."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.tables import LOG
from services.platform.db import Session
from services.platform.tables import IDEMPOTENCY, RECORD_KEY

_PORTION = 10_000
"""Ids in one statement; SQLite takes 32,766 parameters."""


def add_record_keys(session: Session, keys: Sequence[tuple[str, bytes]], *, now: datetime) -> None:
    """Insert wrapped keys, each with its record's id."""
    rows = [{"id": key_id, "wrapped": wrapped, "created_at": now} for key_id, wrapped in keys]
    session.execute(insert(RECORD_KEY), rows)


def record_keys(session: Session, ids: Sequence[str]) -> dict[str, bytes | None]:
    """Return the wrapped keys of those of the records that have or had one."""
    found = select(RECORD_KEY.c.id, RECORD_KEY.c.wrapped)
    rows = (
        row
        for some in _portions(ids)
        for row in session.execute(found.where(RECORD_KEY.c.id.in_(some)))
    )
    return {row.id: row.wrapped for row in rows}


def destroy_record_keys(session: Session, ids: Sequence[str], *, now: datetime) -> list[str]:
    """Take the keys out of their rows; return the ids of those that still had one."""
    destroyed = (
        update(RECORD_KEY)
        .where(RECORD_KEY.c.wrapped.is_not(None))
        .values(wrapped=None, destroyed_at=now)
        .returning(RECORD_KEY.c.id)
    )
    return [
        gone
        for some in _portions(ids)
        for gone in session.scalars(destroyed.where(RECORD_KEY.c.id.in_(some)))
    ]


def destroyed_record_keys(session: Session) -> list[tuple[str, datetime]]:
    """Return the ids of all destroyed keys and when that was, oldest first."""
    found = (
        select(RECORD_KEY.c.id, RECORD_KEY.c.destroyed_at)
        .where(RECORD_KEY.c.destroyed_at.is_not(None))
        .order_by(RECORD_KEY.c.destroyed_at, RECORD_KEY.c.id)
    )
    return [(row.id, row.destroyed_at) for row in session.execute(found)]


def claim_answer(session: Session, *, actor: str, key: str, digest: bytes, now: datetime) -> bool:
    """Reserve the place of an answer; False if it is taken.

    On PostgreSQL this waits for the transaction that is about to take it.
    """
    values = {"actor": actor, "key": key, "digest": digest, "created_at": now}
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    added = dialect.insert(IDEMPOTENCY).values(values).on_conflict_do_nothing()
    return session.execute(added.returning(IDEMPOTENCY.c.key)).first() is not None


def take_claim(session: Session, *, actor: str, key: str, before: datetime, now: datetime) -> bool:
    """Take over a place that was reserved before an instant and not filled; whether one was."""
    dead = (
        IDEMPOTENCY.c.actor == actor,
        IDEMPOTENCY.c.key == key,
        IDEMPOTENCY.c.status.is_(None),
        IDEMPOTENCY.c.created_at < before,
    )
    taken = update(IDEMPOTENCY).where(*dead).values(created_at=now).returning(IDEMPOTENCY.c.key)
    return session.execute(taken).first() is not None


def drop_claim(session: Session, *, actor: str, key: str) -> None:
    """Delete a place that was reserved and not filled."""
    same = (IDEMPOTENCY.c.actor == actor, IDEMPOTENCY.c.key == key)
    session.execute(delete(IDEMPOTENCY).where(*same, IDEMPOTENCY.c.status.is_(None)))


def answer(session: Session, *, actor: str, key: str) -> RowMapping | None:
    """Return the kept answer."""
    same = (IDEMPOTENCY.c.actor == actor, IDEMPOTENCY.c.key == key)
    return session.execute(select(IDEMPOTENCY).where(*same)).mappings().first()


def keep_answer(session: Session, *, actor: str, key: str, status: int, body: bytes) -> None:
    """Fill the reserved place."""
    same = (IDEMPOTENCY.c.actor == actor, IDEMPOTENCY.c.key == key)
    session.execute(update(IDEMPOTENCY).where(*same).values(status=status, body_sealed=body))


def delete_answers(session: Session, *, before: datetime) -> int:
    """Delete what was answered before an instant."""
    old = delete(IDEMPOTENCY).where(IDEMPOTENCY.c.created_at < before)
    return len(session.execute(old.returning(IDEMPOTENCY.c.key)).all())


def newest_log_year(session: Session, institution: str) -> int | None:
    """Return the year of the institution's newest log."""
    found = select(func.max(LOG.c.year)).where(LOG.c.institution == institution)
    year: int | None = session.scalars(found).one()
    return year


def open_logs(session: Session, *, before_year: int, limit: int) -> list[tuple[str, int]]:
    """Return institution and year of logs of earlier years that have no close entry yet."""
    found = (
        select(LOG.c.institution, LOG.c.year)
        .where(LOG.c.year < before_year, ~LOG.c.closed, LOG.c.size > 0)
        .order_by(LOG.c.year, LOG.c.institution)
        .limit(limit)
    )
    return [(row.institution, row.year) for row in session.execute(found)]


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _PORTION] for start in range(0, len(ids), _PORTION))
