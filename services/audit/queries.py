"""Every SELECT about the audit trail and alarms, and how their rows change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from services.audit.tables import ALARM, AUDIT_EVENT, AUDIT_HEAD, AUDIT_OUTBOX, AUDIT_SEAL


def add_event(session: Session, row: Mapping[Any, Any]) -> None:
    """Insert an event, and put it before the sealer."""
    session.execute(insert(AUDIT_EVENT), [dict(row)])
    session.execute(insert(AUDIT_OUTBOX), [{"event_id": row["id"]}])


def unsealed(session: Session, *, limit: int) -> Sequence[RowMapping]:
    """Return events that are not in the chain yet, oldest first."""
    return (
        session.execute(
            select(AUDIT_EVENT)
            .join(AUDIT_OUTBOX, AUDIT_OUTBOX.c.event_id == AUDIT_EVENT.c.id)
            .order_by(AUDIT_EVENT.c.at, AUDIT_EVENT.c.id)
            .limit(limit)
        )
        .mappings()
        .all()
    )


def unsealed_count(session: Session) -> int:
    """Return how many events have no link, whether or not they are before the sealer."""
    asked = (
        select(func.count())
        .select_from(AUDIT_EVENT)
        .outerjoin(AUDIT_SEAL, AUDIT_SEAL.c.event_id == AUDIT_EVENT.c.id)
        .where(AUDIT_SEAL.c.event_id.is_(None))
    )
    return session.execute(asked).scalar_one()


def outbox_count(session: Session) -> int:
    """Return how many events are before the sealer."""
    return session.execute(select(func.count()).select_from(AUDIT_OUTBOX)).scalar_one()


def last_seal(session: Session, *, lock: bool = False) -> RowMapping | None:
    """Return the newest link of the chain; `lock` lets one caller at a time past here."""
    if lock and session.get_bind().dialect.name == "postgresql":
        # There is no row to lock before the first link. On SQLite only one writes anyway.
        session.execute(text("LOCK TABLE audit_seal IN SHARE ROW EXCLUSIVE MODE"))
    newest = select(AUDIT_SEAL).order_by(AUDIT_SEAL.c.seq.desc()).limit(1)
    return session.execute(newest).mappings().one_or_none()


def add_seals(session: Session, rows: Sequence[Mapping[Any, Any]]) -> None:
    """Insert links, and take their events from before the sealer."""
    session.execute(insert(AUDIT_SEAL), [dict(row) for row in rows])
    events = [row["event_id"] for row in rows]
    session.execute(delete(AUDIT_OUTBOX).where(AUDIT_OUTBOX.c.event_id.in_(events)))


def sealed_events(session: Session, *, after: int, limit: int) -> Sequence[RowMapping]:
    """Return links after a number with their events, in order."""
    return (
        session.execute(
            select(AUDIT_SEAL.c.seq, AUDIT_SEAL.c.mac.label("link"), AUDIT_EVENT)
            .join(AUDIT_EVENT, AUDIT_EVENT.c.id == AUDIT_SEAL.c.event_id)
            .where(AUDIT_SEAL.c.seq > after)
            .order_by(AUDIT_SEAL.c.seq)
            .limit(limit)
        )
        .mappings()
        .all()
    )


def last_head(session: Session) -> RowMapping | None:
    """Return the newest head that became an entry of the registry log."""
    return (
        session.execute(select(AUDIT_HEAD).order_by(AUDIT_HEAD.c.seq.desc()).limit(1))
        .mappings()
        .one_or_none()
    )


def heads(session: Session) -> Sequence[RowMapping]:
    """Return all heads, oldest first."""
    return session.execute(select(AUDIT_HEAD).order_by(AUDIT_HEAD.c.seq)).mappings().all()


def add_head(session: Session, row: Mapping[Any, Any]) -> None:
    """Insert a head."""
    session.execute(insert(AUDIT_HEAD), [dict(row)])


def events(session: Session, *, limit: int) -> Sequence[RowMapping]:
    """Return the newest events first."""
    return (
        session.execute(
            select(AUDIT_EVENT)
            .order_by(AUDIT_EVENT.c.at.desc(), AUDIT_EVENT.c.id.desc())
            .limit(limit)
        )
        .mappings()
        .all()
    )


def open_alarm(session: Session, kind: str, subject: str) -> RowMapping | None:
    """Return the alarm of a kind about a subject that nobody has cleared."""
    return (
        session.execute(
            select(ALARM).where(
                ALARM.c.kind == kind, ALARM.c.subject == subject, ALARM.c.cleared_at.is_(None)
            )
        )
        .mappings()
        .first()
    )


def alarms(session: Session) -> Sequence[RowMapping]:
    """Return all alarms that nobody has cleared."""
    return (
        session.execute(
            select(ALARM).where(ALARM.c.cleared_at.is_(None)).order_by(ALARM.c.raised_at)
        )
        .mappings()
        .all()
    )


def add_alarm(session: Session, row: Mapping[Any, Any]) -> None:
    """Insert an alarm."""
    session.execute(insert(ALARM), [dict(row)])


def clear_alarm(session: Session, alarm_id: str, *, at: datetime) -> None:
    """Mark an alarm as cleared."""
    session.execute(update(ALARM).where(ALARM.c.id == alarm_id).values(cleared_at=at))
