"""Every SELECT about the node's certification authority, and how its rows change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.orm import Session

from services.authority.tables import AUTHORITY, AUTHORITY_CERTIFICATE, AUTHORITY_LIST

Row = Mapping[Any, Any]


def newest(session: Session, kind: str, *, lock: bool = False) -> RowMapping | None:
    """Return the present authority of a kind; `lock` holds its row until the commit."""
    asked = (
        select(AUTHORITY).where(AUTHORITY.c.kind == kind).order_by(AUTHORITY.c.seq.desc()).limit(1)
    )
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def authorities(session: Session) -> Sequence[RowMapping]:
    """Return all authorities and responders there ever were, by kind, oldest first."""
    asked = select(AUTHORITY).order_by(AUTHORITY.c.kind, AUTHORITY.c.seq)
    return session.execute(asked).mappings().all()


def add_authority(session: Session, row: Row) -> None:
    """Insert an authority. A second one of the same kind and number breaks a constraint."""
    session.execute(insert(AUTHORITY), [dict(row)])


def replace_authority(session: Session, row: Row) -> None:
    """Write an authority's row anew."""
    session.execute(update(AUTHORITY).where(AUTHORITY.c.kid == row["kid"]).values(**row))


def add_certificate(session: Session, row: Row) -> None:
    """Insert a certificate."""
    session.execute(insert(AUTHORITY_CERTIFICATE), [dict(row)])


def replace_certificate(session: Session, row: Row) -> None:
    """Write a certificate's row anew."""
    named = AUTHORITY_CERTIFICATE.c.id == row["id"]
    session.execute(update(AUTHORITY_CERTIFICATE).where(named).values(**row))


def certificate(session: Session, certificate_id: str) -> RowMapping | None:
    """Return a certificate."""
    asked = select(AUTHORITY_CERTIFICATE).where(AUTHORITY_CERTIFICATE.c.id == certificate_id)
    return session.execute(asked).mappings().one_or_none()


def by_serial(session: Session, issuer: str, serial: str) -> RowMapping | None:
    """Return the certificate that an issuer gave this number."""
    asked = select(AUTHORITY_CERTIFICATE).where(
        AUTHORITY_CERTIFICATE.c.issuer == issuer, AUTHORITY_CERTIFICATE.c.serial == serial
    )
    return session.execute(asked).mappings().one_or_none()


def of_key(session: Session, key: str) -> Sequence[RowMapping]:
    """Return the certificates of a key, oldest first."""
    return _listed(session, AUTHORITY_CERTIFICATE.c.key == key)


def of_subject(session: Session, subject: str) -> Sequence[RowMapping]:
    """Return the certificates of a person or institution, oldest first."""
    return _listed(session, AUTHORITY_CERTIFICATE.c.subject == subject)


def revoked(session: Session, issuer: str) -> Sequence[RowMapping]:
    """Return the certificates of an issuer's name that were revoked."""
    return _listed(
        session,
        AUTHORITY_CERTIFICATE.c.own.is_(True),
        AUTHORITY_CERTIFICATE.c.issuer == issuer,
        AUTHORITY_CERTIFICATE.c.revoked_at.is_not(None),
    )


def ending(session: Session, *, after: datetime, before: datetime) -> Sequence[RowMapping]:
    """Return the certificates that end between two instants and were not revoked."""
    return _listed(
        session,
        AUTHORITY_CERTIFICATE.c.revoked_at.is_(None),
        AUTHORITY_CERTIFICATE.c.valid_to > after,
        AUTHORITY_CERTIFICATE.c.valid_to <= before,
    )


def certificates(
    session: Session, *, subject: str | None, after: str, limit: int
) -> Sequence[RowMapping]:
    """Return certificates by id, those after one of them."""
    asked = select(AUTHORITY_CERTIFICATE).where(AUTHORITY_CERTIFICATE.c.id > after)
    if subject is not None:
        asked = asked.where(AUTHORITY_CERTIFICATE.c.subject == subject)
    asked = asked.order_by(AUTHORITY_CERTIFICATE.c.id).limit(limit)
    return session.execute(asked).mappings().all()


def revocation_list(session: Session, issuer: str, number: int) -> RowMapping | None:
    """Return a signed list."""
    asked = select(AUTHORITY_LIST).where(
        AUTHORITY_LIST.c.issuer == issuer, AUTHORITY_LIST.c.number == number
    )
    return session.execute(asked).mappings().one_or_none()


def add_list(session: Session, row: Row) -> None:
    """Insert a signed list."""
    session.execute(insert(AUTHORITY_LIST), [dict(row)])


def _listed(session: Session, *conditions: Any) -> Sequence[RowMapping]:
    asked = select(AUTHORITY_CERTIFICATE).where(*conditions)
    ordered = asked.order_by(AUTHORITY_CERTIFICATE.c.created_at, AUTHORITY_CERTIFICATE.c.id)
    return session.execute(ordered).mappings().all()
