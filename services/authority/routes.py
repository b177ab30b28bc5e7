"""HTTP of the node's own certification authority.

Everybody    root and issuing certificate (DER), revocation lists (DER), status answers (RFC 6960,
             appendix A.1), at the addresses that stand in the certificates
Registrars   issue, renew, revoke; with auditors: list and read
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crypto import certificate as certificate_form
from crypto.revocation import Reason
from identity.certificates import Kind
from services.accounts.access import OperatorDep
from services.authority import endings, lists, own, responder, service
from services.authority.schemas import (
    CertificateId,
    Issued,
    OrderIn,
    RevocationIn,
    Subject,
    X509Brief,
    X509Out,
)
from services.platform.work import Work
from services.web.deps import WorkDep, WriteWorkDep
from services.web.http_errors import problems
from services.web.once import OnceDep

public_router = APIRouter(prefix=own.PATH, tags=["public"])
router = APIRouter(prefix="/v1/authority/certificates", tags=["authority"])

CERTIFICATE, LIST = "application/pkix-cert", "application/pkix-crl"
QUESTION, ANSWER = "application/ocsp-request", "application/ocsp-response"
KEPT = {"Cache-Control": "public, max-age=3600"}
NOT_KEPT = {"Cache-Control": "no-store"}
MOST_LISTED = 200
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {QUESTION: {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def question(request: Request) -> bytes:
    """Return the body, which is a short one. Answers 413 otherwise."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > responder.MOST_BYTES:
            raise HTTPException(413)
    return bytes(data)


QuestionDep = Annotated[bytes, Depends(question, scope="function")]


@public_router.get("/root.cer", responses=problems(404))
def read_authority_root(work: WorkDep) -> Response:
    """Read the root certificate. Fetched from here it proves nothing: compare its SM3 digest."""
    return _certificate(work, Kind.ROOT)


@public_router.get("/issuing.cer", responses=problems(404))
def read_authority_issuing(work: WorkDep) -> Response:
    """Read the certificate of the issuing authority."""
    return _certificate(work, Kind.ISSUING)


@public_router.get("/crl", responses=problems(404))
def read_revocation_list(work: WorkDep) -> Response:
    """Read the newest revocation list of the issuing authority."""
    return _list(work, Kind.ISSUING)


@public_router.get("/root.crl", responses=problems(404))
def read_root_revocation_list(work: WorkDep) -> Response:
    """Read the newest revocation list of the root."""
    return _list(work, Kind.ROOT)


@public_router.post("/ocsp", responses=problems(404, 413), openapi_extra=_BODY)
def ask_certificate_status(data: QuestionDep, work: WorkDep) -> Response:
    """Answer about the status of one certificate; what cannot be read is answered in kind."""
    return Response(responder.answer(work, data), 200, NOT_KEPT, ANSWER)


@public_router.get("/ocsp/{asked:path}", responses=problems(404))
def ask_certificate_status_by_address(
    asked: Annotated[str, Path(max_length=responder.MOST_BYTES)], work: WorkDep
) -> Response:
    """Answer the same question in the address, as base64."""
    try:
        data = base64.b64decode(asked, validate=True)
    except binascii.Error:
        data = b""
    return Response(responder.answer(work, data), 200, NOT_KEPT, ANSWER)


@router.get("", responses=problems(401, 403))
def list_x509_certificates(
    who: OperatorDep,
    work: WorkDep,
    subject: Annotated[Subject | None, Query()] = None,
    after: Annotated[CertificateId | None, Query()] = None,
) -> list[X509Brief]:
    """List certificates of persons and institutions by id, 200 at a time, those `after` an id."""
    found = service.listed(work, who, subject=subject, after=after or "", limit=MOST_LISTED)
    return [X509Brief(**brief(work, row)) for row in found]


@router.post("", status_code=201, response_model=Issued, responses=problems(401, 403, 404, 409))
def issue_x509_certificate(
    given: OrderIn, who: OperatorDep, work: WriteWorkDep, once: OnceDep
) -> Response:
    """Issue to a person (one certificate) or to an institution (a pair)."""
    order = service.Order(**given.model_dump())
    return once.answer(work, actor=who.id, make=lambda: Issued(ids=service.issue(work, who, order)))


@router.get("/{certificate_id}", responses=problems(401, 403, 404))
def read_x509_certificate(
    certificate_id: CertificateId, who: OperatorDep, work: WorkDep
) -> X509Out:
    """Read a certificate with the chain above it."""
    service.require_reader(who)
    row = service.load(work, certificate_id)
    pem = certificate_form.parse(row["der"]).pem
    return X509Out(**brief(work, row), pem=pem, chain=_chain(work, row))


@router.post(
    "/{certificate_id}/renew",
    status_code=201,
    response_model=Issued,
    responses=problems(401, 403, 404, 409),
)
def renew_x509_certificate(
    certificate_id: CertificateId, who: OperatorDep, work: WriteWorkDep, once: OnceDep
) -> Response:
    """Issue a certificate that ends within 90 days once more, for the same key."""

    def make() -> Issued:
        return Issued(ids=[service.renew(work, who, certificate_id)])

    return once.answer(work, actor=who.id, make=make)


@router.post("/{certificate_id}/revoke", status_code=200, responses=problems(401, 403, 404, 409))
def revoke_x509_certificate(
    certificate_id: CertificateId, given: RevocationIn, who: OperatorDep, work: WriteWorkDep
) -> X509Brief:
    """Revoke a certificate for good; asking again is refused with `x509_revoked`."""
    service.revoke(work, who, certificate_id, given.reason.reason)
    return X509Brief(**brief(work, service.load(work, certificate_id)))


def brief(work: Work, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what a list says of a certificate."""
    reason = None if row["reason"] is None else Reason(row["reason"]).name.lower()
    same = ("id", "kind", "subject", "own", "serial", "valid_from", "valid_to")
    return {
        **{name: row[name] for name in same},
        "ends_within_days": endings.left(row, work),
        "revoked": row["revoked_at"],
        "reason": reason,
    }


def _chain(work: Work, row: Mapping[Any, Any]) -> str:
    if row["chain"] is not None:
        return str(row["chain"])
    above = (own.newest(work, kind).certificate for kind in (Kind.ISSUING, Kind.ROOT))
    return "".join(each.pem for each in above)


def _certificate(work: Work, kind: Kind) -> Response:
    return Response(own.newest(work, kind).certificate.der(), 200, KEPT, CERTIFICATE)


def _list(work: Work, kind: Kind) -> Response:
    found = lists.current(work, kind)
    left = max(0, min(3_600, int((found.next_update - work.now).total_seconds())))
    headers = {"Cache-Control": f"public, max-age={left}"}
    return Response(found.der, 200, headers, LIST)
