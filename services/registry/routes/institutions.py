"""HTTP of the registry slice: institutions, their codes, keys and accreditations."""

from fastapi import APIRouter
from starlette.responses import Response

from identity.levels import Role
from services.accounts.access import OperatorDep
from services.accounts.operators import NODE, Operator
from services.platform.errors import NotFound
from services.registry import institutions, keys, queries
from services.registry.institutions import NewAccreditation, NewInstitution
from services.registry.routes import shown
from services.registry.schemas import (
    AccreditationId,
    AccreditationIn,
    CodeIn,
    InstitutionBrief,
    InstitutionId,
    InstitutionIn,
    InstitutionOut,
    Kid,
    Made,
)
from services.web.deps import WorkDep, WriteWorkDep
from services.web.http_errors import problems
from services.web.once import OnceDep

router = APIRouter(prefix="/v1/institutions", tags=["institutions"])


@router.get("", responses=problems(401, 403))
def list_institutions(who: OperatorDep, work: WorkDep) -> list[InstitutionBrief]:
    """List the institutions that one works for; all of them for people of the node."""
    found = institutions.checked(work, queries.institutions(work.session))
    return [shown.brief(row) for row in found if _may_see(who, row["id"])]


@router.post("", status_code=201, response_model=Made, responses=problems(401, 403, 409))
def create_institution(
    order: InstitutionIn, who: OperatorDep, work: WriteWorkDep, once: OnceDep
) -> Response:
    """Register an institution."""

    def make() -> Made:
        made = institutions.create(work, who, NewInstitution(**order.model_dump()))
        return Made(id=made)

    return once.answer(work, actor=who.id, make=make)


@router.get("/{institution_id}", responses=problems(401, 403, 404))
def read_institution(
    institution_id: InstitutionId, who: OperatorDep, work: WorkDep
) -> InstitutionOut:
    """Read an institution as the registry has it now, whatever its last record says."""
    if not _may_see(who, institution_id):
        raise NotFound("institution_unknown")
    return shown.institution(work, institution_id)


@router.put("/{institution_id}/code", responses=problems(401, 403, 404, 409))
def recode_institution(
    institution_id: InstitutionId, given: CodeIn, who: OperatorDep, work: WriteWorkDep
) -> InstitutionOut:
    """Give an institution a new code; the old one is void for ever."""
    institutions.recode(work, who, institution_id, given.code)
    return shown.institution(work, institution_id)


@router.post("/{institution_id}/close", responses=problems(401, 403, 404, 409))
def close_institution(
    institution_id: InstitutionId, who: OperatorDep, work: WriteWorkDep
) -> InstitutionOut:
    """Close an institution; what it stated stays verifiable."""
    institutions.close(work, who, institution_id)
    return shown.institution(work, institution_id)


@router.post("/{institution_id}/reopen", responses=problems(401, 403, 404, 409))
def reopen_institution(
    institution_id: InstitutionId, who: OperatorDep, work: WriteWorkDep
) -> InstitutionOut:
    """Reopen a closed institution under the code it had last."""
    institutions.reopen(work, who, institution_id)
    return shown.institution(work, institution_id)


@router.post(
    "/{institution_id}/keys",
    status_code=201,
    response_model=Made,
    responses=problems(401, 403, 404, 503),
)
def make_key(
    institution_id: InstitutionId, who: OperatorDep, work: WriteWorkDep, once: OnceDep
) -> Response:
    """Make an issuer key. It signs once a record that names it is published and anchored."""

    def make() -> Made:
        return Made(id=keys.make_issuer_key(work, who, institution_id))

    return once.answer(work, actor=who.id, make=make)


@router.post("/{institution_id}/keys/{kid}/retire", responses=problems(401, 403, 404, 409))
def retire_key(
    institution_id: InstitutionId, kid: Kid, who: OperatorDep, work: WriteWorkDep
) -> InstitutionOut:
    """Retire an issuer key; refused while anything it may have signed waits for its anchor."""
    if kid not in {row["kid"] for row in queries.institution_keys(work.session, institution_id)}:
        who.require(Role.REGISTRAR, NODE)
        raise NotFound("key_unknown")
    keys.retire_issuer_key(work, who, kid)
    return shown.institution(work, institution_id)


@router.post(
    "/{institution_id}/accreditations",
    status_code=201,
    response_model=Made,
    responses=problems(401, 403, 404),
)
def accredit(
    institution_id: InstitutionId,
    given: AccreditationIn,
    who: OperatorDep,
    work: WriteWorkDep,
    once: OnceDep,
) -> Response:
    """Accredit an institution for a type of credential."""

    def make() -> Made:
        start = given.valid_from or work.now
        order = NewAccreditation(given.type, tuple(given.levels), start, given.valid_to)
        return Made(id=institutions.accredit(work, who, institution_id, order))

    return once.answer(work, actor=who.id, make=make)


@router.delete(
    "/{institution_id}/accreditations/{accreditation_id}",
    status_code=204,
    responses=problems(401, 403, 404, 409),
)
def end_accreditation(
    institution_id: InstitutionId,
    accreditation_id: AccreditationId,
    who: OperatorDep,
    work: WriteWorkDep,
) -> None:
    """End an accreditation now."""
    institutions.end_accreditation(work, who, institution_id, accreditation_id)


def _may_see(who: Operator, institution_id: str) -> bool:
    scopes = {scope for _, scope in who.roles}
    return NODE in scopes or institution_id in scopes
