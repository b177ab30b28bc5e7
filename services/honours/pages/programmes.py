"""Pages of programmes: what the certificates of one honour have in common."""

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from identity.codes import LETTERS
from identity.levels import AWARD_LEVELS, Role
from services.accounts import browser
from services.accounts.browser import Visitor, VisitorDep
from services.honours import authority, programmes, queries
from services.honours.pages import frame
from services.honours.programmes import DEFAULT_NOTICE_DAYS, NewProgramme
from services.platform import clock
from services.platform.errors import Invalid
from services.platform.work import Runtime
from services.web.deps import RuntimeDep, WorkDep
from services.web.forms import Posted, PostedDep

router = APIRouter(prefix="/programmes", include_in_schema=False)

_WHERE = {
    "programme_name": "name",
    "programme_category": "category",
    "programme_level": "level",
    "programme_awards": "awards",
    "programme_statement": "statement",
    "programme_contest_approval": "approval_number",
    "programme_approval_without_contest": "approval_number",
    "programme_notice_days": "notice_days",
    "programme_dates": "open_to",
    "already_exists": "name",
    "glyph_missing": "name",
}
"""Fields that codes are about; their summary leads there."""

_FIELDS = (
    *("institution_id", "name", "category", "level", "awards", "statement", "contest"),
    *("approval_number", "notice_days", "open_from", "open_to"),
)


@router.get("")
def show_all(request: Request, visitor: VisitorDep, work: WorkDep) -> Response:
    """List the programmes of the institutions that one works with."""
    scopes = authority.readable(work, visitor.operator)
    found = queries.programmes(work.session, scopes)
    return browser.desk(
        request,
        visitor,
        "honours/programmes.html",
        current="nav_programmes",
        org=frame.places(work, visitor),
        programmes=found,
        awards={row["id"]: programmes.awards(row) for row in found},
        names=frame.names(work, scopes),
    )


@router.get("/new")
def ask(request: Request, visitor: VisitorDep, runtime: RuntimeDep) -> Response:
    """Show the form of a new one."""
    today = clock.in_shanghai(runtime.clock()).date().isoformat()
    given = dict.fromkeys(_FIELDS, "")
    given |= {"notice_days": str(DEFAULT_NOTICE_DAYS), "open_from": today, "level": "school"}
    return _form(request, visitor, runtime, given)


@router.post("")
def create(
    request: Request, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Register a programme."""

    def make() -> str:
        order = _order(posted)
        with runtime.writing() as work:
            made = programmes.create(work, visitor.operator, order)
        return f"/rosters/new?programme={made}"

    given = {name: posted.text(name) for name in _FIELDS}
    again = partial(_form, request, visitor, runtime, given)
    return browser.answer(request, visitor, runtime, posted, make, again)


def _form(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    given: dict[str, str],
    *,
    mistake: Exception | None = None,
) -> Response:
    with runtime.reading() as work:
        names = frame.names(work, visitor.operator.scopes(Role.PREPARER))
        org = frame.places(work, visitor)
    return browser.desk(
        request,
        visitor,
        "honours/programme_new.html",
        current="nav_programmes",
        here="/programmes/new",
        org=org,
        given=given,
        institutions=sorted(names.items(), key=lambda item: item[1]),
        categories=tuple(LETTERS),
        levels=AWARD_LEVELS,
        mistake=mistake,
        where=_WHERE,
    )


def _order(posted: Posted) -> NewProgramme:
    days = posted.text("notice_days")
    if not days.isascii() or not days.isdecimal() or len(days) > 3:
        raise Invalid("programme_notice_days")
    return NewProgramme(
        institution_id=posted.text("institution_id"),
        name=posted.text("name"),
        category=posted.text("category"),
        level=posted.text("level"),
        awards=tuple(line.strip() for line in posted.text("awards").splitlines() if line.strip()),
        statement=posted.text("statement") or None,
        contest=bool(posted.text("contest")),
        approval_number=posted.text("approval_number") or None,
        notice_days=int(days),
        open_from=posted.text("open_from"),
        open_to=posted.text("open_to") or None,
    )
