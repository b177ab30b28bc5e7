"""Every SELECT about institutions, keys, accreditations and records, and how they change."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.orm import Session

from services.registry.tables import (
    ACCREDITATION,
    INSTITUTION,
    INSTITUTION_KEY,
    ISSUER_RECORD,
    NODE_KEY,
    NODE_SET,
    RECORD_DRAFT,
    SCHOOL_CODE,
)

Row = Mapping[Any, Any]


def institution(session: Session, institution_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return an institution; `lock` holds its row until the commit."""
    asked = select(INSTITUTION).where(INSTITUTION.c.id == institution_id)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def institutions(session: Session) -> Sequence[RowMapping]:
    """Return all institutions, oldest first."""
    return (
        session.execute(select(INSTITUTION).order_by(INSTITUTION.c.created_at, INSTITUTION.c.id))
        .mappings()
        .all()
    )


def some_institutions(session: Session, institution_ids: Sequence[str]) -> Sequence[RowMapping]:
    """Return these institutions."""
    asked = select(INSTITUTION).where(INSTITUTION.c.id.in_(institution_ids))
    return session.execute(asked).mappings().all()


def subordinates(session: Session, superiors: Sequence[str]) -> Sequence[RowMapping]:
    """Return the institutions directly under these."""
    return (
        session.execute(select(INSTITUTION).where(INSTITUTION.c.superior_id.in_(superiors)))
        .mappings()
        .all()
    )


def codes(session: Session, institution_id: str) -> Sequence[RowMapping]:
    """Return the codes an institution had and has, oldest first."""
    return (
        session.execute(
            select(SCHOOL_CODE)
            .where(SCHOOL_CODE.c.institution_id == institution_id)
            .order_by(SCHOOL_CODE.c.valid_from, SCHOOL_CODE.c.id)
        )
        .mappings()
        .all()
    )


def holders_of_code(session: Session, code: str) -> Sequence[RowMapping]:
    """Return every period in which somebody had this code."""
    return session.execute(select(SCHOOL_CODE).where(SCHOOL_CODE.c.code == code)).mappings().all()


def add_institution(session: Session, row: Row) -> None:
    """Insert an institution."""
    session.execute(insert(INSTITUTION), [dict(row)])


def replace_institution(session: Session, row: Row) -> None:
    """Write an institution's row anew."""
    session.execute(update(INSTITUTION).where(INSTITUTION.c.id == row["id"]).values(**row))


def add_code(session: Session, row: Row) -> None:
    """Insert a code period."""
    session.execute(insert(SCHOOL_CODE), [dict(row)])


def replace_code(session: Session, row: Row) -> None:
    """Write a code period anew."""
    session.execute(update(SCHOOL_CODE).where(SCHOOL_CODE.c.id == row["id"]).values(**row))


def counts(session: Session) -> dict[str, int]:
    """Return how many codes, keys and accreditations there are, whosesoever, by table."""
    return {
        table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (SCHOOL_CODE, INSTITUTION_KEY, ACCREDITATION)
    }


def institution_keys(session: Session, institution_id: str) -> Sequence[RowMapping]:
    """Return the keys of an institution, oldest first."""
    return (
        session.execute(
            select(INSTITUTION_KEY)
            .where(INSTITUTION_KEY.c.institution_id == institution_id)
            .order_by(INSTITUTION_KEY.c.valid_from, INSTITUTION_KEY.c.kid)
        )
        .mappings()
        .all()
    )


def institution_key(session: Session, kid: str) -> RowMapping | None:
    """Return an institution's key by its name."""
    return (
        session.execute(select(INSTITUTION_KEY).where(INSTITUTION_KEY.c.kid == kid))
        .mappings()
        .one_or_none()
    )


def add_institution_key(session: Session, row: Row) -> None:
    """Insert an institution's key."""
    session.execute(insert(INSTITUTION_KEY), [dict(row)])


def replace_institution_key(session: Session, row: Row) -> None:
    """Write an institution's key anew."""
    session.execute(
        update(INSTITUTION_KEY).where(INSTITUTION_KEY.c.kid == row["kid"]).values(**row)
    )


def node_keys(session: Session) -> Sequence[RowMapping]:
    """Return the node's keys, oldest first."""
    return (
        session.execute(select(NODE_KEY).order_by(NODE_KEY.c.valid_from, NODE_KEY.c.kid))
        .mappings()
        .all()
    )


def add_node_key(session: Session, row: Row) -> None:
    """Insert a key of the node."""
    session.execute(insert(NODE_KEY), [dict(row)])


def replace_node_key(session: Session, row: Row) -> None:
    """Write a key of the node anew."""
    session.execute(update(NODE_KEY).where(NODE_KEY.c.kid == row["kid"]).values(**row))


def node_set(session: Session, name: str, *, lock: bool = False) -> RowMapping | None:
    """Return the MAC over a set of the node's own rows; `lock` holds it until the commit."""
    asked = select(NODE_SET).where(NODE_SET.c.name == name)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def put_node_set(session: Session, row: Row) -> None:
    """Write the MAC over a set of the node's own rows; the first one is inserted."""
    if node_set(session, row["name"]) is None:
        session.execute(insert(NODE_SET), [dict(row)])
    else:
        session.execute(update(NODE_SET).where(NODE_SET.c.name == row["name"]).values(**row))


def accreditations(session: Session, institution_id: str) -> Sequence[RowMapping]:
    """Return the accreditations of an institution, oldest first."""
    return (
        session.execute(
            select(ACCREDITATION)
            .where(ACCREDITATION.c.institution_id == institution_id)
            .order_by(ACCREDITATION.c.valid_from, ACCREDITATION.c.id)
        )
        .mappings()
        .all()
    )


def add_accreditation(session: Session, row: Row) -> None:
    """Insert an accreditation."""
    session.execute(insert(ACCREDITATION), [dict(row)])


def replace_accreditation(session: Session, row: Row) -> None:
    """Write an accreditation anew."""
    session.execute(update(ACCREDITATION).where(ACCREDITATION.c.id == row["id"]).values(**row))


def records(session: Session, institution_id: str) -> Sequence[RowMapping]:
    """Return the published records of an institution, newest first."""
    return (
        session.execute(
            select(ISSUER_RECORD)
            .where(ISSUER_RECORD.c.institution_id == institution_id)
            .order_by(ISSUER_RECORD.c.seq.desc())
        )
        .mappings()
        .all()
    )


def newest_record(session: Session, institution_id: str) -> RowMapping | None:
    """Return the newest published record of an institution."""
    return (
        session.execute(
            select(ISSUER_RECORD)
            .where(ISSUER_RECORD.c.institution_id == institution_id)
            .order_by(ISSUER_RECORD.c.seq.desc())
            .limit(1)
        )
        .mappings()
        .one_or_none()
    )


def record(session: Session, digest: bytes) -> RowMapping | None:
    """Return a published record by its digest."""
    return (
        session.execute(select(ISSUER_RECORD).where(ISSUER_RECORD.c.digest == digest))
        .mappings()
        .one_or_none()
    )


def add_record(session: Session, row: Row) -> None:
    """Insert a published record."""
    session.execute(insert(ISSUER_RECORD), [dict(row)])


def draft(session: Session, institution_id: str) -> RowMapping | None:
    """Return the record that waits for its second signature."""
    return (
        session.execute(select(RECORD_DRAFT).where(RECORD_DRAFT.c.institution_id == institution_id))
        .mappings()
        .one_or_none()
    )


def drafts(session: Session) -> Sequence[RowMapping]:
    """Return all records that wait for their second signature."""
    return (
        session.execute(select(RECORD_DRAFT).order_by(RECORD_DRAFT.c.created_at)).mappings().all()
    )


def add_draft(session: Session, row: Row) -> None:
    """Insert a draft."""
    session.execute(insert(RECORD_DRAFT), [dict(row)])


def delete_draft(session: Session, institution_id: str) -> None:
    """Delete the draft of an institution."""
    session.execute(delete(RECORD_DRAFT).where(RECORD_DRAFT.c.institution_id == institution_id))
