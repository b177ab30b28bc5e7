"""Pages of reports, for people of the node: what waits, one report, an answer to it."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from identity.levels import Role
from services.accounts import browser
from services.accounts.browser import Visitor, VisitorDep
from services.accounts.operators import NODE
from services.platform.errors import Invalid
from services.platform.work import Runtime
from services.reports import service
from services.reports.service import Report
from services.web import paging
from services.web.deps import RuntimeDep, WorkDep
from services.web.forms import PostedDep

router = APIRouter(prefix="/registry/reports", include_in_schema=False)

CURRENT = "nav_reports"
ACTS = ("answer", "close")


@router.get("")
def show_all(request: Request, visitor: VisitorDep, work: WorkDep, page: int = 1) -> Response:
    """List reports, those that wait first."""

    def look(*, offset: int, limit: int) -> tuple[int, Sequence[Report]]:
        return service.listed(work, visitor.operator, offset=offset, limit=limit)

    return browser.desk(
        request,
        visitor,
        "reports/reports.html",
        current=CURRENT,
        listed=paging.look_at(page, look),
        counted=service.counts(work),
    )


@router.get("/{report_id}")
def show(request: Request, report_id: str, visitor: VisitorDep, runtime: RuntimeDep) -> Response:
    """Show one; a registrar who opens it has read it."""
    return _show(request, visitor, runtime, report_id)


@router.post("/{report_id}")
def answer(
    request: Request, report_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Tell the reporter something, or close it."""
    note, act = posted.text("note"), posted.text("act")

    def make() -> str:
        if act not in ACTS:
            raise Invalid("report_answer_empty")
        with runtime.writing() as work:
            service.answer(work, visitor.operator, report_id, note, close=act == "close")
        return f"/registry/reports/{report_id}"

    again = partial(_show, request, visitor, runtime, report_id, note=note)
    return browser.answer(request, visitor, runtime, posted, make, again)


def _show(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    report_id: str,
    *,
    note: str = "",
    mistake: Exception | None = None,
) -> Response:
    with runtime.writing() as work:
        report = service.look_at(work, visitor.operator, report_id)
    return browser.desk(
        request,
        visitor,
        "reports/report.html",
        current=CURRENT,
        here=f"/registry/reports/{report_id}",
        report=report,
        may_answer=visitor.has_role(Role.REGISTRAR.value, NODE),
        note=note,
        mistake=mistake,
    )
