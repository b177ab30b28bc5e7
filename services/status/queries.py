"""Every SELECT about status lists, and how their rows change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.status.tables import STATUS_ENTRY, STATUS_LIST, STATUS_PUBLICATION

MOST_VALUES = 500
"""Values of one IN list."""


def newest_list(session: Session, *, lock: bool = False) -> RowMapping | None:
    """Return the list that new credentials are put into; `lock` holds it until the commit."""
    asked = select(STATUS_LIST).order_by(STATUS_LIST.c.number.desc()).limit(1)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def due(session: Session, *, before: datetime) -> list[tuple[int, int]]:
    """Return the lists that changed since they were signed, or were signed before an instant.

    Each with the number of its changes.
    """
    shown = STATUS_PUBLICATION.c
    found = session.execute(
        select(STATUS_LIST.c.number, STATUS_LIST.c.changes)
        .outerjoin(STATUS_PUBLICATION, shown.list_number == STATUS_LIST.c.number)
        .where(
            or_(
                shown.changes.is_(None),
                shown.changes != STATUS_LIST.c.changes,
                shown.issued_at <= before,
            )
        )
        .order_by(STATUS_LIST.c.number)
    )
    return [(row[0], row[1]) for row in found]


def entries(session: Session, *, after: bytes, limit: int) -> Sequence[RowMapping]:
    """Return status rows by credential, those after one of them."""
    return (
        session.execute(
            select(STATUS_ENTRY)
            .where(STATUS_ENTRY.c.credential > after)
            .order_by(STATUS_ENTRY.c.credential)
            .limit(limit)
        )
        .mappings()
        .all()
    )


def list_numbers(session: Session) -> Sequence[int]:
    """Return the numbers of all lists."""
    return (
        session.execute(select(STATUS_LIST.c.number).order_by(STATUS_LIST.c.number)).scalars().all()
    )


def number_at(session: Session, uri: str) -> int | None:
    """Return the number of the list that is published at an address."""
    asked = select(STATUS_LIST.c.number).where(STATUS_LIST.c.uri == uri)
    return session.execute(asked).scalar_one_or_none()


def add_list(session: Session, row: Mapping[Any, Any]) -> None:
    """Insert a list."""
    session.execute(insert(STATUS_LIST), [dict(row)])


def status_list(session: Session, number: int, *, lock: bool = False) -> RowMapping:
    """Return a list that is there; `lock` holds it until the commit."""
    asked = select(STATUS_LIST).where(STATUS_LIST.c.number == number)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one()


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


def entries_of(session: Session, credentials: Sequence[bytes]) -> dict[bytes, RowMapping]:
    """Return the status rows of these credentials, by credential."""
    found: dict[bytes, RowMapping] = {}
    for start in range(0, len(credentials), MOST_VALUES):
        some = STATUS_ENTRY.c.credential.in_(credentials[start : start + MOST_VALUES])
        rows = session.execute(select(STATUS_ENTRY).where(some)).mappings()
        found |= {row["credential"]: row for row in rows}
    return found


def lock_entries(session: Session, credentials: Sequence[bytes]) -> list[RowMapping]:
    """Return the status rows of these credentials and hold them until the commit."""
    found: list[RowMapping] = []
    for start in range(0, len(credentials), MOST_VALUES):
        some = credentials[start : start + MOST_VALUES]
        found += (
            session.execute(
                select(STATUS_ENTRY)
                .where(STATUS_ENTRY.c.credential.in_(some))
                .order_by(STATUS_ENTRY.c.credential)
                .with_for_update()
            )
            .mappings()
            .all()
        )
    return found


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


def replace_entries(session: Session, rows: Sequence[Mapping[Any, Any]]) -> None:
    """Write status rows anew. A credential keeps its place."""
    changing = ("value", "since", "reason", "successor", "version", "mac")
    session.connection().execute(
        update(STATUS_ENTRY)
        .where(STATUS_ENTRY.c.credential == bindparam("named"))
        .values({name: bindparam(f"new_{name}") for name in changing}),
        [
            {"named": row["credential"], **{f"new_{name}": row[name] for name in changing}}
            for row in rows
        ],
    )


def replace_list(session: Session, row: Mapping[Any, Any]) -> None:
    """Write a list's row anew."""
    session.execute(update(STATUS_LIST).where(STATUS_LIST.c.number == row["number"]).values(**row))


def publication(session: Session, number: int) -> RowMapping | None:
    """Return the newest signed list."""
    return (
        session.execute(
            select(STATUS_PUBLICATION).where(STATUS_PUBLICATION.c.list_number == number)
        )
        .mappings()
        .one_or_none()
    )


def publications(session: Session) -> Sequence[RowMapping]:
    """Return the newest signed lists with their addresses, by number."""
    return (
        session.execute(
            select(STATUS_PUBLICATION, STATUS_LIST.c.uri)
            .join(STATUS_LIST, STATUS_LIST.c.number == STATUS_PUBLICATION.c.list_number)
            .order_by(STATUS_LIST.c.number)
        )
        .mappings()
        .all()
    )


def publish(session: Session, row: Mapping[Any, Any], *, after: int) -> bool:
    """Replace the publication whose `seq` is `after` (0: insert); whether it was still that."""
    if after == 0:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        first = dialect.insert(STATUS_PUBLICATION).values(row).on_conflict_do_nothing()
        added = session.execute(first.returning(STATUS_PUBLICATION.c.seq))
        return added.first() is not None
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
