"""HTTP of changes of status: one person asks, another approves, verifiers see it at once."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from services.accounts.access import OperatorDep
from services.accounts.operators import Operator
from services.accounts.schemas import Proof
from services.honours import authority, changes, queries
from services.honours.routes import scopes
from services.honours.schemas import ChangedOut, RequestId, StatusRequestIn, StatusRequestOut
from services.platform.work import Work
from services.registry.schemas import Made
from services.web.deps import RuntimeDep, WorkDep, WriteWorkDep
from services.web.http_errors import problems
from services.web.once import OnceDep

router = APIRouter(prefix="/v1/status-requests", tags=["status requests"])


@router.get("", responses=problems(401, 403))
def list_requests(who: OperatorDep, work: WorkDep) -> list[StatusRequestOut]:
    """List the requests of the institutions that one works for, newest first."""
    return [
        _out(row) for row in queries.status_requests(work.session, authority.readable(work, who))
    ]


@router.post("", status_code=201, response_model=Made, responses=problems(401, 403, 404, 409))
def ask(order: StatusRequestIn, who: OperatorDep, work: WriteWorkDep, once: OnceDep) -> Response:
    """Ask for certificates of one institution to be revoked, suspended or lifted."""

    def make() -> Made:
        return Made(
            id=changes.ask(
                work, who, action=order.action, reason=order.reason, numbers=order.numbers
            )
        )

    return once.answer(work, actor=who.id, make=make)


@router.get("/{request_id}", responses=problems(401, 403, 404))
def read_request(request_id: RequestId, who: OperatorDep, work: WorkDep) -> StatusRequestOut:
    """Read a request."""
    return _out(_load(work, who, request_id))


@router.post(
    "/{request_id}/approve",
    response_model=ChangedOut,
    responses=problems(401, 403, 404, 409),
)
def approve_request(
    request_id: RequestId, proof: Proof, who: OperatorDep, runtime: RuntimeDep, once: OnceDep
) -> Response:
    """Sign the manifest of a request as another person; all of it happens, or nothing."""
    with runtime.reading() as work:
        _load(work, who, request_id)

    def make() -> ChangedOut:
        changed = changes.approve(
            runtime, who, request_id, password=proof.password, code=proof.code
        )
        return ChangedOut(request=request_id, changed=changed)

    return once.answer_outside(runtime, actor=who.id, make=make, status=200)


@router.post("/{request_id}/refuse", responses=problems(401, 403, 404, 409))
def refuse_request(request_id: RequestId, who: OperatorDep, work: WriteWorkDep) -> StatusRequestOut:
    """Refuse a request; nothing changes."""
    _load(work, who, request_id)
    changes.refuse(work, who, request_id)
    return _out(changes.load(work, request_id))


def _load(work: Work, who: Operator, request_id: str) -> Mapping[Any, Any]:
    row = changes.load(work, request_id)
    scopes.require(work, who, row["institution_id"], "request_unknown")
    return row


def _out(row: Mapping[Any, Any]) -> StatusRequestOut:
    names = ("id", "institution_id", "action", "reason", "state", "preparer_id")
    values = {name: row[name] for name in names}
    return StatusRequestOut(**values, numbers=json.loads(row["numbers"]), created=row["created_at"])
