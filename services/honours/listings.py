"""Every SELECT by which pages list and count: newest first, a page at a time.

Beside `queries`, which reads what is acted on: nothing here is locked, changed or checked.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, or_, select
from sqlalchemy.orm import Session

from services.honours.tables import (
    APPROVAL,
    BATCH,
    BATCH_ROW,
    CERTIFICATE,
    NUMBER_SERIES,
    PROGRAMME,
    ROW_PERSON,
    STATUS_REQUEST,
)


def newest_rows(session: Session, institution_id: str, *, limit: int) -> Sequence[RowMapping]:
    """Return the newest rows of an institution that were not forgotten."""
    asked = (
        select(BATCH_ROW)
        .join(BATCH, BATCH.c.id == BATCH_ROW.c.batch_id)
        .where(BATCH.c.institution_id == institution_id, BATCH_ROW.c.sealed != b"")
        .order_by(BATCH.c.created_at.desc(), BATCH_ROW.c.batch_id, BATCH_ROW.c.position)
        .limit(limit)
    )
    return session.execute(asked).mappings().all()


def batches(
    session: Session,
    institutions: Collection[str],
    *,
    states: Collection[str] = (),
    programme_id: str | None = None,
    offset: int = 0,
    limit: int,
) -> tuple[int, Sequence[RowMapping]]:
    """Return how many batches fit and a page of them with their programmes' names, newest first."""
    asked = (
        select(BATCH, PROGRAMME.c.name.label("programme_name"))
        .join(PROGRAMME, PROGRAMME.c.id == BATCH.c.programme_id)
        .where(BATCH.c.institution_id.in_(institutions))
    )
    if states:
        asked = asked.where(BATCH.c.state.in_(states))
    if programme_id:
        asked = asked.where(BATCH.c.programme_id == programme_id)
    return _part(session, asked, offset, limit, BATCH.c.created_at.desc(), BATCH.c.id)


def returned_before(session: Session, batch: Any, state: str) -> RowMapping | None:
    """Return the last batch of the same programme and period in this state before another one."""
    asked = (
        select(BATCH)
        .where(
            BATCH.c.institution_id == batch["institution_id"],
            BATCH.c.programme_id == batch["programme_id"],
            BATCH.c.period == batch["period"],
            BATCH.c.state == state,
            BATCH.c.created_at <= batch["created_at"],
            BATCH.c.id != batch["id"],
        )
        .order_by(BATCH.c.created_at.desc(), BATCH.c.id)
        .limit(1)
    )
    return session.execute(asked).mappings().one_or_none()


def page_of_rows(
    session: Session, batch_id: str, *, offset: int, limit: int
) -> Sequence[RowMapping]:
    """Return rows of a batch in order, each with the state of its certificate if it has one."""
    state = func.coalesce(CERTIFICATE.c.state, BATCH_ROW.c.state).label("shown_state")
    asked = (
        select(BATCH_ROW, state)
        .outerjoin(CERTIFICATE, CERTIFICATE.c.row_id == BATCH_ROW.c.id)
        .where(BATCH_ROW.c.batch_id == batch_id)
        .order_by(BATCH_ROW.c.position)
    )
    return session.execute(asked.offset(offset).limit(limit)).mappings().all()


def row_at(session: Session, batch_id: str, positions: Collection[int]) -> Sequence[RowMapping]:
    """Return the rows of a batch at these positions, in order."""
    asked = select(BATCH_ROW).where(
        BATCH_ROW.c.batch_id == batch_id, BATCH_ROW.c.position.in_(positions)
    )
    return session.execute(asked.order_by(BATCH_ROW.c.position)).mappings().all()


def some_rows(session: Session, row_ids: Sequence[str]) -> Sequence[RowMapping]:
    """Return these rows of batches; as many as a page lists."""
    return session.execute(select(BATCH_ROW).where(BATCH_ROW.c.id.in_(row_ids))).mappings().all()


def live_numbers(session: Session, batch_id: str, states: Collection[str]) -> Sequence[str]:
    """Return the numbers of a batch's certificates in these states, in order."""
    asked = select(CERTIFICATE.c.number).where(
        CERTIFICATE.c.batch_id == batch_id, CERTIFICATE.c.state.in_(states)
    )
    return session.execute(asked.order_by(CERTIFICATE.c.position)).scalars().all()


def requests(
    session: Session, institutions: Collection[str], *, offset: int, limit: int
) -> tuple[int, Sequence[RowMapping]]:
    """Return how many requests for changes there are and a page of them, the newest first."""
    asked = select(STATUS_REQUEST).where(STATUS_REQUEST.c.institution_id.in_(institutions))
    newest = STATUS_REQUEST.c.created_at.desc()
    return _part(session, asked, offset, limit, newest, STATUS_REQUEST.c.id)


def next_serial(session: Session, prefix: str, year: int, letter: str) -> int:
    """Return the serial that the next number of a series would have if nobody else takes it."""
    asked = select(NUMBER_SERIES.c.last).where(
        NUMBER_SERIES.c.prefix == prefix,
        NUMBER_SERIES.c.year == year,
        NUMBER_SERIES.c.letter == letter,
    )
    return int(session.execute(asked).scalar_one_or_none() or 0) + 1


def certificates(
    session: Session,
    institutions: Collection[str],
    *,
    number: str = "",
    state: str = "",
    batch_id: str = "",
    person_index: bytes | None = None,
    offset: int,
    limit: int,
) -> tuple[int, Sequence[RowMapping]]:
    """Return how many certificates fit and a page of them, the newest first."""
    asked = select(CERTIFICATE).where(CERTIFICATE.c.institution_id.in_(institutions))
    if number:
        asked = asked.where(
            or_(CERTIFICATE.c.number == number, CERTIFICATE.c.number.endswith(number))
        )
    if state:
        asked = asked.where(CERTIFICATE.c.state == state)
    if batch_id:
        asked = asked.where(CERTIFICATE.c.batch_id == batch_id)
    if person_index is not None:
        rows = select(ROW_PERSON.c.row_id).where(ROW_PERSON.c.person_index == person_index)
        asked = asked.where(CERTIFICATE.c.row_id.in_(rows))
    newest = CERTIFICATE.c.issued_at.desc()
    return _part(session, asked, offset, limit, newest, CERTIFICATE.c.number)


def open_requests(
    session: Session, institutions: Collection[str], state: str
) -> Sequence[RowMapping]:
    """Return the requests of these institutions in one state, the oldest first."""
    asked = select(STATUS_REQUEST).where(
        STATUS_REQUEST.c.institution_id.in_(institutions), STATUS_REQUEST.c.state == state
    )
    return session.execute(asked.order_by(STATUS_REQUEST.c.created_at)).mappings().all()


def approvals_under(session: Session, delegation_id: str) -> Sequence[RowMapping]:
    """Return what was approved under a delegation, the newest first."""
    asked = select(APPROVAL).where(APPROVAL.c.delegation_id == delegation_id)
    return session.execute(asked.order_by(APPROVAL.c.bound_at.desc())).mappings().all()


def _part(
    session: Session, asked: Select[Any], offset: int, limit: int, *order: ColumnElement[Any]
) -> tuple[int, Sequence[RowMapping]]:
    total = int(session.execute(select(func.count()).select_from(asked.subquery())).scalar_one())
    shown = asked.order_by(*order).offset(offset).limit(limit)
    return total, session.execute(shown).mappings().all()
