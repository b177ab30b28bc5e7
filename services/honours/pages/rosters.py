"""Pages of a roster on its way: upload, dry run, corrections in the page, and the draft.

Every address but the first is of one upload, which only its preparer can see. Whatever is posted
leads back to the report, which says how the roster stands now.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from identity.levels import Role
from services.accounts import browser
from services.accounts.browser import Visitor, VisitorDep
from services.audit import trail
from services.honours import intake, listings, marked_workbook, programmes, queries, roster_view
from services.honours.drafting import Order
from services.honours.dry_run import Accepted
from services.honours.intake import Checked, Intake
from services.honours.pages import frame
from services.honours.roster import Problem
from services.platform import clock, texts
from services.platform.errors import Invalid, ServiceError
from services.platform.work import Runtime, Work
from services.web import forms, i18n
from services.web.deps import RuntimeDep
from services.web.forms import Posted, PostedDep

router = APIRouter(prefix="/rosters", include_in_schema=False)

_WHERE = {
    "file_missing": "file",
    "sheet_*": "file",
    "csv_*": "file",
    "headings_*": "file",
    "sheets_*": "file",
    "roster_no_rows": "file",
    "programme_unknown": "programme_id",
    "programme_closed": "programme_id",
    "programme_other_institution": "programme_id",
    "period_wrong": "period",
    "award_day": "award_on",
    "notice_place": "notice_place",
    "notice_dates": "notice_to",
    "notice_long_enough": "notice_to",
    "reason_missing": "why",
    "batch_note": "note",
}
"""Fields that codes are about; their summary leads there."""

_FIELDS = ("programme_id", "period", "award_on", "notice_place", "notice_from", "notice_to")


@router.get("/new")
def ask(
    request: Request, visitor: VisitorDep, runtime: RuntimeDep, programme: str = ""
) -> Response:
    """Show the form of a new upload."""
    values = dict.fromkeys((*_FIELDS, "note", "corrects"), "")
    return _form(request, visitor, runtime, {**values, "programme_id": programme})


@router.post("")
def upload(
    request: Request, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Keep a roster and lead to its report."""
    given = _given(posted)

    def make() -> str:
        data, filename = posted.files.get("file", (b"", ""))
        if not filename:
            raise Invalid("file_missing")
        order = _order(given)
        return f"/rosters/{intake.begin(runtime, visitor.operator, order, data, filename)}"

    again = partial(_form, request, visitor, runtime, given)
    return browser.answer(request, visitor, runtime, posted, make, again)


@router.get("/{upload_id}")
def show(
    request: Request,
    upload_id: str,
    visitor: VisitorDep,
    runtime: RuntimeDep,
    column: str = "",
    kind: str = "",
    page: int = 1,
) -> Response:
    """Show the dry run as it comes out now."""
    found = intake.load(runtime, visitor.operator, upload_id)
    return _report(request, visitor, runtime, found, filters=(column, kind, page))


@router.get("/{upload_id}/rows/{row}")
def show_row(
    request: Request, upload_id: str, row: int, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Show all cells of one row as they are, to be corrected; the audit trail says so."""
    found = intake.load(runtime, visitor.operator, upload_id)
    checked = intake.check(runtime, visitor.operator, found)
    view = roster_view.row(checked, row, i18n.of(request))
    with runtime.writing() as work:
        trail.record(
            work, actor=visitor.operator.id, action="roster.read", object=upload_id, row=row
        )
    return browser.desk(
        request, visitor, "honours/roster_row.html", current="nav_rosters", found=found, view=view
    )


@router.post("/{upload_id}/corrections")
def correct(
    request: Request, upload_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Keep what was corrected in the page, and check anew."""

    def change(found: Intake) -> None:
        cells = _cells(posted)
        if cells:
            intake.correct(runtime, visitor.operator, found, cells)

    return _changed(request, visitor, runtime, posted, upload_id, change)


@router.post("/{upload_id}/suggestions")
def take_suggestions(
    request: Request, upload_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Write classes as they were written before."""

    def change(found: Intake) -> None:
        checked = intake.check(runtime, visitor.operator, found)
        cells = roster_view.suggested(checked, frozenset(posted.all("take")))
        if cells:
            intake.correct(runtime, visitor.operator, found, cells)

    return _changed(request, visitor, runtime, posted, upload_id, change)


@router.post("/{upload_id}/exclusions")
def leave_out(
    request: Request, upload_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Leave rows out with a reason, or take one in again."""

    def change(found: Intake) -> None:
        checked = intake.check(runtime, visitor.operator, found)
        bad = roster_view.bad_rows(checked.report)
        if posted.text("rows") == "all":
            rows = bad
        else:
            listed = {int(row) for row in posted.all("row") if row.isdecimal()}
            rows = [
                row for row in [*bad, *checked.intake.order.accepted.exclusions] if row in listed
            ]
        why = "" if posted.text("take_in") else posted.text("why")
        if not posted.text("take_in") and not why:
            raise Invalid("reason_missing")
        intake.leave_out(runtime, visitor.operator, found, dict.fromkeys(rows, why))

    return _changed(request, visitor, runtime, posted, upload_id, change)


@router.post("/{upload_id}/columns")
def ignore(
    request: Request, upload_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Ignore unknown columns."""

    def change(found: Intake) -> None:
        intake.ignore(runtime, visitor.operator, found, frozenset(posted.all("column")))

    return _changed(request, visitor, runtime, posted, upload_id, change)


@router.post("/{upload_id}/order")
def reorder(
    request: Request, upload_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Say something else of the roster than when it was sent."""

    def change(found: Intake) -> None:
        intake.reorder(runtime, visitor.operator, found, _order(_given(posted)))

    return _changed(request, visitor, runtime, posted, upload_id, change)


@router.post("/{upload_id}/discard")
def discard(
    request: Request, upload_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Throw a roster away."""
    visitor.check(request, runtime, posted)

    def make() -> str:
        intake.discard(runtime, visitor.operator, upload_id)
        return "/work"

    return browser.goto(forms.once(runtime, posted, actor=visitor.operator.id, make=make))


@router.post("/{upload_id}/draft")
def draft(
    request: Request, upload_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Make a batch of a clean roster."""

    def make() -> str:
        found = intake.load(runtime, visitor.operator, upload_id)
        found = replace(found, order=replace(found.order, note=posted.text("note")))
        batch_id, report = intake.draft(runtime, visitor.operator, found)
        if batch_id is None:
            raise Invalid("roster_still_bad", rows=report.bad_rows)
        return f"/batches/{batch_id}"

    again = partial(_again, request, visitor, runtime, upload_id)
    return browser.answer(request, visitor, runtime, posted, make, again)


@router.get("/{upload_id}/marked.xlsx")
def download(
    request: Request, upload_id: str, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Download the workbook with its bad cells marked."""
    lang = i18n.of(request)
    found = intake.load(runtime, visitor.operator, upload_id)
    checked = intake.check(runtime, visitor.operator, found)

    def say(problem: Problem) -> str:
        return texts.explain(problem.code, lang, **problem.params)

    data = marked_workbook.mark(
        found.upload.data,
        found.book,
        checked.report,
        checked.intake.order.corrections,
        say=say,
        corrected=texts.say("console", "marked_corrected", lang),
    )
    with runtime.writing() as work:
        trail.record(work, actor=visitor.operator.id, action="roster.download", object=upload_id)
    headers = {"Content-Disposition": f'attachment; filename="{upload_id}.xlsx"'}
    return Response(data, 200, headers, marked_workbook.MEDIA_TYPE)


def _changed(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    posted: Posted,
    upload_id: str,
    change: Callable[[Intake], None],
) -> Response:
    """Do a change once and lead back to the report, or show the report with what is wrong."""

    def make() -> str:
        change(intake.load(runtime, visitor.operator, upload_id))
        back = browser.safe(posted.text("page"))
        return back if back.startswith(f"/rosters/{upload_id}") else f"/rosters/{upload_id}"

    again = partial(_again, request, visitor, runtime, upload_id)
    return browser.answer(request, visitor, runtime, posted, make, again)


def _again(
    request: Request, visitor: Visitor, runtime: Runtime, upload_id: str, *, mistake: Exception
) -> Response:
    found = intake.load(runtime, visitor.operator, upload_id)  # gone: that is the answer then
    return _report(request, visitor, runtime, found, mistake=mistake)


def _report(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    found: Intake,
    *,
    filters: tuple[str, str, int] = ("", "", 1),
    mistake: Exception | None = None,
) -> Response:
    checked: Checked | None = None
    try:
        checked = intake.check(runtime, visitor.operator, found)
    except ServiceError as error:  # a period, a date, a notice: to be said differently
        mistake = mistake or error
    with runtime.reading() as work:
        programme = programmes.load(work, found.order.programme_id)
        org = frame.name_of(work, found.upload.tenant)
        choices = _programmes(work, visitor)
    view = None if checked is None else roster_view.view(checked, i18n.of(request), *filters)
    return browser.desk(
        request,
        visitor,
        "honours/roster.html",
        current="nav_rosters",
        here=f"/rosters/{found.upload.id}",
        org=org,
        found=found if checked is None else checked.intake,
        programme=programme,
        programmes=choices,
        view=view,
        mistake=mistake,
        where=_WHERE,
    )


def _form(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    given: dict[str, str],
    *,
    mistake: Exception | None = None,
) -> Response:
    with runtime.reading() as work:
        choices = _programmes(work, visitor)
        org = frame.places(work, visitor)
        _, last = listings.batches(work.session, visitor.operator.scopes(Role.PREPARER), limit=1)
    if not given["period"] and last:
        given = {**given, "period": last[0]["period"]}
    today = clock.in_shanghai(runtime.clock()).date().isoformat()
    return browser.desk(
        request,
        visitor,
        "honours/roster_new.html",
        current="nav_rosters",
        here="/rosters/new",
        org=org,
        programmes=choices,
        given=given,
        today=today,
        limit=runtime.settings.body_limit_bytes,
        mistake=mistake,
        where=_WHERE,
    )


def _programmes(work: Work, visitor: Visitor) -> list[tuple[str, str]]:
    """Return the programmes that a preparer may choose from, by id and name."""
    scopes = sorted(visitor.operator.scopes(Role.PREPARER))
    found = queries.programmes(work.session, scopes)
    names = frame.names(work, {row["institution_id"] for row in found})
    many = len(names) > 1
    return [
        (row["id"], f"{names[row['institution_id']]} · {row['name']}" if many else row["name"])
        for row in found
    ]


def _given(posted: Posted) -> dict[str, str]:
    return {name: posted.text(name) for name in (*_FIELDS, "note", "corrects")}


def _order(given: dict[str, str]) -> Order:
    return Order(
        programme_id=given["programme_id"],
        period=given["period"],
        award_on=given["award_on"],
        notice_place=given["notice_place"],
        notice_from=given["notice_from"],
        notice_to=given["notice_to"],
        accepted=Accepted(),
        corrects=bool(given["corrects"]),
        note=given["note"],
    )


def _cells(posted: Posted) -> dict[int, dict[str, str]]:
    """Return the cells that were filled in: fields named cell-<row>-<column>.

    One that was left as the page showed it is no correction: `was-…` says how it was shown.
    """
    cells: dict[int, dict[str, str]] = {}
    shown = posted.beginning("was-")
    for name, text in posted.beginning("cell-").items():
        row, _, column = name.partition("-")
        if row.isdecimal() and text != shown.get(name, ""):
            cells.setdefault(int(row), {})[column] = text
    for row in posted.all("show"):
        if row.isdecimal():
            cells.setdefault(int(row), {})[""] = "show"
    return cells
