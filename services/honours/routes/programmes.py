"""HTTP of programmes: the templates of certificates."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from services.accounts.access import OperatorDep
from services.honours import authority, programmes, queries
from services.honours.programmes import NewProgramme
from services.honours.routes import scopes
from services.honours.schemas import ProgrammeId, ProgrammeIn, ProgrammeOut
from services.registry.schemas import Made
from services.web.deps import WorkDep, WriteWorkDep
from services.web.http_errors import problems
from services.web.once import OnceDep

router = APIRouter(prefix="/v1/programmes", tags=["programmes"])


@router.get("", responses=problems(401, 403))
def list_programmes(who: OperatorDep, work: WorkDep) -> list[ProgrammeOut]:
    """List the programmes of the institutions that one works for."""
    return [_out(row) for row in queries.programmes(work.session, authority.readable(work, who))]


@router.post("", status_code=201, response_model=Made, responses=problems(401, 403, 404, 409))
def create_programme(
    order: ProgrammeIn, who: OperatorDep, work: WriteWorkDep, once: OnceDep
) -> Response:
    """Register a programme. It never changes afterwards."""

    def make() -> Made:
        values = {**order.model_dump(), "awards": tuple(order.awards)}
        return Made(id=programmes.create(work, who, NewProgramme(**values)))

    return once.answer(work, actor=who.id, make=make)


@router.get("/{programme_id}", responses=problems(401, 403, 404))
def read_programme(programme_id: ProgrammeId, who: OperatorDep, work: WorkDep) -> ProgrammeOut:
    """Read a programme."""
    row = programmes.load(work, programme_id)
    scopes.require(work, who, row["institution_id"], "programme_unknown")
    return _out(row)


def _out(row: Mapping[Any, Any]) -> ProgrammeOut:
    values = {name: row[name] for name in ProgrammeOut.model_fields if name != "awards"}
    return ProgrammeOut(**values, awards=list(programmes.awards(row)))
