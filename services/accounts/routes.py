"""HTTP of the accounts slice: signing in and out, and who may do what."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from identity.factors import totp
from identity.levels import Role
from services.accounts import operators, queries, sign_in
from services.accounts.access import OperatorDep, TokenDep
from services.accounts.operators import NODE, NewOperator, Operator
from services.accounts.schemas import (
    Grant,
    GrantOut,
    OperatorId,
    OperatorIn,
    OperatorMade,
    OperatorOut,
    RoleName,
    Scope,
    SessionOut,
    SignedInOut,
    SignIn,
)
from services.platform.errors import Unauthenticated
from services.platform.work import Work
from services.web.deps import LimitsDep, PlaceDep, RuntimeDep, WorkDep, WriteWorkDep
from services.web.http_errors import problems
from services.web.once import OnceDep

session_router = APIRouter(prefix="/v1/session", tags=["session"])
router = APIRouter(prefix="/v1/operators", tags=["operators"])


@session_router.post("", responses=problems(401, 429))
def start_session(
    given: SignIn, runtime: RuntimeDep, limits: LimitsDep, place: PlaceDep
) -> SignedInOut:
    """Sign in with a name and both factors. Every refusal reads the same.

    No Idempotency-Key: a code is good for one attempt, and the token is not kept to be repeated.
    """
    limits.check(place)
    try:
        made = sign_in.sign_in(runtime, given.login, given.password, given.code)
    except Unauthenticated:
        limits.failed(place)
        raise
    signed_in = _operator(made.operator)
    return SignedInOut(operator=signed_in, acr=made.operator.acr, token=made.token)


@session_router.get("", responses=problems(401, 403))
def read_session(who: OperatorDep) -> SessionOut:
    """Say who is signed in, with the roles he has now."""
    return SessionOut(operator=_operator(who), acr=who.acr)


@session_router.delete("", status_code=204, responses=problems(401))
def end_session(token: TokenDep, runtime: RuntimeDep) -> None:
    """Sign out."""
    sign_in.sign_out(runtime, token)


@router.get("", responses=problems(401, 403))
def list_operators(who: OperatorDep, work: WorkDep) -> list[OperatorOut]:
    """List the operators of the node with their roles, for its registrars and auditors."""
    if NODE not in who.scopes(Role.REGISTRAR, Role.AUDITOR):
        who.require(Role.AUDITOR, NODE)
    return [_row(work, row) for row in queries.operators(work.session)]


@router.post(
    "",
    status_code=201,
    response_model=OperatorMade,
    responses=problems(401, 403, 409),
)
def create_operator(
    order: OperatorIn, who: OperatorDep, runtime: RuntimeDep, once: OnceDep
) -> Response:
    """Make an operator; the answer holds the seed for his authenticator app."""
    who.require(Role.REGISTRAR, NODE)

    def make() -> OperatorMade:
        roles = tuple((each.role, each.scope) for each in order.roles)
        values = order.model_dump(exclude={"roles"})
        made = operators.create(runtime, NewOperator(roles=roles, **values), by=who.id)
        uri = totp.provisioning_uri(
            made.totp_seed, login=order.login, issuer=runtime.settings.node_name
        )
        return OperatorMade(id=made.id, edu_id=made.edu_id, totp_uri=uri)

    return once.answer_outside(runtime, actor=who.id, make=make)


@router.post(
    "/{operator_id}/roles",
    status_code=201,
    response_model=GrantOut,
    responses=problems(401, 403, 404, 409),
)
def grant_role(
    operator_id: OperatorId, given: Grant, who: OperatorDep, work: WriteWorkDep, once: OnceDep
) -> Response:
    """Give somebody else a role."""

    def make() -> GrantOut:
        operators.grant(work, who, operator_id, given.role, given.scope)
        return GrantOut(role=given.role.value, scope=given.scope)

    return once.answer(work, actor=who.id, make=make)


@router.delete(
    "/{operator_id}/roles/{role}/{scope}",
    status_code=204,
    responses=problems(401, 403, 404),
)
def withdraw_role(
    operator_id: OperatorId, role: RoleName, scope: Scope, who: OperatorDep, work: WriteWorkDep
) -> None:
    """Take a role away."""
    operators.withdraw(work, who, operator_id, role, scope)


def _row(work: Work, row: Mapping[Any, Any]) -> OperatorOut:
    if row["active"]:
        return _operator(operators.checked(work, row))
    return OperatorOut(id=row["id"], login=row["login"], active=False, roles=[])


def _operator(who: Operator) -> OperatorOut:
    roles = [GrantOut(role=role, scope=scope) for role, scope in sorted(who.roles)]
    return OperatorOut(id=who.id, login=who.login, active=True, roles=roles)
