"""No request is larger than we allow: refused by its declared length, or while it is read.

A body with Content-Length is refused before a byte of it is read; one sent in chunks, or one
that lies about its length, as soon as the limit is passed. Nothing is kept of it.
"""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.http_errors import Problem, respond

CODE = "body_too_large"


class TooLarge(HTTPException):
    """The limit was passed while reading. An HTTPException, because FastAPI lets those pass."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(413)
        self.limit_bytes = limit_bytes


class BodyLimit:
    """ASGI middleware; `smaller` gives paths of their own limit."""

    def __init__(
        self, app: ASGIApp, *, limit_bytes: int, smaller: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._limit = limit_bytes
        self._smaller = dict(smaller or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413, or pass the request on and count what is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._smaller.get(scope["path"], self._limit)
        if _declared(scope) > limit:
            await respond(Request(scope), problem(limit))(scope, receive, send)
            return
        read = 0

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise TooLarge(limit)
            return message

        await self._app(scope, counting, send)


def problem(limit_bytes: int) -> Problem:
    """Return what is answered to a body that is too large."""
    return Problem(413, CODE, CODE, {"limit_bytes": limit_bytes})


def answer(request: Request, error: Exception) -> Response:
    """Answer a body that turned out too large; registered as the handler of TooLarge."""
    assert isinstance(error, TooLarge)
    return respond(request, problem(error.limit_bytes))


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
