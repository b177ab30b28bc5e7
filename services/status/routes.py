"""HTTP of the status lists, for everybody who verifies: one by one, or all in one pack."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from identity.status_list import TTL
from services.status import lists
from services.status.packs import Packs
from services.web.deps import RuntimeDep, WorkDep
from services.web.http_errors import problems

router = APIRouter(prefix=lists.PATH, tags=["public"])
pack_router = APIRouter(prefix="/v1", tags=["public"])

MEDIA_TYPE = "application/statuslist+jwt"


@router.get("/{number}", responses=problems(404))
def read_status_list(number: Annotated[int, Path(ge=1, le=2**31 - 1)], work: WorkDep) -> Response:
    """Read a signed status list (status-v1); it may be kept until it is `ttl` old, no longer."""
    newest = lists.publication(work, number)
    left = max(0, int((newest.issued_at + TTL - work.now).total_seconds()))
    headers = {"Cache-Control": f"public, max-age={left}"}
    return Response(newest.token, 200, headers, MEDIA_TYPE)


@pack_router.get("/status-pack", responses=problems(503))
def read_status_pack(request: Request, runtime: RuntimeDep) -> Response:
    """Read all status lists of the node and its trust list in one signed file (status-pack-v1).

    For a day's verification without a network, on the offline page or by `kexin verify --pack`.
    """
    packs: Packs = request.app.state.packs
    made = packs.newest()
    left = max(0, int((made.kept_until - runtime.clock()).total_seconds()))
    headers = {
        "Cache-Control": f"public, max-age={left}",
        "Content-Disposition": f'attachment; filename="{made.name}"',
    }
    return Response(made.data, 200, headers, "application/json")
