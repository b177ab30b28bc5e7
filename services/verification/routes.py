"""HTTP of verification: anybody may ask, nobody signs in, nothing is kept."""

from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request

from identity import instants
from identity.trust_list import EVIDENCE
from ledger.evidence import Level
from services.evidence.papers import Brief
from services.evidence.reading import MEDIA
from services.evidence.terms import BUNDLE, AsOf
from services.platform.errors import Invalid
from services.verification import service
from services.verification.desk import DeskDep
from services.verification.schemas import IssuerNames, LookupIn, LookupOut
from services.web.deps import RuntimeDep
from services.web.http_errors import problems

router = APIRouter(prefix="/v1", tags=["public"])

_BODIES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object", "description": "bundle-v1"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            "application/dc+sd-jwt": {"schema": {"type": "string"}},
        },
    }
}


def media_type(request: Request) -> str:
    """Return the body's media type. Answers 415 for one that is not ours, before reading it."""
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media not in MEDIA:
        raise HTTPException(415)
    return media


async def body(request: Request) -> bytes:
    """Return the body as it came."""
    return await request.body()


def as_of(
    as_of: Annotated[
        str | None, Query(max_length=20, description="RFC 3339 in UTC, or `bundle`.")
    ] = None,
) -> AsOf:
    """Return the instant asked for. Raises Invalid."""
    if as_of is None:
        return None
    if as_of == BUNDLE:
        return BUNDLE
    try:
        return instants.read(as_of)
    except ValueError as error:
        raise Invalid("as_of_form") from error


MediaDep = Annotated[str, Depends(media_type, scope="function")]
BytesDep = Annotated[bytes, Depends(body, scope="function")]
AsOfDep = Annotated[AsOf, Depends(as_of, scope="function")]
Evidence = Literal["local", "receipt", "seals", "live"]
assert get_args(Evidence) == EVIDENCE


@router.post("/verify", responses=problems(413, 415), openapi_extra=_BODIES)
def verify(
    media: MediaDep,
    data: BytesDep,
    runtime: RuntimeDep,
    as_of: AsOfDep,
    require: Evidence | None = None,
) -> dict[str, Any]:
    """Judge a bundle, a PDF that carries one, or a credential alone (verdict-v1).

    Bytes that cannot be read are a verdict too, never an error.
    """
    level = None if require is None else Level.of(require)
    made = service.judge(runtime, data, media=media, as_of=as_of, require=level)
    return {**made.to_json()}


@router.post("/lookup", responses=problems(404, 409, 429))
def look_up(given: LookupIn, desk: DeskDep) -> LookupOut:
    """Look paper up. A number alone tells no name; with its code there is a verdict."""
    if given.code is not None:
        made = service.by_code(desk, given.code, given.number)
        number = None if made.shown is None else made.shown.number
        brief = None if number is None else desk.papers.brief(number)
        return _answer(number, brief, {**made.to_json()})
    if given.number is None:
        raise Invalid("lookup_empty")
    return _answer(service.read_number(given.number), service.by_number(desk, given.number), None)


def _answer(number: str | None, brief: Brief | None, made: dict[str, Any] | None) -> LookupOut:
    if brief is None:
        return LookupOut(exists=made is not None, number=number, verdict=made)
    names = IssuerNames(zh=brief.issuer_zh, en=brief.issuer_en, telephone=brief.telephone)
    return LookupOut(
        exists=True,
        number=number,
        issuer=names,
        year=brief.year,
        status=brief.status,
        verdict=made,
    )
