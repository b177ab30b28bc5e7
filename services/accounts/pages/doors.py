"""Pages of signing in and out."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.accounts import browser, sign_in
from services.accounts.browser import VisitorDep
from services.accounts.operators import Operator
from services.platform.errors import Refused, TooMany, Unauthenticated
from services.platform.work import Runtime
from services.web import forms
from services.web.deps import LimitsDep, PlaceDep, RuntimeDep
from services.web.forms import Posted, PostedDep

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def ask(request: Request, next: str = "/work", ended: bool = False) -> Response:
    """Show the sign-in form."""
    return browser.sign_in_page(request, next_=browser.safe(next), ended=ended)


@router.post("/sign-in")
def enter(
    request: Request, posted: PostedDep, runtime: RuntimeDep, limits: LimitsDep, place: PlaceDep
) -> Response:
    """Sign in; go on to where one wanted to be, with what one had typed."""
    try:
        browser.check_door(request, runtime, posted)
        limits.check(place)
        made = sign_in.sign_in(
            runtime, posted.text("login"), posted.fields.get("password", ("",))[0], _code(posted)
        )
    except (Refused, Unauthenticated, TooMany) as error:
        if isinstance(error, Unauthenticated):
            limits.failed(place)
        return browser.sign_in_page(
            request,
            next_=browser.safe(posted.text("next")),
            carried=posted.text("carried"),
            status=429 if isinstance(error, TooMany) else 403,
            login=posted.text("login"),
            mistake=error,
            where={"sign_in_refused": "login"},
        )
    before = browser.present_token(request, runtime.settings)
    if before is not None:
        sign_in.sign_out(runtime, before)
    answer = _onward(request, runtime, posted, made.operator)
    browser.set_cookie(answer, runtime.settings, made.token)
    return answer


@router.post("/sign-out")
def leave(
    request: Request, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Sign out."""
    visitor.check(request, runtime, posted)
    sign_in.sign_out(runtime, browser.present_token(request, runtime.settings) or "")
    answer = browser.goto("/sign-in")
    browser.drop_cookie(answer, runtime.settings)
    return answer


def _onward(request: Request, runtime: Runtime, posted: Posted, operator: Operator) -> Response:
    """Lead to the page that was wanted; offer what was typed to the one who typed it."""
    next_ = browser.safe(posted.text("next"))
    kept = browser.carried(runtime, posted.text("carried"))
    if kept is not None and browser.safe(kept.path) == kept.path:
        try:
            forms.check(request, runtime, kept, operator.id)
        except Refused:
            kept = None  # somebody else's form
    if kept is None:
        return browser.goto(next_)
    return browser.bare(request, "accounts/continue.html", here=next_, kept=kept)


def _code(posted: Posted) -> str:
    """Return the one-time code without the spaces that people put into it."""
    return "".join(posted.text("code").split())
