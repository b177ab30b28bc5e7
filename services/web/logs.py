"""Log lines that hold no secret: no query, no short code, no exception's own text.

An exception's text may carry what somebody typed or what a database row holds, so a traceback
is written as types, files and lines only. A path under /v/ is a key to what it shows, so the
key is masked. Addresses are written: the law wants six months of them (Cybersecurity Law,
article 21); the operator keeps or cuts them.
"""

import logging
import re
import sys
import time
import traceback
from types import TracebackType
from typing import TextIO

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_CODE = re.compile(r"^/v/[^/]+")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")
_access = logging.getLogger("kexin.access")

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutMessages(logging.Formatter):
    """Writes where an exception came from and of what type it is, not what it says."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line; what another handler wrote of the exception is not used."""
        record.exc_text = None
        line = super().format(record)
        record.exc_text = None
        return line

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802  (logging's name)
        """Return types, files and lines, the cause last."""
        lines: list[str] = []
        error, seen = ei[1], set[int]()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            lines.append(type(error).__qualname__)
            lines += [
                f"  {frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ]
            error = error.__cause__ or error.__context__
        return "\n".join(lines)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send all log lines, those of the web server too, through one careful handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    formatter = WithoutMessages(FORMAT)
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = name != "uvicorn.access"


def masked(path: str) -> str:
    """Return a path as it may stand in a log."""
    return _NOT_PRINTABLE.sub("?", _CODE.sub("/v/***", path))[:200]


class AccessLog:
    """ASGI middleware: one line a request: address, method, path, status, milliseconds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and write the line when it is over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            took = (time.perf_counter() - started) * 1000
            address = (scope.get("client") or ("-",))[0]
            _access.info(
                "%s %s %s %d %.0f", address, scope["method"], masked(scope["path"]), status, took
            )
