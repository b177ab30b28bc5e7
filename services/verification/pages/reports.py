"""Reporting a certificate: what is wrong, to whom one may speak, and a ticket to take home.

Plain      forms without a script; nothing is asked but what is wrong. A second click on the same
           form gets the first one's ticket
Bounds     so many reports an hour from one place (IPv6: a /64); wrong tickets are failures like
           wrong codes
Beside it  the issuer's telephone, as its record says: often a call is quicker
"""

from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.evidence.papers import Brief
from services.platform.errors import Invalid, NotFound, TooMany
from services.platform.limits import Limits
from services.reports import service as reports
from services.reports import tickets
from services.reports.service import NewReport
from services.verification import service
from services.verification.desk import Desk, DeskDep
from services.verification.outlook import Said
from services.verification.pages import frame
from services.web import dates, forms, i18n
from services.web.forms import PostedDep
from services.web.http_errors import BASES

router = APIRouter(prefix="/report", include_in_schema=False)

ALLOWED, WINDOW_SECONDS = 5, 3_600
"""Reports that one place may file in an hour."""
BOUND = "report"
"""What the tokens of these forms are made for: nobody in particular."""

_FIELD_OF = {"report_number": "number", "number_mistyped": "number"}


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in the form; a code is taken and never shown again."""

    text: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    number: str = ""


@router.get("")
def ask(request: Request, desk: DeskDep, number: str = "") -> Response:
    """Show the form, with the number of a certificate if its page led here."""
    brief = _brief(desk, number)
    return _form(request, desk, Given(number=brief.number if brief else ""), brief)


@router.post("")
def file(request: Request, posted: PostedDep, desk: DeskDep) -> Response:
    """Keep the report and show its ticket."""
    limits: Limits = request.app.state.report_limits
    given = Given(posted.text("text"), posted.text("contact"), posted.text("number"))
    try:
        forms.check(request, desk.runtime, posted, BOUND)
        limits.check(desk.place)
        said = _said(desk, given)
        ticket = forms.once(
            desk.runtime, posted, actor=BOUND, make=lambda: _file(desk, limits, said)
        )
    except BASES as error:
        return _form(request, desk, given, _brief(desk, given.number), mistake=error)
    return frame.page(
        request, "reported", ticket=tickets.shown(ticket), token=_token(desk), problem=None
    )


@router.get("/ticket")
def ask_ticket(request: Request, desk: DeskDep) -> Response:
    """Show where to look a ticket up."""
    return _ticket(request, desk)


@router.post("/ticket")
def look_up(request: Request, posted: PostedDep, desk: DeskDep) -> Response:
    """Show what became of a report. A ticket that nobody has is counted."""
    typed = posted.text("ticket")
    try:
        forms.check(request, desk.runtime, posted, BOUND)
        desk.limits.check(desk.place)
        with desk.runtime.reading() as work:
            found = reports.progress(work, typed)
    except NotFound as error:
        desk.limits.failed(desk.place)
        return _ticket(request, desk, typed, mistake=error)
    except BASES as error:
        return _ticket(request, desk, typed, mistake=error)
    return _ticket(request, desk, tickets.shown(tickets.read(typed)), found)


def _file(desk: Desk, limits: Limits, said: NewReport) -> str:
    with desk.runtime.writing() as work:
        ticket = reports.file(work, said)
    limits.failed(desk.place)
    return ticket


def _said(desk: Desk, given: Given) -> NewReport:
    """Return the report; a number or code in it is one by its form. Raises Invalid."""
    number, brief = given.number, None
    if number:
        try:
            number = service.read_number(number)
            brief = _brief(desk, number)
        except Invalid:
            number = _code(number)
    return NewReport(given.text, given.contact, number, brief.issuer_zh if brief else "")


def _code(text: str) -> str:
    try:
        return service.read_code(text)
    except Invalid as error:
        raise Invalid("report_number") from error


def _brief(desk: Desk, number: str) -> Brief | None:
    """Return what a number tells, if it is one and this place has not guessed too much."""
    try:
        return service.by_number(desk, number) if number else None
    except (Invalid, TooMany):
        return None


def _form(
    request: Request,
    desk: Desk,
    given: Given,
    brief: Brief | None,
    *,
    mistake: Exception | None = None,
) -> Response:
    status, problem, where = _told(mistake, "text")
    return frame.page(
        request,
        "report",
        status=status,
        given=given,
        brief=brief,
        problem=problem,
        field=where,
        token=_token(desk),
        most_text=reports.MOST_TEXT,
        most_contact=reports.MOST_CONTACT,
    )


def _ticket(
    request: Request,
    desk: Desk,
    typed: str = "",
    found: reports.Progress | None = None,
    *,
    mistake: Exception | None = None,
) -> Response:
    status, problem, _ = _told(mistake, "ticket")
    lang, now = i18n.of(request), desk.runtime.clock()
    return frame.page(
        request,
        "ticket",
        status=status,
        typed=typed,
        found=found,
        problem=problem,
        token=_token(desk),
        moment=lambda instant: dates.moment(instant, lang, now),
    )


def _told(mistake: Exception | None, field: str) -> tuple[int, Said | None, str]:
    if mistake is None:
        return 200, None, field
    status, problem = frame.explained(mistake)
    return status, problem, _FIELD_OF.get(getattr(mistake, "code", ""), field)


def _token(desk: Desk) -> str:
    return forms.new_token(desk.runtime, BOUND)
