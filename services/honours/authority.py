"""Who may approve for an institution, and on what ground; for whose data somebody may ask.

own        an approver of the institution itself
delegated  somebody to whom such an approver has lent the role, for these days and this programme
superior   where the institution has nobody of its own who could approve what this person
           prepared, an approver of the institution above it: a school of one clerk can issue
Two persons always: who prepared does not approve, and does not choose who approves in his place

The approval's evidence names the ground, and the delegation.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from identity.levels import Role
from services.accounts import delegations, operators
from services.accounts import queries as accounts_queries
from services.accounts.operators import Operator
from services.platform.errors import Refused
from services.platform.work import Work
from services.registry import institutions
from services.registry import queries as registry_queries

OWN, DELEGATED, SUPERIOR = "own", "delegated", "superior"
WORKERS = (Role.PREPARER, Role.APPROVER)


@dataclass(frozen=True, slots=True)
class Authority:
    """On what ground somebody approves."""

    ground: str
    delegation_id: str | None = None


def to_approve(work: Work, actor: Operator, subject: Mapping[Any, Any]) -> Authority:
    """Return the ground on which somebody, as he is now, may approve a batch or a request.

    Raises Refused approver_is_preparer, role_missing.
    """
    found = to_decide(work, actor, subject)
    if actor.edu_id == subject["preparer_edu_id"]:
        raise Refused("approver_is_preparer")
    return found


def to_decide(work: Work, actor: Operator, subject: Mapping[Any, Any]) -> Authority:
    """Return the same for what only takes something back. Raises Refused role_missing."""
    institution_id = subject["institution_id"]
    fresh = operators.again(work, actor)
    if (Role.APPROVER.value, institution_id) in fresh.roles:
        return Authority(OWN)
    for row in delegations.to_operator(work, fresh):
        lent = (row["role"], row["scope"]) == (Role.APPROVER.value, institution_id)
        fits = row["within"] is None or row["within"] == subject.get("programme_id")
        if lent and fits and row["from_edu_id"] != subject["preparer_edu_id"]:
            return Authority(DELEGATED, row["id"])
    superior = institutions.load(work, institution_id)["superior_id"]
    above = superior is not None and (Role.APPROVER.value, superior) in fresh.roles
    if above and not _has_approver(work, institution_id, besides=subject["preparer_edu_id"]):
        return Authority(SUPERIOR)
    raise Refused("role_missing", role=Role.APPROVER.value, scope=institution_id)


def readable(work: Work, who: Operator) -> list[str]:
    """Return the institutions whose batches and certificates somebody works with."""
    scopes = set(who.scopes(*WORKERS))
    scopes |= {row["scope"] for row in delegations.to_operator(work, who)}
    return sorted(scopes | _below(work, who.scopes(Role.APPROVER)))


def _below(work: Work, above: Collection[str]) -> set[str]:
    """Return the institutions under these that could need an approver from above."""
    rows = registry_queries.subordinates(work.session, sorted(above)) if above else ()
    below = {row["id"] for row in institutions.checked(work, rows)}
    staff: dict[str, dict[str, set[str]]] = {}
    for scope, role, edu_id in accounts_queries.staff(work.session, sorted(below)):
        staff.setdefault(scope, {}).setdefault(role, set()).add(edu_id)
    return {scope for scope in below if not _stands_alone(staff.get(scope, {}))}


def _stands_alone(staff: Mapping[str, set[str]]) -> bool:
    """Return whether whoever prepares, somebody else of the institution can approve."""
    approvers = staff.get(Role.APPROVER.value, set())
    return bool(approvers) and len(approvers | staff.get(Role.PREPARER.value, set())) > 1


def _has_approver(work: Work, institution_id: str, *, besides: str) -> bool:
    """Return whether an institution has an approver who is another person than this one."""
    rows = accounts_queries.operators_in(work.session, [institution_id])
    staff = [operators.checked(work, row) for row in rows]
    role = (Role.APPROVER.value, institution_id)
    return bool({each.edu_id for each in staff if role in each.roles} - {besides})
