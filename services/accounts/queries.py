"""Every SELECT about persons, operators, roles, keys and sessions, and how their rows change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.orm import Session

from services.accounts.tables import (
    LOGIN_COUNTER,
    OPERATOR,
    OPERATOR_KEY,
    PERSON,
    ROLE_GRANT,
    SESSION,
)

Row = Mapping[Any, Any]


def person_by_index(session: Session, index: bytes) -> RowMapping | None:
    """Return the person whose document has this keyed index."""
    return (
        session.execute(select(PERSON).where(PERSON.c.document_index == index))
        .mappings()
        .one_or_none()
    )


def person(session: Session, edu_id: str) -> RowMapping | None:
    """Return a person."""
    return session.execute(select(PERSON).where(PERSON.c.edu_id == edu_id)).mappings().one_or_none()


def operator_by_login(session: Session, login: str) -> RowMapping | None:
    """Return the operator row of a login name."""
    return (
        session.execute(select(OPERATOR).where(OPERATOR.c.login == login)).mappings().one_or_none()
    )


def operator(session: Session, operator_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return the operator row of an id; `lock` holds it until the commit."""
    asked = select(OPERATOR).where(OPERATOR.c.id == operator_id)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def operators(session: Session) -> Sequence[RowMapping]:
    """Return all operators by login name."""
    return session.execute(select(OPERATOR).order_by(OPERATOR.c.login)).mappings().all()


def roles(session: Session, operator_id: str) -> Sequence[RowMapping]:
    """Return the role grants of an operator."""
    return (
        session.execute(select(ROLE_GRANT).where(ROLE_GRANT.c.operator_id == operator_id))
        .mappings()
        .all()
    )


def counter(session: Session, operator_id: str, *, lock: bool = False) -> RowMapping:
    """Return the sign-in counter of an operator; `lock` holds it until the commit."""
    asked = select(LOGIN_COUNTER).where(LOGIN_COUNTER.c.operator_id == operator_id)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one()


def keys(session: Session, operator_id: str) -> Sequence[RowMapping]:
    """Return the personal keys of an operator, oldest first."""
    return (
        session.execute(
            select(OPERATOR_KEY)
            .where(OPERATOR_KEY.c.operator_id == operator_id)
            .order_by(OPERATOR_KEY.c.valid_from, OPERATOR_KEY.c.kid)
        )
        .mappings()
        .all()
    )


def key(session: Session, kid: str) -> RowMapping | None:
    """Return a personal key by its name."""
    return (
        session.execute(select(OPERATOR_KEY).where(OPERATOR_KEY.c.kid == kid))
        .mappings()
        .one_or_none()
    )


def keys_of_use(session: Session, use: str) -> Sequence[RowMapping]:
    """Return all personal keys of one use, oldest first."""
    return (
        session.execute(
            select(OPERATOR_KEY)
            .where(OPERATOR_KEY.c.use == use)
            .order_by(OPERATOR_KEY.c.valid_from, OPERATOR_KEY.c.kid)
        )
        .mappings()
        .all()
    )


def counts(session: Session) -> tuple[int, int]:
    """Return how many role grants and how many personal keys there are, whosesoever."""
    roles, keys = (
        session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (ROLE_GRANT, OPERATOR_KEY)
    )
    return roles, keys


def session_row(session: Session, token_digest: bytes) -> RowMapping | None:
    """Return the sign-in that this token stands for."""
    return (
        session.execute(select(SESSION).where(SESSION.c.token_digest == token_digest))
        .mappings()
        .one_or_none()
    )


def add_person(session: Session, row: Row) -> None:
    """Insert a person."""
    session.execute(insert(PERSON), [dict(row)])


def add_operator(session: Session, row: Row, counter_row: Row) -> None:
    """Insert an operator with his counter."""
    session.execute(insert(OPERATOR), [dict(row)])
    session.execute(insert(LOGIN_COUNTER), [dict(counter_row)])


def add_key(session: Session, row: Row) -> None:
    """Insert a personal key."""
    session.execute(insert(OPERATOR_KEY), [dict(row)])


def add_role(session: Session, row: Row) -> None:
    """Insert a role grant."""
    session.execute(insert(ROLE_GRANT), [dict(row)])


def delete_role(session: Session, grant_id: str) -> None:
    """Delete a role grant."""
    session.execute(delete(ROLE_GRANT).where(ROLE_GRANT.c.id == grant_id))


def replace_operator(session: Session, row: Row) -> None:
    """Write an operator's row anew."""
    session.execute(update(OPERATOR).where(OPERATOR.c.id == row["id"]).values(**row))


def change_counter(session: Session, operator_id: str, values: Row) -> None:
    """Change an operator's sign-in counter."""
    session.execute(
        update(LOGIN_COUNTER).where(LOGIN_COUNTER.c.operator_id == operator_id).values(**values)
    )


def add_session(session: Session, row: Row) -> None:
    """Insert a sign-in."""
    session.execute(insert(SESSION), [dict(row)])


def touch_session(session: Session, token_digest: bytes, row: Row) -> None:
    """Write a sign-in's row anew."""
    session.execute(update(SESSION).where(SESSION.c.token_digest == token_digest).values(**row))


def end_session(session: Session, token_digest: bytes) -> None:
    """Delete a sign-in."""
    session.execute(delete(SESSION).where(SESSION.c.token_digest == token_digest))


def end_sessions_before(session: Session, instant: datetime) -> None:
    """Delete sign-ins that ended before an instant."""
    session.execute(delete(SESSION).where(SESSION.c.expires_at < instant))
