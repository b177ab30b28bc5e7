"""HTTP of the status lists, for everybody who verifies."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from identity.status_list import TTL
from services.status import lists
from services.web.deps import WorkDep
from services.web.http_errors import problems

router = APIRouter(prefix=lists.PATH, tags=["public"])

MEDIA_TYPE = "application/statuslist+jwt"


@router.get("/{number}", responses=problems(404))
def read_status_list(number: Annotated[int, Path(ge=1, le=2**31 - 1)], work: WorkDep) -> Response:
    """Read a signed status list (status-v1); it may be kept until it is `ttl` old, no longer."""
    newest = lists.publication(work, number)
    left = max(0, int((newest.issued_at + TTL - work.now).total_seconds()))
    headers = {"Cache-Control": f"public, max-age={left}"}
    return Response(newest.token, 200, headers, MEDIA_TYPE)
