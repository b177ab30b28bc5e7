"""Pages about how a school stands: its first steps up to a test certificate, and the self-check.

Both are computed anew whenever they are opened. Who works in one school is led to it; who works
for the node comes from the page of an institution.
"""

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from identity.levels import Role
from services.accounts import browser
from services.accounts.browser import Visitor, VisitorDep
from services.accounts.operators import NODE
from services.honours import checkup
from services.honours.checkup import OK, UNKNOWN, WRONG, Point
from services.honours.first_steps import service as first_steps
from services.honours.pages import frame
from services.honours.paper.service import PDF
from services.platform.work import Runtime
from services.registry import institutions
from services.web import i18n
from services.web.deps import RuntimeDep, WorkDep
from services.web.forms import PostedDep
from services.web.http_errors import BASES

router = APIRouter(include_in_schema=False)

_WHERE = {"sign_in_refused": "password"}
"""Fields that codes are about; their summary leads there."""

CSV = "text/csv; charset=utf-8"


@router.get("/first-steps")
def choose_steps(request: Request, visitor: VisitorDep, work: WorkDep) -> Response:
    """Lead to the first steps of one's own school, or ask which."""
    return _choose(request, visitor, frame.names(work, checkup.readable(work, visitor.operator)))


@router.get("/self-check")
def choose_check(request: Request, visitor: VisitorDep, work: WorkDep) -> Response:
    """Lead to the self-check of one's own school, or ask which."""
    return _choose(request, visitor, frame.names(work, checkup.readable(work, visitor.operator)))


@router.get("/first-steps/{institution_id}")
def show_steps(
    request: Request, institution_id: str, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Show what is done and what is next."""
    return _steps(request, visitor, runtime, institution_id)


@router.get("/first-steps/{institution_id}/sample.csv")
def download_sample(institution_id: str, visitor: VisitorDep, runtime: RuntimeDep) -> Response:
    """Download the sample roster."""
    data = first_steps.sample(runtime, visitor.operator, institution_id)
    headers = {"Content-Disposition": 'attachment; filename="sample-roster.csv"'}
    return Response(data, 200, headers, CSV)


@router.post("/first-steps/{institution_id}/test")
def make_test(
    request: Request,
    institution_id: str,
    posted: PostedDep,
    visitor: VisitorDep,
    runtime: RuntimeDep,
) -> Response:
    """Make a test certificate and hand it out; it is kept nowhere."""
    try:
        visitor.check(request, runtime, posted)
        data = first_steps.test(runtime, visitor.operator, institution_id)
    except BASES as error:
        return _steps(request, visitor, runtime, institution_id, mistake=error)
    headers = {"Content-Disposition": 'attachment; filename="test-certificate.pdf"'}
    return Response(data, 200, headers, PDF)


@router.post("/first-steps/{institution_id}/key")
def make_key(
    request: Request,
    institution_id: str,
    posted: PostedDep,
    visitor: VisitorDep,
    runtime: RuntimeDep,
) -> Response:
    """Make one's own approval key with both factors."""

    def make() -> str:
        first_steps.make_key(
            runtime,
            visitor.operator,
            posted.fields.get("password", ("",))[0],
            "".join(posted.text("code").split()),
        )
        return f"/first-steps/{institution_id}"

    again = partial(_steps, request, visitor, runtime, institution_id)
    return browser.answer(request, visitor, runtime, posted, make, again)


@router.get("/self-check/{institution_id}")
def show_check(
    request: Request, institution_id: str, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Show what is wrong with a school's registration, and how to mend it."""
    with runtime.reading() as work:
        points = checkup.points(work, visitor.operator, institution_id)
        name = institutions.load(work, institution_id)["name_zh"]
    sorted_points = [
        (result, [each for each in points if each.result == result])
        for result in (WRONG, UNKNOWN, OK)
    ]
    return browser.desk(
        request,
        visitor,
        "honours/self_check.html",
        current="nav_check",
        org=name,
        institution_id=institution_id,
        name=name,
        groups=sorted_points,
        may=_may(visitor, institution_id),
        now=runtime.clock(),
    )


def _choose(request: Request, visitor: Visitor, names: dict[str, str]) -> Response:
    here = request.url.path
    if len(names) == 1:
        return browser.goto(f"{here}/{next(iter(names))}")
    return browser.desk(
        request,
        visitor,
        "honours/schools.html",
        current="nav_steps" if here == "/first-steps" else "nav_check",
        base=here,
        names=sorted(names.items(), key=lambda pair: pair[1]),
    )


def _steps(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    institution_id: str,
    *,
    mistake: Exception | None = None,
) -> Response:
    with runtime.reading() as work:
        steps = first_steps.of(work, visitor.operator, institution_id)
        name = institutions.load(work, institution_id)["name_zh"]
    keyless = {
        point.facts["login"]
        for step in steps
        for point in step.points
        if point.code == "people_no_key"
    }
    return browser.desk(
        request,
        visitor,
        "honours/first_steps.html",
        current="nav_steps",
        here=f"/first-steps/{institution_id}",
        org=name,
        institution_id=institution_id,
        name=name,
        steps=steps,
        done=sum(step.state == first_steps.DONE for step in steps),
        may=_may(visitor, institution_id),
        needs_key=visitor.operator.login in keyless,
        preparer=visitor.has_role(Role.PREPARER.value, institution_id),
        lang=i18n.of(request),
        now=runtime.clock(),
        mistake=mistake,
        where=_WHERE,
    )


def _may(visitor: Visitor, institution_id: str) -> Callable[[Point], bool]:
    """Return whether the visitor can do something about a point on the page it names."""
    registrar = visitor.has_role(Role.REGISTRAR.value, NODE)
    mine = {
        "registrar": registrar,
        "registrars": registrar,
        "preparer": visitor.has_role(Role.PREPARER.value, institution_id),
    }
    return lambda point: bool(point.link) and mine.get(point.who, False)
