"""HTTP of certificates: list, search, history, bundle, the code of the paper.

A bundle and a code are personal: the audit trail says who took them out.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from crypto.jws import b64u
from ledger import sql_store
from services.accounts.access import OperatorDep
from services.accounts.operators import Operator
from services.audit import trail
from services.honours import authority, bundles, forgetting, persons, queries
from services.honours.forgetting import Forgotten
from services.honours.routes import scopes
from services.honours.schemas import (
    BatchId,
    CertificateBrief,
    CertificateOut,
    ChangeOut,
    CodeOut,
    EntryOut,
    ForgetIn,
    ForgottenOut,
    Number,
    PersonForgetIn,
    PersonIn,
)
from services.honours.titles import Field
from services.platform.errors import NotFound
from services.platform.work import Runtime, Work
from services.web.deps import RuntimeDep, WorkDep, WriteWorkDep
from services.web.http_errors import problems
from services.web.once import OnceDep

router = APIRouter(prefix="/v1", tags=["certificates"])

MOST = 1_000
BUNDLE = "application/json"
_BRIEF = ("number", "institution_id", "programme_id", "batch_id", "period", "state")


@router.get("/certificates", responses=problems(401, 403))
def list_certificates(
    who: OperatorDep,
    work: WorkDep,
    batch: BatchId | None = None,
    after: Number | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> list[CertificateBrief]:
    """List certificates of the institutions that one works for, by number."""
    found = queries.certificates(
        work.session, authority.readable(work, who), batch_id=batch, after=after, limit=limit
    )
    return [_brief(row) for row in found]


@router.post("/certificates/search", responses=problems(401, 403, 404))
def search_certificates(given: PersonIn, who: OperatorDep, work: WorkDep) -> list[CertificateBrief]:
    """Find the certificates of one person by an identifier, which no address or log should hold."""
    scopes.require(work, who, given.institution_id, "institution_unknown")
    key = persons.key_of(work, Field(given.kind), given.identifier)
    index = persons.index(work, given.institution_id, key)
    rows = queries.of_person(work.session, given.institution_id, index)
    numbers = [row["number"] for row in rows if row["number"] is not None]
    found = queries.certificates_of(work.session, numbers)
    return [_brief(found[number]) for number in sorted(found)]


@router.get("/certificates/{number}", responses=problems(401, 403, 404))
def read_certificate(number: Number, who: OperatorDep, work: WorkDep) -> CertificateOut:
    """Read a certificate's history: its entry, its changes of status, what replaced it."""
    row = _load(work, who, number)
    successor = queries.successor_of(work.session, number)
    anchored = sql_store.anchored(work.session, row["log_origin"], row["log_index"])
    return CertificateOut(
        **_brief(row).model_dump(),
        forgotten=row["sealed"] is None,
        anchored=anchored is not None and anchored.receipt is not None,
        credential=b64u(row["credential"]),
        entry=_entry(row),
        changes=[_change(each) for each in queries.status_changes(work.session, number)],
        supersedes=row["supersedes"],
        successor=None if successor is None else successor["number"],
    )


@router.get("/certificates/{number}/bundle", responses=problems(401, 403, 404, 409))
def download_bundle(number: Number, who: OperatorDep, runtime: RuntimeDep) -> Response:
    """Download the bundle with all disclosures (bundle-v1), for the holder."""
    with runtime.reading() as work:
        _load(work, who, number)
    data = bundles.of_number(runtime, number)
    _note(runtime, who, "bundle.read", number)
    name = {"Content-Disposition": f'attachment; filename="{number}.kexin.json"'}
    return Response(data, 200, name, BUNDLE)


@router.get("/certificates/{number}/code", responses=problems(401, 403, 404))
def read_code(number: Number, who: OperatorDep, runtime: RuntimeDep) -> CodeOut:
    """Read the code that the paper carries: whoever has it sees name, award and date."""
    with runtime.reading() as work:
        _load(work, who, number)
        held = bundles.open_certificate(work, number)
    _note(runtime, who, "code.read", number)
    address = f"{runtime.settings.url}/v/{held.code}"
    return CodeOut(number=number, code=held.code, address=address)


@router.post(
    "/certificates/{number}/forget",
    response_model=ForgottenOut,
    responses=problems(401, 403, 404),
)
def forget_certificate(
    number: Number, given: ForgetIn, who: OperatorDep, work: WriteWorkDep, once: OnceDep
) -> Response:
    """Forget the person of one certificate for good; the log stays as it is."""

    def make() -> ForgottenOut:
        return _forgotten(forgetting.forget_certificate(work, who, number, given.reason))

    return once.answer(work, actor=who.id, make=make, status=200)


@router.post("/persons/forget", response_model=ForgottenOut, responses=problems(401, 403, 404))
def forget_person(
    given: PersonForgetIn, who: OperatorDep, work: WriteWorkDep, once: OnceDep
) -> Response:
    """Forget for good everything that an institution has of the person with an identifier."""

    def make() -> ForgottenOut:
        key = persons.key_of(work, Field(given.kind), given.identifier)
        done = forgetting.forget_person(work, who, given.institution_id, key, given.reason)
        return _forgotten(done)

    return once.answer(work, actor=who.id, make=make, status=200)


def _load(work: Work, who: Operator, number: str) -> Mapping[Any, Any]:
    row = queries.certificate(work.session, number)
    if row is None or row["institution_id"] not in authority.readable(work, who):
        raise NotFound("certificate_unknown", number=number)
    return row


def _note(runtime: Runtime, who: Operator, action: str, number: str) -> None:
    with runtime.writing() as work:
        trail.record(work, actor=who.id, action=action, object=number)


def _brief(row: Mapping[Any, Any]) -> CertificateBrief:
    return CertificateBrief(**{name: row[name] for name in _BRIEF}, issued=row["issued_at"])


def _change(row: Mapping[Any, Any]) -> ChangeOut:
    content = {name: str(value) for name, value in json.loads(row["content"]).items()}
    return ChangeOut(
        action=row["action"],
        at=row["at"],
        request_id=row["request_id"],
        content=content,
        entry=_entry(row),
    )


def _entry(row: Mapping[Any, Any]) -> EntryOut:
    return EntryOut(origin=row["log_origin"], index=row["log_index"])


def _forgotten(done: Forgotten) -> ForgottenOut:
    return ForgottenOut(rows=done.rows, numbers=list(done.numbers))
