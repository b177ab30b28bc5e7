"""HTTP of what everybody may read: issuer records with their proofs, trust root and trust list.

The answers are the very bytes that verifiers check, as files to be kept. A trust root that was
fetched from here proves nothing: compare its fingerprint with one that came another way.
"""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from services.platform.errors import NotFound
from services.registry import proofs, trust
from services.registry.schemas import InstitutionId
from services.web.deps import RuntimeDep, WorkDep
from services.web.http_errors import problems

router = APIRouter(prefix="/v1", tags=["public"])

JSON = "application/json"
KEPT = {"Cache-Control": "public, max-age=60"}
"""A withdrawal should be seen within a minute."""


@router.get("/records/{institution_id}", responses=problems(404, 409))
def read_record(institution_id: InstitutionId, work: WorkDep) -> Response:
    """Read the newest anchored record of an institution with its proofs (bundle-v1, `issuer`)."""
    return Response(proofs.issuer_part(work, institution_id), 200, KEPT, JSON)


@router.get("/trust/root", responses=problems(404))
def read_root(runtime: RuntimeDep) -> Response:
    """Read the node's trust root (trust-root-v1)."""
    return _file(runtime.settings.trust_folder / trust.ROOT, "trust_root_missing")


@router.get("/trust/list", responses=problems(404))
def read_list(runtime: RuntimeDep) -> Response:
    """Read the newest trust list (trust-list-v1)."""
    return _file(runtime.settings.trust_folder / trust.LIST, "trust_list_missing")


def _file(path: Path, missing: str) -> Response:
    try:
        return Response(path.read_bytes(), 200, KEPT, JSON)
    except FileNotFoundError as error:
        raise NotFound(missing) from error
