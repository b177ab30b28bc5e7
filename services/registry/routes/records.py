"""HTTP of issuer records: one registrar proposes, another person publishes; many at a time.

Both prove their factors once for all records of a request. Each record is signed in a transaction
of its own; what is refused for one does not stop the others, and where all are refused, the first
refusal is the answer.
"""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import Response

from crypto.provider import Use
from identity import issuer
from identity.levels import Role
from services.accounts import sign_in
from services.accounts.access import OperatorDep
from services.accounts.operators import NODE, Operator
from services.accounts.personal_keys import Opened
from services.platform.work import Runtime
from services.registry import queries, records
from services.registry.schemas import (
    DraftOut,
    InstitutionId,
    RecordsIn,
    SignedRecord,
    SignedRecords,
)
from services.web.deps import LanguageDep, RuntimeDep, WorkDep, WriteWorkDep
from services.web.http_errors import BASES, problem_of, problems
from services.web.once import OnceDep

router = APIRouter(prefix="/v1/record-drafts", tags=["records"])

Act = Callable[[Runtime, Operator, str, Opened], object]


@router.get("", responses=problems(401, 403))
def list_drafts(who: OperatorDep, work: WorkDep) -> list[DraftOut]:
    """List the records that wait for a second registrar."""
    who.require(Role.REGISTRAR, NODE)
    return [
        DraftOut(
            institution=row["institution_id"],
            registrar=row["registrar"],
            proposed=row["created_at"],
        )
        for row in queries.drafts(work.session)
    ]


@router.post(
    "", status_code=201, response_model=SignedRecords, responses=problems(401, 403, 404, 409)
)
def propose(
    order: RecordsIn, who: OperatorDep, runtime: RuntimeDep, lang: LanguageDep, once: OnceDep
) -> Response:
    """Write records as the registry stands now and sign them first."""
    who.require(Role.REGISTRAR, NODE)
    return once.answer_outside(
        runtime, actor=who.id, make=lambda: _sign(runtime, who, order, records.propose, lang)
    )


@router.post(
    "/publications",
    status_code=201,
    response_model=SignedRecords,
    responses=problems(401, 403, 404, 409),
)
def publish(
    order: RecordsIn, who: OperatorDep, runtime: RuntimeDep, lang: LanguageDep, once: OnceDep
) -> Response:
    """Sign waiting records as a second person and publish them."""
    who.require(Role.REGISTRAR, NODE)
    return once.answer_outside(
        runtime, actor=who.id, make=lambda: _sign(runtime, who, order, records.publish, lang)
    )


@router.delete("/{institution_id}", status_code=204, responses=problems(401, 403, 409))
def discard(institution_id: InstitutionId, who: OperatorDep, work: WriteWorkDep) -> None:
    """Throw a waiting record away."""
    records.discard(work, who, institution_id)


def _sign(runtime: Runtime, who: Operator, order: RecordsIn, act: Act, lang: str) -> SignedRecords:
    key = sign_in.open_personal_key(
        runtime, who, order.password, order.code, use=Use.REGISTRAR, typ=issuer.TYP
    )
    done: list[SignedRecord] = []
    refusals: list[Exception] = []
    for institution_id in dict.fromkeys(order.institutions):
        try:
            act(runtime, who, institution_id, key)
        except BASES as error:
            refusals.append(error)
            told = problem_of(error).members(lang)
            refused = SignedRecord(institution=institution_id, outcome="refused", problem=told)
            done.append(refused)
        else:
            done.append(SignedRecord(institution=institution_id, outcome="signed"))
    if len(refusals) == len(done):
        raise refusals[0]
    return SignedRecords(records=done)
