"""Pages of verification, for people without an account: /, /v and /v/<code>.

Plain      forms and details; no script, nothing from another host, nothing kept
Private    a short address is a key to what it shows: never stored, never in a Referer, masked in
           the log; a file is judged in memory and dropped
Tolerant   what chat programs append to an address (?from=...) is ignored
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.evidence.papers import Brief
from services.evidence.terms import BUNDLE, AsOf
from services.platform import clock
from services.platform.errors import Conflict, Invalid, NotFound, TooMany
from services.platform.work import Runtime
from services.verification import outlook, pictures, scans, service
from services.verification.desk import DeskDep
from services.verification.outlook import Said
from services.verification.pages import frame
from services.verification.pages.frame import said
from services.verification.scans import Kind
from services.web import dates, i18n
from services.web.deps import RuntimeDep

router = APIRouter(include_in_schema=False)

BUNDLE_NAME = "certificate.kexin.json"
"""The same for all: a number in the name of a file would tell whose it is."""

_TO_THE_PERSON = (Invalid, NotFound, Conflict, TooMany)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form again after something in it was wrong."""

    number: str = ""
    problem: Said | None = None
    field: str = ""


@router.get("/")
def home(request: Request) -> Response:
    """Show what this is and where to go."""
    return frame.page(request, "home")


@router.get("/v")
def start(request: Request) -> Response:
    """Show the ways to verify."""
    return frame.page(request, "start", typed=Typed())


@router.get("/v/{code}")
def paper(request: Request, code: str, desk: DeskDep) -> Response:
    """Show what the address on a paper stands for, to be compared with the paper."""
    return _by_code(request, desk, code, "")


@router.get("/v/{code}/bundle")
def bundle(request: Request, code: str, desk: DeskDep) -> Response:
    """Hand out what the page of a code was judged from, to be verified elsewhere."""
    try:
        data = service.bundle(desk, code)
    except _TO_THE_PERSON as error:
        return _refused(request, error, "", "code")
    headers = {"Content-Disposition": f'attachment; filename="{BUNDLE_NAME}"'}
    return Response(data, 200, headers, "application/json")


@router.post("/v")
def verify(
    request: Request,
    runtime: RuntimeDep,
    desk: DeskDep,
    file: Annotated[UploadFile | None, Form()] = None,
    photo: Annotated[UploadFile | None, Form()] = None,
    text: Annotated[str, Form()] = "",
    number: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    as_of: Annotated[str, Form()] = "",
) -> Response:
    """Judge a file or a text, or look up what a picture's QR, a code or a number stands for."""
    at: AsOf = BUNDLE if as_of == BUNDLE else None
    taken, data = _bytes(photo), _bytes(file)
    for field, each in (("photo", taken), ("file", data)):
        if pictures.is_picture(each):
            return _by_picture(request, runtime, each, field)
    data = taken or data
    if data:
        return _by_file(request, runtime, data, at)
    if text.strip():
        pasted = text.strip().encode("utf-8", "surrogatepass")
        return _result(request, outlook.of(service.judge(runtime, pasted, as_of=at)))
    if code.strip():
        return _by_code(request, desk, code, number)
    if number.strip():
        return _by_number(request, desk, number)
    return _again(request, Typed(problem=said("start_empty"), field="file"), 422)


def _bytes(sent: UploadFile | None) -> bytes:
    return b"" if sent is None else sent.file.read()


def _by_file(request: Request, runtime: Runtime, data: bytes, at: AsOf) -> Response:
    """Judge a file; of a scan, which has lost its proofs, lead on to what its QR stands for."""
    look = outlook.of(service.judge(runtime, data, as_of=at))
    if look.lost:
        found = scans.read(pictures.codes_in_pdf(data), runtime.settings.url)
        if found.kind is Kind.OURS:
            return RedirectResponse(f"/v/{found.code}", 303)
    return _result(request, look)


def _by_picture(request: Request, runtime: Runtime, data: bytes, field: str) -> Response:
    """Lead on to the certificate that a picture's QR stands for, or say what it is instead."""
    try:
        found = scans.read(pictures.codes(data), runtime.settings.url)
    except Invalid as error:
        return _refused(request, error, "", field)
    if found.kind is Kind.OURS:
        return RedirectResponse(f"/v/{found.code}", 303)
    return frame.page(request, "scan", status=422, scan=found)


def _by_code(request: Request, desk: DeskDep, code: str, number: str) -> Response:
    try:
        made = service.by_code(desk, code, number.strip() or None)
    except _TO_THE_PERSON as error:
        return _refused(request, error, number, "code")
    return _result(request, outlook.of(made), paper=service.read_code(code))


def _by_number(request: Request, desk: DeskDep, number: str) -> Response:
    try:
        found = service.by_number(desk, number)
    except _TO_THE_PERSON as error:
        return _refused(request, error, number, "number")
    status = 200 if found else 404
    return frame.page(request, "number", status=status, brief=found, status_said=_status(found))


def _result(request: Request, look: outlook.Look, *, paper: str = "") -> Response:
    """Show a verdict; `paper` is the code, where a paper's code led here."""
    lang = i18n.of(request)
    at = clock.in_shanghai(look.at)
    when = f"{dates.day(at.date().isoformat(), lang)} {at:%H:%M}"
    card = look.card
    on = None if card is None else dates.day(card.item("award_date") or "", lang)
    return frame.page(request, "result", look=look, paper=paper, when=when, award_on=on)


def _refused(
    request: Request, error: Invalid | NotFound | Conflict | TooMany, number: str, field: str
) -> Response:
    """Show the form again with what was wrong; a code is not shown again."""
    status, text = frame.explained(error)
    where = "number" if error.code in ("number_mistyped", "number_of_test") else field
    return _again(request, Typed(number, text, where), status)


def _again(request: Request, typed: Typed, status: int) -> Response:
    return frame.page(request, "start", status=status, typed=typed)


def _status(found: Brief | None) -> Said:
    return said("number_unknown" if found is None else f"number_{found.status}")
