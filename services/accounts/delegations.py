"""Delegations: somebody who has a role lends it to a colleague, for some days and no further.

Dated           from a day to a day, at most LONGEST; the lender may end it at any time
Scoped          the role in one institution, or `within` it one thing, such as a programme
Not passed on   only who holds the role himself may lend it; what is lent cannot be lent again
Lapses          with the lender's own role: what he may no longer do, nobody does for him

The lender proves both factors; the row carries a MAC; the audit trail says who lent what to whom.
What was done under a delegation names it (services/honours/approving.py).

Errors     Invalid delegation_dates, delegation_reason; Refused role_missing,
           delegation_to_oneself, delegation_not_mine; NotFound delegation_unknown,
           operator_unknown; Conflict delegation_ended; Unauthenticated (sign_in); Tampered
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from identity.levels import Role
from services.accounts import operators, queries
from services.accounts.operators import Operator
from services.accounts.tables import DELEGATION
from services.audit import trail
from services.platform import guarded
from services.platform.db import new_id
from services.platform.errors import Conflict, Invalid, NotFound, Refused
from services.platform.work import Work

LONGEST = timedelta(days=92)
REASONS = ("leave", "travel", "training", "other")


@dataclass(frozen=True, slots=True)
class NewDelegation:
    """What is lent to whom."""

    role: Role
    scope: str
    within: str | None
    to_operator_id: str
    reason: str
    valid_from: datetime
    valid_to: datetime


def lend(work: Work, actor: Operator, order: NewDelegation) -> str:
    """Lend a role that the actor holds himself; he has proved his factors just now."""
    operators.again(work, actor).require(order.role, order.scope)
    target = operators.load(work, order.to_operator_id)
    if target.edu_id == actor.edu_id:
        raise Refused("delegation_to_oneself")
    if order.reason not in REASONS:
        raise Invalid("delegation_reason")
    if not work.now < order.valid_to or not order.valid_from < order.valid_to:
        raise Invalid("delegation_dates", days=LONGEST.days)
    if order.valid_to - max(order.valid_from, work.now) > LONGEST:
        raise Invalid("delegation_dates", days=LONGEST.days)
    delegation_id = new_id("dlg", work.random)
    row = {
        "id": delegation_id,
        "role": order.role.value,
        "scope": order.scope,
        "within": order.within,
        "from_operator_id": actor.id,
        "from_edu_id": actor.edu_id,
        "to_operator_id": target.id,
        "to_edu_id": target.edu_id,
        "reason": order.reason,
        "valid_from": order.valid_from,
        "valid_to": order.valid_to,
        "created_at": work.now,
        "ended_at": None,
    }
    queries.add_delegation(work.session, guarded.stamp(work.protect, DELEGATION, row))
    facts = {"to": target.id, "role": order.role.value, "scope": order.scope}
    trail.record(work, actor=actor.id, action="delegation.lend", object=delegation_id, **facts)
    return delegation_id


def end(work: Work, actor: Operator, delegation_id: str) -> None:
    """End a delegation before its day, by who lent it."""
    row = load(work, delegation_id, lock=True)
    if row["from_edu_id"] != actor.edu_id:
        raise Refused("delegation_not_mine")
    if row["ended_at"] is not None or row["valid_to"] <= work.now:
        raise Conflict("delegation_ended")
    changed = {**row, "ended_at": work.now}
    queries.replace_delegation(work.session, guarded.stamp(work.protect, DELEGATION, changed))
    trail.record(work, actor=actor.id, action="delegation.end", object=delegation_id)


def load(work: Work, delegation_id: str, *, lock: bool = False) -> Mapping[Any, Any]:
    """Return a delegation. Raises NotFound, Tampered."""
    row = queries.delegation(work.session, delegation_id, lock=lock)
    if row is None:
        raise NotFound("delegation_unknown")
    return guarded.check(work.protect, DELEGATION, row)


def to_operator(work: Work, operator: Operator) -> list[Mapping[Any, Any]]:
    """Return what is lent to somebody now: each lender must have the role still."""
    found: list[Mapping[Any, Any]] = []
    for row in queries.delegations_to(work.session, operator.id, work.now):
        guarded.check(work.protect, DELEGATION, row)
        lender = _lender(work, row)
        if lender is not None and (row["role"], row["scope"]) in lender.roles:
            found.append(row)
    return found


def in_scopes(work: Work, scopes: Sequence[str]) -> list[Mapping[Any, Any]]:
    """Return all delegations in these scopes, ended ones too, the newest first."""
    rows = queries.delegations_in(work.session, scopes)
    return [guarded.check(work.protect, DELEGATION, row) for row in rows]


def _lender(work: Work, row: Mapping[Any, Any]) -> Operator | None:
    try:
        return operators.load(work, row["from_operator_id"])
    except Refused as error:
        if error.code == "operator_inactive":
            return None
        raise
