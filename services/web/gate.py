"""Let in as many requests as there are connections to the database; the others wait outside.

Without it a hundred requests fight for sixteen connections inside the handlers, each holding a
thread, until they time out with errors; in front of it they are served one after the other.
Beyond WAITING_FOR_EACH waiting requests for each place the answer is 503 at once.
"""

import asyncio
from collections.abc import Collection

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.web.http_errors import Problem, respond

WAITING_FOR_EACH = 40
CODE = "overloaded"


class Gate:
    """ASGI middleware; paths that begin with one of `free` always pass."""

    def __init__(self, app: ASGIApp, *, places: int, free: Collection[str] = ()) -> None:
        self._app = app
        self._places = asyncio.Semaphore(places)
        self._most_waiting = places * WAITING_FOR_EACH
        self._waiting = 0
        self._free = tuple(free)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when there is a place for it."""
        if scope["type"] != "http" or scope["path"].startswith(self._free):
            await self._app(scope, receive, send)
            return
        if self._waiting >= self._most_waiting:
            await respond(Request(scope), Problem(503, CODE, CODE))(scope, receive, send)
            return
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._places.release()
