"""Where the offline page is fetched: what it is, how to check that it is ours, how to use it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from crypto.jws import b64u
from services.registry.trust import PAGE
from services.verification import handouts
from services.verification.pages import frame
from services.web.deps import RuntimeDep

router = APIRouter(prefix="/offline", include_in_schema=False)

STEPS = 5


@router.get("")
def show(request: Request, runtime: RuntimeDep) -> Response:
    """Show how to get, check and use the offline page."""
    made = handouts.offline_page(runtime, runtime.clock())
    return frame.page(
        request,
        "offline",
        made=made,
        name=PAGE,
        kilobytes=-(-len(made.data) // 1000),
        sm3=made.sm3.hex(),
        sm3_text=b64u(made.sm3),
        fingerprint=b64u(made.fingerprint),
        fingerprint_hex=made.fingerprint.hex(),
        steps=range(1, STEPS + 1),
    )


@router.get(f"/{PAGE}")
def download(runtime: RuntimeDep) -> Response:
    """Hand the file out, to be kept and opened without a network."""
    made = handouts.offline_page(runtime, runtime.clock())
    headers = {"Content-Disposition": f'attachment; filename="{PAGE}"'}
    return Response(made.data, 200, headers, "text/html; charset=utf-8")
