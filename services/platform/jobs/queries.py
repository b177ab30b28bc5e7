"""Every statement about jobs. Nothing here decides or commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, case, func, insert, or_, select, update

from services.platform.db import Session
from services.platform.jobs.tables import JOB

_OPEN = JOB.c.state.in_(("queued", "running"))


def add(session: Session, row: Mapping[str, Any]) -> None:
    """Insert one job."""
    session.execute(insert(JOB).values(row))


def job(session: Session, job_id: str) -> RowMapping | None:
    """Return the job."""
    return session.execute(select(JOB).where(JOB.c.id == job_id)).mappings().first()


def open_job(session: Session, *, kind: str, subject: str) -> RowMapping | None:
    """Return the one open job of this kind for this subject."""
    same = and_(JOB.c.kind == kind, JOB.c.subject == subject, _OPEN)
    return session.execute(select(JOB).where(same)).mappings().first()


def newest(session: Session, *, kind: str, subject: str) -> RowMapping | None:
    """Return the last job of this kind for this subject, open or not."""
    found = (
        select(JOB)
        .where(JOB.c.kind == kind, JOB.c.subject == subject)
        .order_by(_OPEN.desc(), JOB.c.created_at.desc(), JOB.c.id.desc())
        .limit(1)
    )
    return session.execute(found).mappings().first()


def take(
    session: Session, *, kinds: Sequence[str], now: datetime, values: Mapping[str, Any]
) -> RowMapping | None:
    """Give one claimable job these values and the next attempt; return it as it is now.

    The condition is repeated outside the subquery: on PostgreSQL SKIP LOCKED picks a row that
    nobody holds, on SQLite, which has no row locks, BEGIN IMMEDIATE has shut the others out.
    """
    claimable = _claimable(kinds, now)
    first = (
        select(JOB.c.id)
        .where(claimable)
        .order_by(JOB.c.not_before, JOB.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = (
        update(JOB)
        .where(JOB.c.id == first, claimable)
        .values(**values, attempt=JOB.c.attempt + 1, deaths=_deaths())
        .returning(JOB)
    )
    return session.execute(taken).mappings().first()


def change_held(
    session: Session, *, job_id: str, owner: str, attempt: int, values: Mapping[str, Any]
) -> bool:
    """Change a job that this owner holds under this attempt; return whether there was one."""
    held = and_(
        JOB.c.id == job_id,
        JOB.c.owner == owner,
        JOB.c.attempt == attempt,
        JOB.c.state == "running",
    )
    changed = session.execute(update(JOB).where(held).values(**values).returning(JOB.c.id))
    return changed.first() is not None


def change_all_running(session: Session, values: Mapping[str, Any]) -> int:
    """Change every running job, whose workers are dead; return how many there were."""
    changed = update(JOB).where(JOB.c.state == "running").values(**values, deaths=_deaths())
    return len(session.execute(changed.returning(JOB.c.id)).all())


def counts(session: Session) -> dict[str, int]:
    """Return the number of jobs in each state."""
    by_state = select(JOB.c.state, func.count()).group_by(JOB.c.state)
    return {row[0]: row[1] for row in session.execute(by_state)}


def _deaths() -> ColumnElement[int]:
    """Count one more for a job that was running: nobody gave it back."""
    return case((JOB.c.state == "running", JOB.c.deaths + 1), else_=JOB.c.deaths)


def _claimable(kinds: Sequence[str], now: datetime) -> ColumnElement[bool]:
    waiting = and_(JOB.c.state == "queued", JOB.c.not_before <= now)
    abandoned = and_(JOB.c.state == "running", JOB.c.lease_until < now)
    return and_(JOB.c.kind.in_(kinds), or_(waiting, abandoned))
