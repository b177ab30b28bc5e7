"""Every SELECT about programmes, batches, certificates and changes, and how rows change."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from services.honours.tables import (
    APPROVAL,
    BATCH,
    BATCH_ROW,
    CERTIFICATE,
    NUMBER_SERIES,
    PROGRAMME,
    ROW_PERSON,
    STATUS_CHANGE,
    STATUS_REQUEST,
)
from services.honours.workflow import SIGNED

Row = Mapping[Any, Any]
MOST_VALUES = 500
"""Values of one IN list; SQLite takes 32,766, but a shorter statement is planned once."""


def programme(session: Session, programme_id: str) -> RowMapping | None:
    """Return a programme."""
    return (
        session.execute(select(PROGRAMME).where(PROGRAMME.c.id == programme_id))
        .mappings()
        .one_or_none()
    )


def programmes(session: Session, institutions: Sequence[str]) -> Sequence[RowMapping]:
    """Return the programmes of these institutions by name."""
    return (
        session.execute(
            select(PROGRAMME)
            .where(PROGRAMME.c.institution_id.in_(institutions))
            .order_by(PROGRAMME.c.name)
        )
        .mappings()
        .all()
    )


def add_programme(session: Session, row: Row) -> None:
    """Insert a programme."""
    session.execute(insert(PROGRAMME), [dict(row)])


def batch(session: Session, batch_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return a batch; `lock` holds its row until the commit."""
    asked = select(BATCH).where(BATCH.c.id == batch_id)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def batches(session: Session, institutions: Sequence[str], *, limit: int) -> Sequence[RowMapping]:
    """Return the batches of these institutions, newest first."""
    return (
        session.execute(
            select(BATCH)
            .where(BATCH.c.institution_id.in_(institutions))
            .order_by(BATCH.c.created_at.desc(), BATCH.c.id)
            .limit(limit)
        )
        .mappings()
        .all()
    )


def add_batch(session: Session, row: Row, rows: Sequence[Row], row_persons: Sequence[Row]) -> None:
    """Insert a batch with its rows and whom they are about."""
    session.execute(insert(BATCH), [dict(row)])
    session.execute(insert(BATCH_ROW), [dict(each) for each in rows])
    session.execute(insert(ROW_PERSON), [dict(each) for each in row_persons])


def replace_batch(session: Session, row: Row) -> None:
    """Write a batch's row anew."""
    session.execute(update(BATCH).where(BATCH.c.id == row["id"]).values(**row))


def batch_rows(
    session: Session, batch_id: str, *, state: str | None = None, limit: int = 100_000
) -> Sequence[RowMapping]:
    """Return the rows of a batch in order, all of them or those in one state."""
    asked = select(BATCH_ROW).where(BATCH_ROW.c.batch_id == batch_id)
    if state is not None:
        asked = asked.where(BATCH_ROW.c.state == state)
    return session.execute(asked.order_by(BATCH_ROW.c.position).limit(limit)).mappings().all()


def row_states(session: Session, batch_id: str) -> dict[str, int]:
    """Return how many rows of a batch are in each state; that of its certificate for an issued."""
    state = func.coalesce(CERTIFICATE.c.state, BATCH_ROW.c.state)
    counted = session.execute(
        select(state, func.count())
        .select_from(BATCH_ROW)
        .outerjoin(CERTIFICATE, CERTIFICATE.c.row_id == BATCH_ROW.c.id)
        .where(BATCH_ROW.c.batch_id == batch_id)
        .group_by(state)
    )
    return {row[0]: row[1] for row in counted}


def change_rows(session: Session, columns: Sequence[str], rows: Sequence[tuple[bytes, Row]]) -> int:
    """Set these columns of rows, each only where it still has this MAC; return how many had."""
    changed = session.connection().execute(
        update(BATCH_ROW)
        .where(BATCH_ROW.c.id == bindparam("named"), BATCH_ROW.c.mac == bindparam("old_mac"))
        .values({name: bindparam(f"new_{name}") for name in columns}),
        [
            {"named": row["id"], "old_mac": mac, **{f"new_{name}": row[name] for name in columns}}
            for mac, row in rows
        ],
    )
    return changed.rowcount


def held_by(
    session: Session,
    programme_id: str,
    period: str,
    persons: Sequence[bytes],
    *,
    states: Sequence[str],
) -> list[RowMapping]:
    """Return these persons' rows in these states of a programme and period, by any identifier.

    Columns of batch_row, and by which index it was found: `held_by`.
    """
    found: list[RowMapping] = []
    asked = (
        select(BATCH_ROW, ROW_PERSON.c.person_index.label("held_by"))
        .join(BATCH_ROW, BATCH_ROW.c.id == ROW_PERSON.c.row_id)
        .where(
            ROW_PERSON.c.programme_id == programme_id,
            ROW_PERSON.c.period == period,
            BATCH_ROW.c.state.in_(states),
        )
    )
    for start in range(0, len(persons), MOST_VALUES):
        some = ROW_PERSON.c.person_index.in_(persons[start : start + MOST_VALUES])
        found += session.execute(asked.where(some)).mappings().all()
    return found


def some_rows(
    session: Session, row_ids: Sequence[str], *, lock: bool = False
) -> dict[str, RowMapping]:
    """Return these rows by id; `lock` holds them until the commit, in an order that all share."""
    found: dict[str, RowMapping] = {}
    ordered = sorted(row_ids)
    for start in range(0, len(ordered), MOST_VALUES):
        some = BATCH_ROW.c.id.in_(ordered[start : start + MOST_VALUES])
        asked = select(BATCH_ROW).where(some).order_by(BATCH_ROW.c.id)
        rows = session.execute(asked.with_for_update() if lock else asked).mappings()
        found |= {row["id"]: row for row in rows}
    return found


def persons_of_rows(session: Session, row_ids: Sequence[str]) -> list[RowMapping]:
    """Return row, person and award of each identifier of these rows."""
    columns = (ROW_PERSON.c.row_id, ROW_PERSON.c.person_index, ROW_PERSON.c.award_index)
    found: list[RowMapping] = []
    for start in range(0, len(row_ids), MOST_VALUES):
        some = row_ids[start : start + MOST_VALUES]
        found += (
            session.execute(select(*columns).where(ROW_PERSON.c.row_id.in_(some))).mappings().all()
        )
    return found


def set_live(session: Session, row_ids: Sequence[str], *, live: bool) -> None:
    """Say whether the certificates of these rows count as what their persons have."""
    for start in range(0, len(row_ids), MOST_VALUES):
        some = ROW_PERSON.c.row_id.in_(row_ids[start : start + MOST_VALUES])
        session.execute(update(ROW_PERSON).where(some).values(live=live))


def approval_of(session: Session, subject_id: str) -> RowMapping | None:
    """Return the approval of a batch or change request."""
    return (
        session.execute(select(APPROVAL).where(APPROVAL.c.subject_id == subject_id))
        .mappings()
        .one_or_none()
    )


def add_approval(session: Session, row: Row) -> None:
    """Insert an approval."""
    session.execute(insert(APPROVAL), [dict(row)])


def reserve_numbers(session: Session, prefix: str, year: int, letter: str, count: int) -> int:
    """Take the next `count` serials of a series; return the first.

    The caller holds the institution's row, so nobody else is between the two statements.
    """
    where = (
        (NUMBER_SERIES.c.prefix == prefix)
        & (NUMBER_SERIES.c.year == year)
        & (NUMBER_SERIES.c.letter == letter)
    )
    last = session.execute(
        update(NUMBER_SERIES)
        .where(where)
        .values(last=NUMBER_SERIES.c.last + count)
        .returning(NUMBER_SERIES.c.last)
    ).scalar_one_or_none()
    if last is None:
        row = {"prefix": prefix, "year": year, "letter": letter, "last": count}
        session.execute(insert(NUMBER_SERIES), [row])
        last = count
    return int(last) - count + 1


def certificate(session: Session, number: str, *, lock: bool = False) -> RowMapping | None:
    """Return a certificate by its number."""
    asked = select(CERTIFICATE).where(CERTIFICATE.c.number == number)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def certificates(
    session: Session,
    institutions: Sequence[str],
    *,
    batch_id: str | None,
    limit: int,
    after: str | None = None,
) -> Sequence[RowMapping]:
    """Return certificates of these institutions, or of one batch, by number, after a number."""
    asked = select(CERTIFICATE).where(CERTIFICATE.c.institution_id.in_(institutions))
    if batch_id is not None:
        asked = asked.where(CERTIFICATE.c.batch_id == batch_id)
    if after is not None:
        asked = asked.where(CERTIFICATE.c.number > after)
    return session.execute(asked.order_by(CERTIFICATE.c.number).limit(limit)).mappings().all()


def certificate_by_code(session: Session, code_digest: bytes) -> RowMapping | None:
    """Return the certificate whose paper carries the code with this SM3."""
    return (
        session.execute(select(CERTIFICATE).where(CERTIFICATE.c.code_digest == code_digest))
        .mappings()
        .one_or_none()
    )


def certificates_of(session: Session, numbers: Sequence[str]) -> dict[str, RowMapping]:
    """Return the certificates with these numbers, by number."""
    found: dict[str, RowMapping] = {}
    for start in range(0, len(numbers), MOST_VALUES):
        asked = select(CERTIFICATE).where(
            CERTIFICATE.c.number.in_(numbers[start : start + MOST_VALUES])
        )
        found |= {row["number"]: row for row in session.execute(asked).mappings()}
    return found


def lock_certificates(session: Session, numbers: Sequence[str]) -> dict[str, RowMapping]:
    """Return the same and hold them until the commit, in an order that all callers share."""
    found: dict[str, RowMapping] = {}
    ordered = sorted(numbers)
    for start in range(0, len(ordered), MOST_VALUES):
        asked = (
            select(CERTIFICATE)
            .where(CERTIFICATE.c.number.in_(ordered[start : start + MOST_VALUES]))
            .order_by(CERTIFICATE.c.number)
            .with_for_update()
        )
        found |= {row["number"]: row for row in session.execute(asked).mappings()}
    return found


def of_person(session: Session, institution_id: str, person_index: bytes) -> Sequence[RowMapping]:
    """Return the rows of all batches of an institution about one person, by any identifier."""
    return (
        session.execute(
            select(BATCH_ROW)
            .join(ROW_PERSON, ROW_PERSON.c.row_id == BATCH_ROW.c.id)
            .where(
                ROW_PERSON.c.institution_id == institution_id,
                ROW_PERSON.c.person_index == person_index,
            )
            .order_by(BATCH_ROW.c.id)
        )
        .mappings()
        .all()
    )


def empty_certificates(session: Session, indexes: Mapping[str, bytes]) -> None:
    """Take what is sealed out of the certificates of rows, and forget by what they were found."""
    facts = [{"named": row_id, "index": index} for row_id, index in indexes.items()]
    connection = session.connection()
    emptied = update(CERTIFICATE).where(CERTIFICATE.c.row_id == bindparam("named"))
    connection.execute(emptied.values(sealed=None, person_index=bindparam("index")), facts)
    whose = delete(ROW_PERSON).where(ROW_PERSON.c.row_id == bindparam("named"))
    connection.execute(whose, facts)


def release(session: Session, origin: str, size: int, state: str) -> int:
    """Move the certificates of a log that an anchor of this size covers out of SIGNED."""
    moved = session.execute(
        update(CERTIFICATE)
        .where(
            CERTIFICATE.c.log_origin == origin,
            CERTIFICATE.c.log_index < size,
            CERTIFICATE.c.state == SIGNED,
        )
        .values(state=state)
    )
    return int(getattr(moved, "rowcount", 0))


def signed_origins(session: Session) -> Sequence[str]:
    """Return the logs that have certificates waiting for their anchor."""
    return (
        session.execute(
            select(CERTIFICATE.c.log_origin).where(CERTIFICATE.c.state == SIGNED).distinct()
        )
        .scalars()
        .all()
    )


def add_certificates(session: Session, rows: Sequence[Row]) -> None:
    """Insert certificates."""
    session.execute(insert(CERTIFICATE), [dict(row) for row in rows])


def change_states(session: Session, states: Mapping[str, str]) -> None:
    """Set the states of certificates by their numbers."""
    session.connection().execute(
        update(CERTIFICATE)
        .where(CERTIFICATE.c.number == bindparam("named"))
        .values(state=bindparam("new_state")),
        [{"named": number, "new_state": state} for number, state in states.items()],
    )


def successor_of(session: Session, number: str) -> RowMapping | None:
    """Return the certificate that supersedes this one."""
    return (
        session.execute(select(CERTIFICATE).where(CERTIFICATE.c.supersedes == number))
        .mappings()
        .one_or_none()
    )


def status_request(session: Session, request_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return a request for a change of status."""
    asked = select(STATUS_REQUEST).where(STATUS_REQUEST.c.id == request_id)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def status_requests(session: Session, institutions: Sequence[str]) -> Sequence[RowMapping]:
    """Return the requests of these institutions, newest first."""
    return (
        session.execute(
            select(STATUS_REQUEST)
            .where(STATUS_REQUEST.c.institution_id.in_(institutions))
            .order_by(STATUS_REQUEST.c.created_at.desc(), STATUS_REQUEST.c.id)
        )
        .mappings()
        .all()
    )


def add_status_request(session: Session, row: Row) -> None:
    """Insert a request."""
    session.execute(insert(STATUS_REQUEST), [dict(row)])


def replace_status_request(session: Session, row: Row) -> None:
    """Write a request's row anew."""
    session.execute(update(STATUS_REQUEST).where(STATUS_REQUEST.c.id == row["id"]).values(**row))


def add_status_changes(session: Session, rows: Sequence[Row]) -> None:
    """Insert changes that happened."""
    session.execute(insert(STATUS_CHANGE), [dict(row) for row in rows])


def status_changes(session: Session, number: str) -> Sequence[RowMapping]:
    """Return what happened to a certificate, in order."""
    return (
        session.execute(
            select(STATUS_CHANGE)
            .where(STATUS_CHANGE.c.number == number)
            .order_by(STATUS_CHANGE.c.at, STATUS_CHANGE.c.log_index)
        )
        .mappings()
        .all()
    )
