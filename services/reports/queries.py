"""Every SELECT about reports, and how their rows change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from services.reports.tables import REPORT

Row = Mapping[Any, Any]


def add(session: Session, row: Row) -> None:
    """Insert a report."""
    session.execute(insert(REPORT), [dict(row)])


def report(session: Session, report_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return a report; `lock` holds its row until the commit."""
    asked = select(REPORT).where(REPORT.c.id == report_id)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def by_ticket(session: Session, ticket: bytes) -> RowMapping | None:
    """Return the report that a ticket belongs to."""
    asked = select(REPORT).where(REPORT.c.ticket == ticket)
    return session.execute(asked).mappings().one_or_none()


def change(session: Session, report_id: str, values: Row) -> None:
    """Change columns of a report."""
    session.execute(update(REPORT).where(REPORT.c.id == report_id).values(**values))


def counts(session: Session) -> dict[str, int]:
    """Return how many reports there are in each state."""
    found = session.execute(select(REPORT.c.state, func.count()).group_by(REPORT.c.state))
    return {row[0]: row[1] for row in found}


def listed(session: Session, *, offset: int, limit: int) -> Sequence[RowMapping]:
    """Return reports: those that wait first, the oldest of them on top, then the closed ones."""
    closed = case((REPORT.c.state == "closed", 1), else_=0)
    waiting = case((REPORT.c.state == "closed", None), else_=REPORT.c.created_at)
    order = (closed, waiting, REPORT.c.changed_at.desc(), REPORT.c.id)
    return (
        session.execute(select(REPORT).order_by(*order).offset(offset).limit(limit))
        .mappings()
        .all()
    )


def closed_before(session: Session, instant: datetime, *, limit: int) -> Sequence[str]:
    """Return the ids of reports that were closed before an instant."""
    asked = select(REPORT.c.id).where(REPORT.c.state == "closed", REPORT.c.changed_at <= instant)
    return session.execute(asked.order_by(REPORT.c.changed_at).limit(limit)).scalars().all()


def forget(session: Session, report_ids: Sequence[str]) -> None:
    """Delete reports."""
    session.execute(delete(REPORT).where(REPORT.c.id.in_(report_ids)))
