"""Everything around the routes, in the one right order.

    app = FastAPI(...); app.include_router(...); shell.dress(app, runtime, health, metrics)

From outside to inside: headers · access log · measure · body limit · gate · body digest · routes.
A body that is too large takes no place at the gate; a request that waits there is measured.
"""

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.formparsers import MultiPartParser
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.platform.health import Health
from services.platform.limits import Limits
from services.platform.work import Runtime
from services.web import body_limit, http_errors, probes
from services.web.body_limit import BodyLimit, TooLarge
from services.web.gate import Gate
from services.web.headers import Headers
from services.web.layout import Layout
from services.web.logs import AccessLog
from services.web.metrics import Measure, Metrics
from services.web.once import BodyDigest
from services.web.templating import STATIC

FREE = ("/healthz", "/readyz", "/metrics", "/static/")
VERIFY_LIMIT_BYTES = 2 * 1024 * 1024
PICTURE_LIMIT_BYTES = 12 * 1024 * 1024 + 64 * 1024
"""A photograph as a telephone takes it, and the form around it."""

SMALLER = {"/v": PICTURE_LIMIT_BYTES, "/v1/verify": VERIFY_LIMIT_BYTES}
KEPT_FOR_WORKER = 2
"""Connections that requests do not take: the worker's and the probes'."""

_FOREVER = "public, max-age=31536000, immutable"


def dress(
    app: FastAPI, runtime: Runtime, health: Health, metrics: Metrics, layout: Layout | None = None
) -> None:
    """Put the frame around an application; to be called once, after its routes are there."""
    settings = runtime.settings
    app.state.runtime = runtime
    app.state.health = health
    app.state.metrics = metrics
    app.state.layout = layout or Layout()
    app.state.limits = Limits(
        runtime.clock,
        allowed=settings.failures_allowed,
        window_seconds=settings.failures_window_seconds,
    )
    app.include_router(probes.router, include_in_schema=False)
    app.mount("/static", _Static(directory=STATIC), name="static")
    http_errors.install(app)
    app.add_exception_handler(TooLarge, body_limit.answer)
    _document_problems(app)
    # A file that somebody sends never gets onto a disk where nobody looks for it.
    MultiPartParser.spool_max_size = settings.body_limit_bytes + 1
    # Added last is outermost.
    app.add_middleware(BodyDigest)
    places = max(1, settings.database_connections - KEPT_FOR_WORKER)
    app.add_middleware(Gate, places=places, free=FREE)
    app.add_middleware(
        BodyLimit,
        limit_bytes=settings.body_limit_bytes,
        smaller={path: min(most, settings.body_limit_bytes) for path, most in SMALLER.items()},
    )
    app.add_middleware(Measure, metrics=metrics)
    app.add_middleware(AccessLog)
    app.add_middleware(Headers, tls=settings.url.startswith("https:"))


class _Static(StaticFiles):
    """Static files; their addresses carry a digest, so they may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file."""
        answer = await super().get_response(path, scope)
        if scope["query_string"]:
            answer.headers["Cache-Control"] = _FOREVER
        return answer


def _document_problems(app: FastAPI) -> None:
    """Put the schema of a problem into the OpenAPI document, to which all routes refer."""

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            made.setdefault("components", {}).setdefault("schemas", {})["Problem"] = (
                http_errors.SCHEMA
            )
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
