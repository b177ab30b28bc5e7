"""Pages from Jinja2 templates: escaped by default, in one language, without scripts of others.

Templates  in the folder `templates` of web and of the slices that the layout names; their
           names are `<slice>/<file>.html`
Names      t(code, **params): text of the domain `pages`; lang; layout; here: the path; other: the
           address of this page in the other language; elder: whether it is to be large, and
           `resized`: its address in the other size; asset(name): a static file with its digest
Undefined  a name that is not given stops the page: a hole would be a lie
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from crypto import sm3
from services.platform import texts
from services.web import elder, i18n
from services.web.layout import Layout

STATIC = Path(str(files("services.web") / "static"))

_YEAR_SECONDS = 365 * 24 * 3600


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page in the language of the request."""
    lang, large = i18n.of(request), elder.of(request)
    layout: Layout = getattr(request.app.state, "layout", Layout())
    frame: Mapping[str, Any] = {
        "lang": lang,
        "t": _speaker(lang),
        "layout": layout,
        "here": request.url.path,
        "elder": large,
        "resized": request.url.include_query_params(elder=elder.OFF if large else elder.ON),
        "other": request.url.include_query_params(lang=texts.ZH if lang == texts.EN else texts.EN),
    }
    content = environment(layout.slices).get_template(template).render({**frame, **context})
    answer = HTMLResponse(content, status, {"Content-Language": lang, "Vary": "Accept-Language"})
    if request.query_params.get("lang") in texts.LANGUAGES:
        answer.set_cookie(i18n.COOKIE, lang, max_age=_YEAR_SECONDS, samesite="lax", httponly=True)
    elder.remember(request, answer)
    return answer


@cache
def environment(slices: tuple[str, ...]) -> Environment:
    """Return the environment of all pages of these slices."""
    loaders = {
        name: FileSystemLoader(str(files(f"services.{name}") / "templates")) for name in slices
    }
    made = Environment(
        loader=PrefixLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    return made


@cache
def asset(name: str) -> str:
    """Return the address of a static file; it changes with the file, so it may be kept long."""
    return f"/static/{name}?v={sm3.digest((STATIC / name).read_bytes()).hex()[:12]}"


def _speaker(lang: str) -> Callable[..., str]:
    def say(code: str, **params: object) -> str:
        return texts.say("pages", code, lang, **params)

    return say
