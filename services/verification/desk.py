"""Where somebody asks about paper: what there is to ask, and how often his place was wrong."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from services.evidence.papers import Papers
from services.platform.limits import Limits
from services.platform.work import Runtime
from services.web.deps import LimitsDep, PlaceDep, RuntimeDep


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that an answer about a number or a code depends on but these two."""

    runtime: Runtime
    papers: Papers
    limits: Limits
    place: str


def desk(request: Request, runtime: RuntimeDep, limits: LimitsDep, place: PlaceDep) -> Desk:
    """Return where the request asks; the composition root has put the papers there."""
    return Desk(runtime, request.app.state.papers, limits, place)


DeskDep = Annotated[Desk, Depends(desk, scope="function")]
