"""Pages of paper: what a finished batch is downloaded as, and how its certificates look.

Paper is made while it is sent and kept nowhere; the audit trail says who took it out.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from identity.levels import Role
from services.accounts import browser
from services.accounts.browser import Visitor, VisitorDep
from services.audit import trail
from services.honours import approving, authority, programmes, queries
from services.honours.pages import frame
from services.honours.paper import archive, looks, preview, service, sets
from services.honours.paper.looks import MOST_OFFSET, MOST_SIGNATORIES, Look
from services.honours.paper.service import PDF
from services.honours.paper.typesetting import DESIGNS
from services.honours.paper.wording import Signatory
from services.platform.errors import Invalid, NotFound
from services.platform.work import Runtime, Work
from services.web.deps import RuntimeDep, WorkDep
from services.web.forms import Posted, PostedDep

router = APIRouter(include_in_schema=False)

_WHERE = {
    "look_title": "title",
    "look_signatories": "signatory_title_0",
    "look_offset": "offset_x",
    "glyph_missing": "title",
}
"""Fields that codes are about; their summary leads there."""

PNG = "image/png"


@router.get("/batches/{batch_id}/paper")
def show(request: Request, batch_id: str, visitor: VisitorDep, work: WorkDep) -> Response:
    """Show what a batch can be downloaded as, or what its paper waits for."""
    batch = approving.load(work, batch_id)
    _require(work, visitor, batch["institution_id"], "batch_unknown")
    programme = programmes.load(work, batch["programme_id"])
    count, waits = sets.ready(work, batch_id)
    return browser.desk(
        request,
        visitor,
        "honours/paper.html",
        current="nav_batches",
        org=frame.name_of(work, batch["institution_id"]),
        batch=batch,
        programme=programme,
        count=count,
        waits=waits,
        kinds=sets.KINDS,
        look=looks.of_programme(work, programme),
        preparer=visitor.has_role(Role.PREPARER.value, batch["institution_id"]),
        every=work.settings.anchor_every_seconds,
    )


@router.get("/batches/{batch_id}/paper/{kind}.zip")
def download(batch_id: str, kind: str, visitor: VisitorDep, runtime: RuntimeDep) -> Response:
    """Download a batch as one zip, made while it is sent."""
    with runtime.reading() as work:
        batch = approving.load(work, batch_id)
        _require(work, visitor, batch["institution_id"], "batch_unknown")
    wanted = next((each for each in sets.KINDS if each == kind), None)
    if wanted is None:
        raise NotFound("paper_kind_unknown")
    files = sets.of(runtime, batch_id, wanted)
    _note(runtime, visitor, batch_id, wanted)
    headers = _named(f"{batch_id}-{wanted}.zip")
    return StreamingResponse(archive.zipped(files, runtime.clock()), 200, headers, archive.MEDIA)


@router.get("/certificates/{number}/certificate.pdf")
def download_one(number: str, visitor: VisitorDep, runtime: RuntimeDep) -> Response:
    """Download one certificate as a PDF with its bundle, signed by the node."""
    with runtime.reading() as work:
        row = queries.certificate(work.session, number)
        if row is None:
            raise NotFound("certificate_unknown", number=number)
        _require(work, visitor, row["institution_id"], "certificate_unknown")
    data = service.file_of(runtime, number)
    _note(runtime, visitor, number, "pdf")
    return Response(data, 200, _named(f"{number}.pdf"), PDF)


@router.get("/paper-looks/{subject_id}")
def ask_look(
    request: Request, subject_id: str, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Show how the certificates of a programme look, to be changed."""
    return _form(request, visitor, runtime, subject_id)


@router.get("/paper-looks/{subject_id}/preview.png")
def show_preview(subject_id: str, visitor: VisitorDep, work: WorkDep) -> Response:
    """Show a page of nobody with the look as it is kept, marked 测试."""
    _subject(work, visitor, subject_id)
    return Response(preview.picture(work, subject_id), 200, None, PNG)


@router.post("/paper-looks/{subject_id}")
def change_look(
    request: Request, subject_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Change how certificates are printed from now on; no certificate changes."""

    def make() -> str:
        with runtime.writing() as work:
            _subject(work, visitor, subject_id)
            looks.change(work, visitor.operator, subject_id, _look(posted))
        return f"/paper-looks/{subject_id}"

    again = partial(_form, request, visitor, runtime, subject_id, posted=posted)
    return browser.answer(request, visitor, runtime, posted, make, again)


def _form(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    subject_id: str,
    *,
    posted: Posted | None = None,
    mistake: Exception | None = None,
) -> Response:
    with runtime.reading() as work:
        institution_id = _subject(work, visitor, subject_id)
        look = looks.of_subject_or_above(work, subject_id)
        name = frame.name_of(work, institution_id)
        named = programmes.load(work, subject_id)["name"] if subject_id[:4] == "prg_" else name
    given = _given(look)
    if posted is not None:
        given = {key: posted.text(key) for key in given}
    return browser.desk(
        request,
        visitor,
        "honours/paper_look.html",
        current="nav_programmes",
        here=f"/paper-looks/{subject_id}",
        org=name,
        subject_id=subject_id,
        named=named,
        given=given,
        kept=look.design,
        designs=DESIGNS,
        signatories=range(MOST_SIGNATORIES),
        preparer=visitor.has_role(Role.PREPARER.value, institution_id),
        mistake=mistake,
        where=_WHERE,
    )


def _given(look: Look) -> dict[str, str]:
    """Return what the fields of the form hold for a look."""
    given = {
        "design": look.design,
        "title": look.title or "",
        "offset_x": _millimetres(look.offset_x),
        "offset_y": _millimetres(look.offset_y),
    }
    for at in range(MOST_SIGNATORIES):
        there = at < len(look.signatories)
        given[f"signatory_title_{at}"] = look.signatories[at].title if there else ""
        given[f"signatory_name_{at}"] = look.signatories[at].name if there else ""
    return given


def _look(posted: Posted) -> Look:
    pairs = [
        (posted.text(f"signatory_title_{at}"), posted.text(f"signatory_name_{at}"))
        for at in range(MOST_SIGNATORIES)
    ]
    return Look(
        design=posted.text("design"),
        title=posted.text("title") or None,
        signatories=tuple(Signatory(*pair) for pair in pairs if any(pair)),
        offset_x=_hundredths(posted.text("offset_x")),
        offset_y=_hundredths(posted.text("offset_y")),
    )


def _hundredths(text: str) -> int:
    """Return hundredths of a millimetre of what somebody typed as millimetres."""
    try:
        written = Decimal(text or "0") * 100
        if written == written.to_integral_value() and abs(written) <= MOST_OFFSET:
            return int(written)
    except InvalidOperation:
        pass
    raise Invalid("look_offset", limit_mm=MOST_OFFSET // 100)


def _millimetres(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:f}"


def _subject(work: Work, visitor: Visitor, subject_id: str) -> str:
    """Return the institution of a subject that one works with."""
    institution_id = looks.institution_of(work, subject_id)
    known = subject_id.startswith("prg_")
    _require(work, visitor, institution_id, "programme_unknown" if known else "institution_unknown")
    return institution_id


def _require(work: Work, visitor: Visitor, institution_id: str, code: str) -> None:
    if institution_id not in authority.readable(work, visitor.operator):
        raise NotFound(code)


def _note(runtime: Runtime, visitor: Visitor, subject: str, kind: str) -> None:
    with runtime.writing() as work:
        trail.record(
            work, actor=visitor.operator.id, action="paper.read", object=subject, kind=kind
        )


def _named(name: str) -> Mapping[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
