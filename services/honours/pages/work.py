"""The work list: what waits for whoever signed in."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.accounts import browser
from services.accounts.browser import VisitorDep
from services.honours import worklist
from services.honours.pages import frame
from services.web.deps import WorkDep

router = APIRouter(include_in_schema=False)


@router.get("/work")
def show(request: Request, visitor: VisitorDep, work: WorkDep) -> Response:
    """Show what waits."""
    return browser.desk(
        request,
        visitor,
        "honours/work.html",
        current="nav_work",
        org=frame.places(work, visitor),
        waits=worklist.of(work, visitor.operator),
    )
