"""Who is asking through a browser, and the frame of every page behind a sign-in.

Cookie     `__Host-kexin` over TLS, `kexin` on a loopback address without; HttpOnly,
           SameSite=Strict, gone with the browser; holds the token of a session, nothing else
VisitorDep who is signed in; without a sign-in the answer is the sign-in page: it leads back, and
           carries what a form had sent, sealed, so that nothing typed is lost
answer     does what a form asks for, or shows its page again with what is wrong
desk       a page in the frame of the console; with a `mistake` it has the status of that error
Errors     SignInNeeded; Refused form_not_ours, sign_in_needs_tls

In a route's signature PostedDep stands first, VisitorDep second and transactions last: a sign-in
is looked up in a transaction of its own, and what was posted must be read to be carried.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import InvalidCiphertext, InvalidEncoding
from crypto.jws import b64u, unb64u
from services.accounts import people, sign_in
from services.accounts.operators import Operator
from services.platform import texts
from services.platform.errors import Refused, Unauthenticated
from services.platform.settings import Settings
from services.platform.work import Runtime
from services.web import dates, forms, http_errors, i18n, templating
from services.web.deps import RuntimeDep
from services.web.forms import Posted
from services.web.layout import Layout

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SECRETS = ("password", "code", "confirm")
_CARRIED = {"tenant": "node", "table": "form", "column": "carried", "key": "carried"}
MOST_TOKEN, MOST_CARRIED = 200, 512 * 1024
SEE_OTHER = 303


class SignInNeeded(Unauthenticated):
    """Nobody is signed in here, or no longer."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in, as his browser's cookie says."""

    operator: Operator
    name: str = field(repr=False)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that he has anywhere."""
        return frozenset(role for role, _ in self.operator.roles)

    def has_role(self, role: str, scope: str) -> bool:
        """Return whether he has a role in a scope: for showing a button, never for allowing."""
        return (role, scope) in self.operator.roles

    def check(self, request: Request, runtime: Runtime, posted: Posted) -> None:
        """Raise Refused unless he sent this form from one of our pages."""
        forms.check(request, runtime, posted, self.operator.id)


def visitor(request: Request, runtime: RuntimeDep) -> Visitor:
    """Return who is signed in. Raises SignInNeeded, Refused, Tampered."""
    try:
        operator = sign_in.resume(runtime, _token(request, runtime.settings))
    except Unauthenticated as error:
        raise SignInNeeded(error.code) from error
    with runtime.reading() as work:
        return Visitor(operator, people.name(work, operator.edu_id))


VisitorDep = Annotated[Visitor, Depends(visitor, scope="function")]


def present_token(request: Request, settings: Settings) -> str | None:
    """Return the token of the session that a browser has, if any."""
    found = request.cookies.get(cookie_name(settings))
    return found if found and len(found) <= MOST_TOKEN else None


def cookie_name(settings: Settings, name: str = "kexin") -> str:
    """Return the name of a cookie of ours. Raises Refused on an address that is not safe."""
    address = urlsplit(settings.url)
    if address.scheme == "https":
        return f"__Host-{name}"
    if address.hostname not in _LOOPBACK:
        raise Refused("sign_in_needs_tls")
    return name


def set_cookie(response: Response, settings: Settings, value: str, name: str = "kexin") -> None:
    """Let the browser keep a value until it is closed."""
    secure = settings.url.startswith("https:")
    response.set_cookie(
        cookie_name(settings, name), value, secure=secure, httponly=True, samesite="strict"
    )


def drop_cookie(response: Response, settings: Settings) -> None:
    """Let the browser forget its session."""
    secure = settings.url.startswith("https:")
    response.delete_cookie(cookie_name(settings), secure=secure, httponly=True, samesite="strict")


def answer(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    posted: Posted,
    make: Callable[[], str],
    again: Callable[..., Response],
) -> Response:
    """Do what a form asks for once and lead on, or return `again(mistake=…)`."""
    try:
        visitor.check(request, runtime, posted)
        return goto(forms.once(runtime, posted, actor=visitor.operator.id, make=make))
    except http_errors.BASES as error:
        return again(mistake=error)


def desk(
    request: Request,
    visitor: Visitor,
    template: str,
    *,
    current: str = "",
    here: str | None = None,
    **context: Any,
) -> Response:
    """Return a page of the console. `here` is its address where that is not the request's."""
    layout: Layout = request.app.state.layout
    links = [link for link in layout.desk if not link.roles or link.roles & visitor.roles]
    frame = {
        "visitor": visitor,
        "desk": links,
        "current": current,
        "token": forms.new_token(request.app.state.runtime, visitor.operator.id),
    }
    return bare(request, template, here=here, **{**frame, **context})


def bare(
    request: Request,
    template: str,
    *,
    here: str | None = None,
    mistake: Exception | None = None,
    where: Mapping[str, str] | None = None,
    status: int | None = None,
    **context: Any,
) -> Response:
    """Return a page in the console's look for whoever asks.

    `where` names the field that a code is about; `sheet_*` stands for all codes that begin so.
    """
    lang = i18n.of(request)
    runtime: Runtime = request.app.state.runtime
    now = runtime.clock()
    address = here or _address(request)
    joint = "&" if "?" in address else "?"
    other = texts.ZH if lang == texts.EN else texts.EN
    frame = {
        "t": lambda code, **params: texts.say("console", code, lang, **dates.counts(params)),
        "say": lambda domain, code, **params: texts.say(domain, code, lang, **params),
        "explain": lambda code, **params: texts.explain(code, lang, **params),
        "counted": dates.count,
        "day": lambda text: dates.day(text, lang),
        "moment": lambda instant: dates.moment(instant, lang, now),
        "here": address,
        "other": f"{address}{joint}lang={other}",
        "org": None,
        "mistake": None,
        "bad_field": "",
    }
    if mistake is not None:
        problem = http_errors.problem_of(mistake)
        status, frame["mistake"] = status or problem.status, problem.members(lang)["detail"]
        frame["bad_field"] = _field(problem.code, where or {})
    return templating.page(request, template, status=status or 200, **{**frame, **context})


def _field(code: str, where: Mapping[str, str]) -> str:
    """Return the name of the field that a mistake is about; empty if it is about none."""
    return where.get(code, where.get(code.partition("_")[0] + "_*", ""))


def goto(address: str) -> Response:
    """Return the answer to a form: look at this page."""
    return RedirectResponse(address, SEE_OTHER)


def safe(address: str) -> str:
    """Return an address of ours to go on to, never one of another site."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if plain and address[:1] == "/" and address[1:2] != "/" else "/work"


def carry(runtime: Runtime, posted: Posted | None) -> str:
    """Return what a form sent, sealed, to be sent on after a sign-in; empty if it has secrets."""
    if posted is None or any(name in posted.fields for name in _SECRETS):
        return ""
    fields: dict[str, Json] = {name: list(values) for name, values in posted.fields.items()}
    data = canonical.dumps({"fields": fields, "path": posted.path})
    return b64u(runtime.protect.seal(data, **_CARRIED)) if len(data) <= MOST_CARRIED else ""


def carried(runtime: Runtime, text: str) -> Posted | None:
    """Return what `carry` sealed; None where that is nothing of ours."""
    try:
        content = canonical.loads(runtime.protect.unseal(unb64u(text), **_CARRIED))
    except (InvalidCiphertext, InvalidEncoding):
        return None
    match content:
        case {"fields": dict(fields), "path": str(path)}:
            return Posted(path, {name: _texts(values) for name, values in fields.items()}, {})
    return None


def install(app: FastAPI) -> None:
    """Answer SignInNeeded with the sign-in page."""
    app.add_exception_handler(SignInNeeded, _sign_in_first)


def _sign_in_first(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInNeeded)
    ended = {"ended": "1"} if error.code == "session_ended" else {}
    if request.method in ("GET", "HEAD"):
        answer = goto("/sign-in?" + urlencode({"next": _address(request), **ended}))
    else:
        posted = forms.already_posted(request)
        back = safe(posted.text("page")) if posted else "/work"
        answer = sign_in_page(
            request, next_=back, carried=carry(request.app.state.runtime, posted), status=401
        )
    return answer


def sign_in_page(
    request: Request,
    *,
    next_: str,
    carried: str = "",
    ended: bool = False,
    status: int = 200,
    **context: Any,
) -> Response:
    """Return the sign-in page with a token bound to a cookie of its own."""
    runtime: Runtime = request.app.state.runtime
    name = cookie_name(runtime.settings, "kexin-door")
    door = request.cookies.get(name) or b64u(runtime.random(16))
    answer = bare(
        request,
        "accounts/sign_in.html",
        here="/sign-in?" + urlencode({"next": next_}),
        status=status,
        next=next_,
        carried=carried,
        ended=ended or bool(carried),
        token=forms.new_token(runtime, f"door:{door}"),
        **{"login": "", **context},
    )
    set_cookie(answer, runtime.settings, door, "kexin-door")
    return answer


def check_door(request: Request, runtime: Runtime, posted: Posted) -> None:
    """Raise Refused unless the sign-in form was given to this browser."""
    door = request.cookies.get(cookie_name(runtime.settings, "kexin-door"), "")
    forms.check(request, runtime, posted, f"door:{door}")


def _token(request: Request, settings: Settings) -> str:
    found = present_token(request, settings)
    if found is None:
        raise Unauthenticated("not_signed_in")
    return found


def _address(request: Request) -> str:
    query = [(n, v) for n, v in request.query_params.multi_items() if n != "lang"]
    path: str = request.scope["path"]
    return path + ("?" + urlencode(query) if query else "")


def _texts(values: Json) -> tuple[str, ...]:
    return tuple(str(value) for value in values) if isinstance(values, list) else ()
