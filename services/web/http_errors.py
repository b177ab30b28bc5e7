"""The one table from errors to HTTP, and the one shape of an error body (RFC 9457).

Body      type urn:kexin:problem:<code>, title, status, detail, code, zh, en; params if there are
          any; `errors` for a request that does not fit its schema; application/problem+json
Language  title and detail follow Accept-Language; zh and en always carry the detail in both
Never     a stack trace, an exception's own text, or a value that somebody sent

Lower folders do not mention a status. A test checks that every error they define is in the
table, so that nothing becomes a 500 by accident. A page gets the same as HTML when it asks so.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crypto import errors as crypto
from identity import errors as identity
from ledger import errors as ledger
from services.platform import errors as platform
from services.platform import texts
from services.web import i18n, templating

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[Exception], tuple[int, str]] = {
    platform.Unauthenticated: (401, ""),
    platform.Refused: (403, ""),
    platform.NotFound: (404, ""),
    platform.Conflict: (409, ""),
    platform.Invalid: (422, ""),
    platform.TooMany: (429, ""),
    platform.Unavailable: (503, ""),
    crypto.InvalidSignature: (422, "signature_invalid"),
    crypto.InvalidKey: (422, "key_invalid"),
    crypto.InvalidEncoding: (422, "encoding_invalid"),
    # What we sealed ourselves does not open: nothing the caller could mend.
    crypto.InvalidCiphertext: (500, "ciphertext_invalid"),
    crypto.NotAuthorized: (403, "not_authorized"),
    crypto.CryptoUnavailable: (503, "crypto_unavailable"),
    identity.LoginRefused: (401, "login_refused"),
    identity.InvalidApproval: (403, "not_authorized"),
    identity.GrantRefused: (403, "grant_refused"),
    identity.IdentityError: (422, "identity_invalid"),
    ledger.UnknownEntry: (404, "entry_unknown"),
    ledger.UnknownLog: (404, "entry_unknown"),
    ledger.LogClosed: (409, "log_closed"),
    ledger.LogMoved: (503, "ledger_unavailable"),
    ledger.LogInconsistent: (503, "ledger_stopped"),
    ledger.AnchorDivergence: (503, "ledger_stopped"),
    ledger.ChainError: (503, "ledger_unavailable"),
    ledger.LedgerError: (422, "ledger_invalid"),
}
"""Status, and the text for codes that have none of their own. The nearest base class counts."""

BASES = (
    platform.ServiceError,
    crypto.CryptoError,
    identity.IdentityError,
    ledger.LedgerError,
)

_OF_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    400: "body_unreadable",
    415: "media_type_unsupported",
}
_RETRY_SECONDS = 5
_WHOLE = re.compile(r"body\.[0-9]+")
"""Where a body that is no JSON at all is wrong; a member that holds JSON has a name."""
_log = logging.getLogger("kexin.errors")


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, before it is written in a language."""

    status: int
    code: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    errors: Sequence[Mapping[str, str]] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    """Extension members of one kind of problem, such as the report of a roster."""

    def members(self, lang: str) -> dict[str, Any]:
        """Return the members of the body."""
        facts = {"code": self.code, **self.params}
        zh = texts.explain(self.text, texts.ZH, **facts)
        en = texts.explain(self.text, texts.EN, **facts)
        body: dict[str, Any] = {
            "type": f"urn:kexin:problem:{self.code}",
            "title": texts.say("problems", _title(self.status), lang),
            "status": self.status,
            "detail": en if lang == texts.EN else zh,
            "code": self.code,
            "zh": zh,
            "en": en,
        }
        if self.params:
            body["params"] = dict(self.params)
        if self.errors:
            body["errors"] = list(self.errors)
        return {**body, **self.more}

    @property
    def headers(self) -> dict[str, str]:
        """What HTTP wants beside the body."""
        if self.status == 401:
            return {"WWW-Authenticate": "Bearer"}
        if self.status in {429, 503}:
            return {"Retry-After": str(self.params.get("retry_after_seconds", _RETRY_SECONDS))}
        return {}


def problem_of(error: Exception) -> Problem:
    """Return the problem of an error of ours. Raises KeyError for any other."""
    status, general = next(STATUS[base] for base in type(error).__mro__ if base in STATUS)
    code: str = getattr(error, "code")  # noqa: B009  (each base has one; Exception has not)
    params: Mapping[str, Any] = getattr(error, "params", {})
    own = general == "" or texts.domain_of(code) is not None
    return Problem(status, code, code if own else general, params)


def respond(request: Request, problem: Problem) -> Response:
    """Answer with a problem: JSON, or a page for a browser outside /v1/."""
    lang = i18n.of(request)
    body = problem.members(lang)
    headers = {**problem.headers, "Content-Language": lang, "Cache-Control": "no-store"}
    if _wants_page(request):
        page = templating.page(request, "web/problem.html", status=problem.status, problem=body)
        page.headers.update(headers)
        return page
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, problem.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of this application in the one shape."""
    for base in BASES:
        app.add_exception_handler(base, _ours)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route that can answer with these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {
            "description": texts.say("problems", _title(status), texts.EN),
            "content": content,
        }
        for status in sorted({422, *statuses})
    }


SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. `code` is stable; `zh` and `en` say the same as `detail`.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "zh", "en"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "zh": {"type": "string"},
        "en": {"type": "string"},
        "params": {"type": "object"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "code"],
                "properties": {"where": {"type": "string"}, "code": {"type": "string"}},
            },
        },
    },
}
"""The body's schema, put into the OpenAPI document as components/schemas/Problem."""


def _ours(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem.status >= 500:
        _log.error("problem %s", problem.code)
    return respond(request, problem)


def _unfit(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [
        {"where": ".".join(str(part)[:40] for part in each["loc"]), "code": str(each["type"])}
        for each in error.errors()
    ]
    if any(each["code"] == "json_invalid" and _WHOLE.fullmatch(each["where"]) for each in found):
        return respond(request, Problem(400, "body_unreadable", "body_unreadable"))
    params = {"count": len(found)}
    return respond(request, Problem(422, "request_invalid", "request_invalid", params, found))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _OF_STATUS.get(error.status_code, "http_error")
    problem = Problem(error.status_code, code, code, {"status": error.status_code})
    answer = respond(request, problem)
    answer.headers.update(error.headers or {})
    return answer


def _bug(request: Request, error: Exception) -> Response:
    """Answer 500 with a number that the log carries too; the log line holds no message."""
    incident: str = request.app.state.runtime.random(6).hex()
    _log.error("incident %s %s", incident, type(error).__qualname__, exc_info=error)
    params = {"incident": incident}
    return respond(request, Problem(500, "internal_error", "internal_error", params))


def _wants_page(request: Request) -> bool:
    path: str = request.scope["path"]
    return "text/html" in request.headers.get("accept", "") and not path.startswith("/v1/")


def _title(status: int) -> str:
    code = f"title_{status}"
    return code if texts.has("problems", code) else "title_other"
