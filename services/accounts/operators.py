"""Operators: who acts, as which person, in which roles; checked at every use.

A role counts in a scope: an institution's id, or NODE for the node itself. The rows carry MACs,
and an operator's set of roles and set of keys one each, so a role or key added, changed or
deleted by hand in the database refuses every privileged call of that operator (design 5).

Errors     Refused role_missing, role_for_oneself, operator_inactive; Tampered; NotFound
           operator_unknown, role_unknown; Conflict already_exists, document_other_type
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from crypto import kdf
from crypto.provider import Use
from identity import codes
from identity.factors import password as passwords
from identity.factors import totp
from identity.levels import Role
from services.accounts import counters, personal_keys, queries
from services.accounts.personal_keys import Sealed
from services.accounts.schemas import DocumentType
from services.accounts.tables import OPERATOR, OPERATOR_KEY, ROLE_GRANT
from services.audit import trail
from services.platform import clock, guarded
from services.platform.db import new_id
from services.platform.errors import Conflict, Invalid, NotFound, Refused, Tampered
from services.platform.work import Runtime, Work

DOCUMENT_TYPES: tuple[str, ...] = get_args(DocumentType)

NODE = "node"
"""Scope of roles that concern the node and not one institution."""

SYSTEM = "system"
"""Actor of what nobody signed in for: the first start, the worker."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody signed in; his roles were checked against their MACs just now."""

    id: str
    login: str
    edu_id: str
    roles: frozenset[tuple[str, str]]
    acr: str = ""

    def require(self, role: Role, scope: str) -> None:
        """Raise Refused unless the operator has this role in this scope."""
        if (role.value, scope) not in self.roles:
            raise Refused("role_missing", role=role.value, scope=scope)

    def scopes(self, *roles: Role) -> frozenset[str]:
        """Return where the operator has one of these roles."""
        names = {role.value for role in roles}
        return frozenset(scope for role, scope in self.roles if role in names)


@dataclass(frozen=True, slots=True)
class NewOperator:
    """What is needed to make an operator."""

    login: str
    name: str = field(repr=False)
    document_type: str
    document_number: str = field(repr=False)
    password: str = field(repr=False)
    roles: tuple[tuple[Role, str], ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A new operator and the TOTP seed to hand over once."""

    id: str
    edu_id: str
    totp_seed: bytes = field(repr=False)


def create(runtime: Runtime, order: NewOperator, *, by: str) -> Made:
    """Make an operator with personal keys for his roles. The slow part is outside the lock.

    `by` is a registrar of the node, who gives no role to himself under another name, or SYSTEM.
    """
    passwords.require_strength(order.password, login=order.login)
    encoded = passwords.encode(order.password, rounds=kdf.ROUNDS, random=runtime.random)
    seed = totp.new_seed(runtime.random)
    uses = personal_keys.uses_of(role for role, _ in order.roles)
    made = [personal_keys.make(use, order.password, runtime.random) for use in uses]
    with runtime.writing() as work:
        edu_id = _person(work, order)
        _check_maker(work, by, edu_id, order)
        operator_id = new_id("opr", work.random)
        row = _row(work, operator_id, order.login, edu_id, encoded, seed)
        queries.add_operator(work.session, row, counters.first(work, operator_id))
        for key in made:
            personal_keys.store(work, operator_id, key)
        for role, scope in order.roles:
            _add_role(work, operator_id, role, scope, by=by)
        _restamp(work, operator_id)
        trail.record(work, actor=by, action="operator.create", object=operator_id)
    return Made(operator_id, edu_id, seed)


def grant(work: Work, actor: Operator, operator_id: str, role: Role, scope: str) -> None:
    """Give a role. A registrar of the node does it, and never for himself."""
    actor.require(Role.REGISTRAR, NODE)
    target = load(work, operator_id, lock=True)
    if target.edu_id == actor.edu_id:
        raise Refused("role_for_oneself")
    _add_role(work, operator_id, role, scope, by=actor.id)
    _restamp(work, operator_id)
    trail.record(
        work, actor=actor.id, action="role.grant", object=operator_id, role=role.value, scope=scope
    )


def withdraw(work: Work, actor: Operator, operator_id: str, role: Role, scope: str) -> None:
    """Take a role away. Raises NotFound role_unknown."""
    actor.require(Role.REGISTRAR, NODE)
    load(work, operator_id, lock=True)
    for row in queries.roles(work.session, operator_id):
        if (row["role"], row["scope"]) == (role.value, scope):
            queries.delete_role(work.session, row["id"])
            _restamp(work, operator_id)
            trail.record(
                work,
                actor=actor.id,
                action="role.withdraw",
                object=operator_id,
                role=role.value,
                scope=scope,
            )
            return
    raise NotFound("role_unknown", role=role.value, scope=scope)


def add_key(work: Work, operator_id: str, key: Sealed) -> None:
    """Give an operator a personal key that a role granted later needs."""
    load(work, operator_id, lock=True)
    personal_keys.store(work, operator_id, key)
    _restamp(work, operator_id)
    trail.record(
        work, actor=operator_id, action="key.make", object=key.public.kid, use=key.use.value
    )


def load(work: Work, operator_id: str, *, acr: str = "", lock: bool = False) -> Operator:
    """Return the operator with his roles; `lock` holds the row until the commit.

    Raises NotFound, Tampered; Refused if inactive.
    """
    row = queries.operator(work.session, operator_id, lock=lock)
    if row is None:
        raise NotFound("operator_unknown")
    return checked(work, row, acr=acr)


def again(work: Work, actor: Operator) -> Operator:
    """Return the operator as he is now: for an act that binds, long after he was looked up."""
    return load(work, actor.id, acr=actor.acr)


def checked(work: Work, row: Mapping[Any, Any], *, acr: str = "") -> Operator:
    """Return the operator of a row after checking it and his whole set of roles."""
    guarded.check(work.protect, OPERATOR, row)
    if not row["active"]:
        raise Refused("operator_inactive")
    granted = _check_roles(work, row)
    personal_keys.check_set(work, row)
    roles = frozenset((each["role"], each["scope"]) for each in granted)
    return Operator(row["id"], row["login"], row["edu_id"], roles, acr)


def check_all(work: Work) -> int:
    """Check all operators, their roles, keys and counters; return how many operators.

    Raises Tampered, also for rows that belong to nobody.
    """
    roles = keys = 0
    found = queries.operators(work.session)
    for row in found:
        checked_roles = _check_roles(work, guarded.check(work.protect, OPERATOR, row))
        roles, keys = roles + len(checked_roles), keys + personal_keys.check_set(work, row)
    if (roles, keys) != queries.counts(work.session):
        raise Tampered("rows_altered", table=ROLE_GRANT.name)
    counters.check_all(work, {row["id"] for row in found})
    return len(found)


def _check_roles(work: Work, row: Mapping[Any, Any]) -> Sequence[Mapping[Any, Any]]:
    granted = queries.roles(work.session, row["id"])
    guarded.check_set(
        work.protect,
        ROLE_GRANT,
        row["id"],
        granted,
        version=row["roles_version"],
        mac=row["roles_mac"],
    )
    return granted


def _check_maker(work: Work, by: str, edu_id: str, order: NewOperator) -> None:
    """Refuse a second account by which one person would be two."""
    if by != SYSTEM:
        maker = load(work, by)
        maker.require(Role.REGISTRAR, NODE)
        if maker.edu_id == edu_id and order.roles:
            raise Refused("role_for_oneself")
    elif (Role.REGISTRAR, NODE) in order.roles and edu_id in _registrars(work):
        raise Refused("role_for_oneself")


def _registrars(work: Work) -> set[str]:
    """Return which persons have a registrar's key; an account without its operator is none."""
    rows = queries.keys_of_use(work.session, Use.REGISTRAR)
    found = (queries.operator(work.session, row["operator_id"]) for row in rows)
    return {row["edu_id"] for row in found if row is not None}


def _person(work: Work, order: NewOperator) -> str:
    """Return the EDU-ID of the person with this document, a new one if there is none.

    The same number as a document of another type would make one person two: Conflict.
    """
    number = _normalised(work, order)
    for each in DOCUMENT_TYPES:
        known = queries.person_by_index(work.session, _index(work, each, number))
        if known is not None and each != order.document_type:
            raise Conflict("document_other_type", document_type=each)
        if known is not None:
            return str(known["edu_id"])
    edu_id = codes.new_edu_id(work.settings.node_region, work.random)
    place = {"tenant": "node", "table": "person", "key": edu_id}
    queries.add_person(
        work.session,
        {
            "edu_id": edu_id,
            "name_sealed": work.protect.seal(order.name.encode(), column="name_sealed", **place),
            "document_type": order.document_type,
            "document_sealed": work.protect.seal(
                number.encode(), column="document_sealed", **place
            ),
            "document_index": _index(work, order.document_type, number),
            "created_at": work.now,
        },
    )
    return edu_id


def _index(work: Work, document_type: str, number: str) -> bytes:
    return work.protect.index("node", "document", f"{document_type}\x1f{number}")


def _normalised(work: Work, order: NewOperator) -> str:
    if order.document_type == "resident_id":
        today = clock.in_shanghai(work.now).date()
        return codes.validate_id_number(order.document_number, today=today)
    if not order.document_number.strip():
        raise Invalid("document_number_missing")
    return order.document_number.strip().upper()


def _row(
    work: Work, operator_id: str, login: str, edu_id: str, encoded: str, seed: bytes
) -> dict[str, Any]:
    place = {"tenant": "node", "table": "operator", "key": operator_id}
    empty = {
        name: guarded.set_mac(work.protect, table, operator_id, (), version=0)
        for name, table in (("roles_mac", ROLE_GRANT), ("keys_mac", OPERATOR_KEY))
    }
    values = {
        "id": operator_id,
        "login": login,
        "edu_id": edu_id,
        "password": work.protect.seal(encoded.encode(), column="password", **place),
        "totp_sealed": work.protect.seal(seed, column="totp_sealed", **place),
        "active": True,
        "version": 1,
        "roles_version": 0,
        "keys_version": 0,
        **empty,
        "created_at": work.now,
    }
    return guarded.stamp(work.protect, OPERATOR, values)


def _add_role(work: Work, operator_id: str, role: Role, scope: str, *, by: str) -> None:
    values = {
        "id": new_id("rol", work.random),
        "operator_id": operator_id,
        "role": role.value,
        "scope": scope,
        "granted_by": by,
        "granted_at": work.now,
        "version": 1,
    }
    queries.add_role(work.session, guarded.stamp(work.protect, ROLE_GRANT, values))


def _restamp(work: Work, operator_id: str) -> None:
    """Seal the sets of roles and keys as they stand now.

    The caller holds the row's lock and has checked the sets before it changed them.
    """
    row = queries.operator(work.session, operator_id)
    if row is None:
        raise NotFound("operator_unknown")
    values = {**row, "version": row["version"] + 1}
    for name, table, rows in (
        ("roles", ROLE_GRANT, queries.roles(work.session, operator_id)),
        ("keys", OPERATOR_KEY, queries.keys(work.session, operator_id)),
    ):
        version = row[f"{name}_version"] + 1
        mac = guarded.set_mac(work.protect, table, operator_id, rows, version=version)
        values |= {f"{name}_version": version, f"{name}_mac": mac}
    queries.replace_operator(work.session, guarded.stamp(work.protect, OPERATOR, values))
