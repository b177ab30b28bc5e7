"""HTTP of paper: one certificate as a signed PDF, a batch as a zip or for the printer, the look.

A PDF is personal: the audit trail says who took it out. A zip is made while it is sent; who lost
the connection asks again, or for one certificate at a time.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response, StreamingResponse

from services.accounts.access import OperatorDep
from services.accounts.operators import Operator
from services.audit import trail
from services.honours import approving, programmes, queries
from services.honours.paper import archive, looks, preview, service, sets
from services.honours.paper.looks import Look
from services.honours.paper.service import PDF
from services.honours.paper.sets import Kind
from services.honours.paper.wording import Signatory
from services.honours.routes import scopes
from services.honours.schemas import BatchId, LookIn, LookOut, Number, SignatoryIn
from services.platform.errors import NotFound
from services.platform.work import Runtime, Work
from services.web.bodies import identifier
from services.web.deps import RuntimeDep, WorkDep, WriteWorkDep
from services.web.http_errors import problems

router = APIRouter(prefix="/v1", tags=["paper"])

SubjectId = Annotated[str, Path(pattern=rf"({identifier('prg')}|^inst_[0-9A-Y]{{18}}$)")]
PNG = "image/png"


@router.get("/certificates/{number}/pdf", responses=problems(401, 403, 404, 409))
def download_pdf(number: Number, who: OperatorDep, runtime: RuntimeDep) -> Response:
    """Download a certificate as a PDF with its bundle, signed by the node."""
    with runtime.reading() as work:
        row = queries.certificate(work.session, number)
        if row is None:
            raise NotFound("certificate_unknown", number=number)
        scopes.require(work, who, row["institution_id"], "certificate_unknown")
    data = service.file_of(runtime, number)
    _note(runtime, who, number, "pdf")
    return Response(data, 200, _named(f"{number}.pdf"), PDF)


@router.get("/batches/{batch_id}/paper", responses=problems(401, 403, 404, 409))
def download_paper(
    batch_id: BatchId, who: OperatorDep, runtime: RuntimeDep, kind: Kind = "files"
) -> StreamingResponse:
    """Download a batch as one zip: signed files by class, or what is made for the printer."""
    with runtime.reading() as work:
        batch = approving.load(work, batch_id)
        scopes.require(work, who, batch["institution_id"], "batch_unknown")
    files = sets.of(runtime, batch_id, kind)
    _note(runtime, who, batch_id, kind)
    name = f"{batch_id}-{kind}.zip"
    return StreamingResponse(
        archive.zipped(files, runtime.clock()), 200, _named(name), archive.MEDIA
    )


@router.get("/paper-looks/{subject_id}", responses=problems(401, 403, 404))
def read_look(subject_id: SubjectId, who: OperatorDep, work: WorkDep) -> LookOut:
    """Read how the paper of an institution or a programme looks."""
    _require_subject(work, who, subject_id)
    return _out(subject_id, looks.of_subject(work, subject_id))


@router.put("/paper-looks/{subject_id}", responses=problems(401, 403, 404))
def change_look(
    subject_id: SubjectId, given: LookIn, who: OperatorDep, work: WriteWorkDep
) -> LookOut:
    """Change how it looks, for what is printed from now on; no certificate changes."""
    _require_subject(work, who, subject_id)
    looks.change(work, who, subject_id, _look(given))
    return _out(subject_id, looks.of_subject(work, subject_id))


@router.get("/paper-looks/{subject_id}/preview", responses=problems(401, 403, 404))
def preview_look(subject_id: SubjectId, who: OperatorDep, work: WorkDep) -> Response:
    """Show a page of nobody with this look, marked 测试, as a picture."""
    _require_subject(work, who, subject_id)
    return Response(preview.picture(work, subject_id), 200, None, PNG)


def _note(runtime: Runtime, who: Operator, subject: str, kind: str) -> None:
    with runtime.writing() as work:
        trail.record(work, actor=who.id, action="paper.read", object=subject, kind=kind)


def _named(name: str) -> Mapping[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _require_subject(work: Work, who: Operator, subject_id: str) -> None:
    institution, code = subject_id, "institution_unknown"
    if subject_id.startswith("prg_"):
        code = "programme_unknown"
        institution = programmes.load(work, subject_id)["institution_id"]
    scopes.require(work, who, institution, code)


def _look(given: LookIn) -> Look:
    return Look(
        design=given.design,
        title=given.title,
        signatories=tuple(Signatory(each.title, each.name) for each in given.signatories),
        offset_x=given.offset_x_hundredths_mm,
        offset_y=given.offset_y_hundredths_mm,
    )


def _out(subject_id: str, look: Look) -> LookOut:
    return LookOut(
        subject_id=subject_id,
        design=look.design,
        title=look.title,
        signatories=[SignatoryIn(title=each.title, name=each.name) for each in look.signatories],
        offset_x_hundredths_mm=look.offset_x,
        offset_y_hundredths_mm=look.offset_y,
    )
