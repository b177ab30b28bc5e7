"""Every SELECT about status lists, and how their rows change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.orm import Session

from services.status.tables import STATUS_ENTRY, STATUS_LIST, STATUS_PUBLICATION


def newest_list(session: Session, *, lock: bool = False) -> RowMapping | None:
    """Return the list that new credentials are put into; `lock` holds it until the commit."""
    asked = select(STATUS_LIST).order_by(STATUS_LIST.c.number.desc()).limit(1)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def list_numbers(session: Session) -> Sequence[int]:
    """Return the numbers of all lists."""
    return (
        session.execute(select(STATUS_LIST.c.number).order_by(STATUS_LIST.c.number)).scalars().all()
    )


def add_list(session: Session, row: Mapping[Any, Any]) -> None:
    """Insert a list."""
    session.execute(insert(STATUS_LIST), [dict(row)])


def status_list(session: Session, number: int) -> RowMapping:
    """Return a list that is there."""
    return (
        session.execute(select(STATUS_LIST).where(STATUS_LIST.c.number == number)).mappings().one()
    )


def count_taken(session: Session, number: int) -> int:
    """Return how many places of a list belong to credentials."""
    return session.execute(
        select(func.count()).select_from(STATUS_ENTRY).where(STATUS_ENTRY.c.list_number == number)
    ).scalar_one()


def taken(session: Session, number: int, places: Sequence[int]) -> set[int]:
    """Return which of these places belong to a credential."""
    return set(
        session.execute(
            select(STATUS_ENTRY.c.idx).where(
                STATUS_ENTRY.c.list_number == number, STATUS_ENTRY.c.idx.in_(places)
            )
        ).scalars()
    )


def entry(session: Session, credential: bytes, *, lock: bool = False) -> RowMapping | None:
    """Return the status row of a credential."""
    asked = select(STATUS_ENTRY).where(STATUS_ENTRY.c.credential == credential)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def changed(session: Session, number: int) -> Sequence[RowMapping]:
    """Return the rows of a list that say anything but valid."""
    return (
        session.execute(
            select(STATUS_ENTRY).where(
                STATUS_ENTRY.c.list_number == number, STATUS_ENTRY.c.value != 0
            )
        )
        .mappings()
        .all()
    )


def add_entries(session: Session, rows: Sequence[Mapping[Any, Any]]) -> None:
    """Insert status rows."""
    session.execute(insert(STATUS_ENTRY), [dict(row) for row in rows])


def replace_entry(session: Session, row: Mapping[Any, Any]) -> None:
    """Write a status row anew."""
    session.execute(
        update(STATUS_ENTRY).where(STATUS_ENTRY.c.credential == row["credential"]).values(**row)
    )


def publication(session: Session, number: int) -> RowMapping | None:
    """Return the newest signed list."""
    return (
        session.execute(
            select(STATUS_PUBLICATION).where(STATUS_PUBLICATION.c.list_number == number)
        )
        .mappings()
        .one_or_none()
    )


def publish(session: Session, row: Mapping[Any, Any], *, after: int) -> bool:
    """Replace the publication whose `seq` is `after` (0: insert); whether it was still that."""
    if after == 0:
        session.execute(insert(STATUS_PUBLICATION), [dict(row)])
        return True
    replaced = session.execute(
        update(STATUS_PUBLICATION)
        .where(
            STATUS_PUBLICATION.c.list_number == row["list_number"],
            STATUS_PUBLICATION.c.seq == after,
        )
        .values(**row)
    )
    return bool(getattr(replaced, "rowcount", 0))


def oldest_publication(session: Session) -> datetime | None:
    """Return when the list was signed that has waited longest."""
    return session.execute(select(func.min(STATUS_PUBLICATION.c.issued_at))).scalar_one_or_none()
