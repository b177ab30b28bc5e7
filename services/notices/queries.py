"""Every SELECT about notices, and how their rows change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, RowMapping, insert, select, update
from sqlalchemy.orm import Session

from services.notices.tables import CONTACT, NOTICE, NOTICE_DELIVERY

Row = Mapping[Any, Any]


def add_notice(session: Session, row: Row, deliveries: Sequence[Row]) -> None:
    """Insert a notice and its ways."""
    session.execute(insert(NOTICE), [dict(row)])
    if deliveries:
        session.execute(insert(NOTICE_DELIVERY), [dict(each) for each in deliveries])


def notices_of(
    session: Session, edu_id: str, *, before: datetime | None, limit: int
) -> Sequence[RowMapping]:
    """Return what a person was told, the newest first; only what is older than `before`."""
    asked = select(NOTICE).where(NOTICE.c.edu_id == edu_id)
    if before is not None:
        asked = asked.where(NOTICE.c.created_at < before)
    newest = asked.order_by(NOTICE.c.created_at.desc(), NOTICE.c.id.desc())
    return session.execute(newest.limit(limit)).mappings().all()


def mark_read(session: Session, edu_id: str, notice_ids: Sequence[str], now: datetime) -> None:
    """Note when the person saw his notices; the first time counts."""
    session.execute(
        update(NOTICE)
        .where(NOTICE.c.edu_id == edu_id, NOTICE.c.id.in_(notice_ids), NOTICE.c.read_at.is_(None))
        .values(read_at=now)
    )


def contacts_of(session: Session, edu_id: str) -> Sequence[RowMapping]:
    """Return where a person can be reached now, in the order it was entered."""
    asked = select(CONTACT).where(CONTACT.c.edu_id == edu_id, CONTACT.c.ended_at.is_(None))
    return session.execute(asked.order_by(CONTACT.c.created_at, CONTACT.c.id)).mappings().all()


def contact(session: Session, contact_id: str) -> RowMapping | None:
    """Return a contact, also one that ended."""
    asked = select(CONTACT).where(CONTACT.c.id == contact_id)
    return session.execute(asked).mappings().one_or_none()


def contacts(session: Session) -> Sequence[RowMapping]:
    """Return all contacts."""
    return session.execute(select(CONTACT)).mappings().all()


def add_contact(session: Session, row: Row) -> None:
    """Insert a contact."""
    session.execute(insert(CONTACT), [dict(row)])


def replace_contact(session: Session, row: Row) -> None:
    """Write a contact's row anew."""
    session.execute(update(CONTACT).where(CONTACT.c.id == row["id"]).values(**row))


def take_due(
    session: Session, *, channels: Sequence[str], now: datetime, until: datetime
) -> RowMapping | None:
    """Lease the delivery that waits longest; None if none is due. Two workers take two."""
    row = session.execute(
        select(NOTICE_DELIVERY.c.id, NOTICE_DELIVERY.c.attempts)
        .where(
            NOTICE_DELIVERY.c.state == "waiting",
            NOTICE_DELIVERY.c.due_at <= now,
            NOTICE_DELIVERY.c.channel.in_(channels),
        )
        .order_by(NOTICE_DELIVERY.c.due_at, NOTICE_DELIVERY.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    taken = {"attempts": row.attempts + 1, "due_at": until}
    session.execute(update(NOTICE_DELIVERY).where(NOTICE_DELIVERY.c.id == row.id).values(**taken))
    asked = select(NOTICE_DELIVERY).where(NOTICE_DELIVERY.c.id == row.id)
    return session.execute(asked).mappings().one()


def notice(session: Session, notice_id: str) -> RowMapping:
    """Return a notice."""
    return session.execute(select(NOTICE).where(NOTICE.c.id == notice_id)).mappings().one()


def settle(session: Session, delivery_id: str, attempt: int, values: Row) -> bool:
    """Write how an attempt ended, unless another attempt began meanwhile."""
    changed = session.execute(
        update(NOTICE_DELIVERY)
        .where(
            NOTICE_DELIVERY.c.id == delivery_id,
            NOTICE_DELIVERY.c.attempts == attempt,
            NOTICE_DELIVERY.c.state == "waiting",
        )
        .values(**values)
    )
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1


def slips(session: Session, edu_ids: Sequence[str]) -> Sequence[RowMapping]:
    """Return the slips of these people that were not printed yet, the oldest first."""
    asked = (
        select(NOTICE, NOTICE_DELIVERY.c.id.label("delivery_id"))
        .join(NOTICE_DELIVERY, NOTICE_DELIVERY.c.notice_id == NOTICE.c.id)
        .where(
            NOTICE_DELIVERY.c.channel == "slip",
            NOTICE_DELIVERY.c.state == "waiting",
            NOTICE.c.edu_id.in_(edu_ids),
        )
        .order_by(NOTICE.c.created_at, NOTICE.c.id)
    )
    return session.execute(asked).mappings().all()


def close_slips(session: Session, delivery_ids: Sequence[str], now: datetime) -> None:
    """Note that slips were printed."""
    session.execute(
        update(NOTICE_DELIVERY)
        .where(NOTICE_DELIVERY.c.id.in_(delivery_ids), NOTICE_DELIVERY.c.state == "waiting")
        .values(state="sent", done_at=now)
    )
