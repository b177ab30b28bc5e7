"""Every SELECT that goes through whole tables, for the job that checks them.

Beside `queries`, which reads what is acted on: nothing here is locked or changed, and a table is
read in pieces, however long it is.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import RowMapping, Select, Table, and_, func, or_, select
from sqlalchemy.orm import Session

from services.honours.tables import (
    BATCH,
    BATCH_ROW,
    CERTIFICATE,
    ROW_PERSON,
    STATUS_CHANGE,
)
from services.honours.workflow import SIGNED
from services.status.tables import STATUS_ENTRY

PIECE = 5_000
MOST_VALUES = 500
"""Values of one IN list."""


def pieces(session: Session, table: Table) -> Iterator[Sequence[RowMapping]]:
    """Yield all rows of a table whose key is `id`, some at a time."""
    after = ""
    while True:
        asked = select(table).where(table.c.id > after).order_by(table.c.id).limit(PIECE)
        rows = session.execute(asked).mappings().all()
        if not rows:
            return
        yield rows
        after = rows[-1]["id"]


def persons(session: Session, row_ids: Sequence[str]) -> dict[str, list[RowMapping]]:
    """Return what row_person has of these rows, by row."""
    found: dict[str, list[RowMapping]] = {row_id: [] for row_id in row_ids}
    for start in range(0, len(row_ids), MOST_VALUES):
        some = ROW_PERSON.c.row_id.in_(row_ids[start : start + MOST_VALUES])
        for row in session.execute(select(ROW_PERSON).where(some)).mappings():
            found[row["row_id"]].append(row)
    return found


def has_missing_row(session: Session) -> bool:
    """Return whether a batch has another number of rows than its own row says."""
    counted = (
        select(BATCH.c.id)
        .outerjoin(BATCH_ROW, BATCH_ROW.c.batch_id == BATCH.c.id)
        .group_by(BATCH.c.id, BATCH.c.rows)
        .having(func.count(BATCH_ROW.c.id) != BATCH.c.rows)
    )
    return _any(session, counted)


def has_other_certificate(session: Session) -> bool:
    """Return whether a signed row and its certificate say something else, or one is missing."""
    row, its = BATCH_ROW.c, CERTIFICATE.c
    same = and_(
        row.state == SIGNED,
        its.number == row.number,
        its.credential == row.credential,
        its.batch_id == row.batch_id,
        its.position == row.position,
        its.institution_id == BATCH.c.institution_id,
        its.programme_id == BATCH.c.programme_id,
        its.period == BATCH.c.period,
    )
    of_batch = CERTIFICATE.join(BATCH_ROW, row.id == its.row_id)
    joined = of_batch.join(BATCH, BATCH.c.id == row.batch_id)
    without = select(row.id).outerjoin(CERTIFICATE, its.row_id == row.id)
    return _any(session, select(its.number).select_from(joined).where(~same)) or _any(
        session, without.where(row.state == SIGNED, its.number.is_(None))
    )


def has_other_live(session: Session, counting: Sequence[int]) -> bool:
    """Return whether `row_person.live` says of a row something else than its status entry.

    `counting` are the values of status entries with which a certificate counts.
    """
    counts = and_(BATCH_ROW.c.state == SIGNED, STATUS_ENTRY.c.value.in_(counting))
    asked = (
        select(ROW_PERSON.c.row_id)
        .join(BATCH_ROW, BATCH_ROW.c.id == ROW_PERSON.c.row_id)
        .outerjoin(STATUS_ENTRY, STATUS_ENTRY.c.credential == BATCH_ROW.c.credential)
    )
    live = ROW_PERSON.c.live
    other = or_(and_(live, ~counts), and_(~live, counts), and_(live, STATUS_ENTRY.c.idx.is_(None)))
    return _any(session, asked.where(other))


def voids(session: Session, institution_id: str) -> Sequence[RowMapping]:
    """Return number and content of the void numbers of an institution."""
    asked = (
        select(BATCH_ROW.c.number, BATCH_ROW.c.void_content)
        .join(BATCH, BATCH.c.id == BATCH_ROW.c.batch_id)
        .where(BATCH.c.institution_id == institution_id, BATCH_ROW.c.void_content.is_not(None))
    )
    return session.execute(asked).mappings().all()


def status_changes(session: Session, origin: str) -> dict[int, str]:
    """Return the contents of the changes of status in a log, by index."""
    asked = select(STATUS_CHANGE.c.log_index, STATUS_CHANGE.c.content)
    found = session.execute(asked.where(STATUS_CHANGE.c.log_origin == origin))
    return {row[0]: row[1] if isinstance(row[1], str) else "" for row in found}


def numbers(session: Session, credentials: Sequence[bytes]) -> dict[bytes, str]:
    """Return the numbers of these credentials, of those that rows know."""
    found: dict[bytes, str] = {}
    for start in range(0, len(credentials), MOST_VALUES):
        some = BATCH_ROW.c.credential.in_(credentials[start : start + MOST_VALUES])
        rows = session.execute(select(BATCH_ROW.c.credential, BATCH_ROW.c.number).where(some))
        found |= {row[0]: row[1] for row in rows}
    return found


def _any(session: Session, asked: Select[tuple[str]]) -> bool:
    return session.execute(asked.limit(1)).first() is not None
