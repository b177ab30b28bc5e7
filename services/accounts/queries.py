"""Every SELECT about persons, operators, roles, keys and sessions, and how their rows change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.orm import Session

from services.accounts.tables import (
    DELEGATION,
    LOGIN_COUNTER,
    OPERATOR,
    OPERATOR_KEY,
    PERSON,
    ROLE_GRANT,
    SESSION,
)

Row = Mapping[Any, Any]
MOST_VALUES = 500
"""Values of one IN list."""


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


def counter(session: Session, operator_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return the sign-in counter of an operator; `lock` holds it until the commit."""
    asked = select(LOGIN_COUNTER).where(LOGIN_COUNTER.c.operator_id == operator_id)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def counters(session: Session) -> Sequence[RowMapping]:
    """Return the sign-in counters of all operators."""
    return session.execute(select(LOGIN_COUNTER)).mappings().all()


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


def replace_counter(session: Session, row: Row) -> None:
    """Write an operator's sign-in counter anew."""
    session.execute(
        update(LOGIN_COUNTER).where(LOGIN_COUNTER.c.operator_id == row["operator_id"]).values(**row)
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


def operators_in(session: Session, scopes: Sequence[str]) -> Sequence[RowMapping]:
    """Return the active operators who have a role in one of these scopes, by login name."""
    within = select(ROLE_GRANT.c.operator_id).where(ROLE_GRANT.c.scope.in_(scopes))
    asked = select(OPERATOR).where(OPERATOR.c.active, OPERATOR.c.id.in_(within))
    return session.execute(asked.order_by(OPERATOR.c.login)).mappings().all()


def staff(session: Session, scopes: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return scope, role and person of the active operators of many institutions."""
    found: list[tuple[str, str, str]] = []
    asked = (
        select(ROLE_GRANT.c.scope, ROLE_GRANT.c.role, OPERATOR.c.edu_id)
        .join(OPERATOR, OPERATOR.c.id == ROLE_GRANT.c.operator_id)
        .where(OPERATOR.c.active)
    )
    for start in range(0, len(scopes), MOST_VALUES):
        some = ROLE_GRANT.c.scope.in_(scopes[start : start + MOST_VALUES])
        found += [(row[0], row[1], row[2]) for row in session.execute(asked.where(some))]
    return found


def add_delegation(session: Session, row: Row) -> None:
    """Insert a delegation."""
    session.execute(insert(DELEGATION), [dict(row)])


def replace_delegation(session: Session, row: Row) -> None:
    """Write a delegation's row anew."""
    session.execute(update(DELEGATION).where(DELEGATION.c.id == row["id"]).values(**row))


def delegation(session: Session, delegation_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return a delegation; `lock` holds its row until the commit."""
    asked = select(DELEGATION).where(DELEGATION.c.id == delegation_id)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def delegations_to(session: Session, operator_id: str, now: datetime) -> Sequence[RowMapping]:
    """Return the delegations to somebody that are in force, the oldest first."""
    asked = select(DELEGATION).where(
        DELEGATION.c.to_operator_id == operator_id,
        DELEGATION.c.valid_from <= now,
        DELEGATION.c.valid_to > now,
        DELEGATION.c.ended_at.is_(None),
    )
    return (
        session.execute(asked.order_by(DELEGATION.c.valid_from, DELEGATION.c.id)).mappings().all()
    )


def delegations_in(session: Session, scopes: Sequence[str]) -> Sequence[RowMapping]:
    """Return all delegations in these scopes, the newest first."""
    asked = select(DELEGATION).where(DELEGATION.c.scope.in_(scopes))
    return (
        session.execute(asked.order_by(DELEGATION.c.created_at.desc(), DELEGATION.c.id))
        .mappings()
        .all()
    )
