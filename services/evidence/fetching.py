"""Sources over HTTP, with the standard library alone.

Asked      status lists and records at addresses that a verified list or credential names; the
           chain at endpoints that the verifier configured
Bounds     a deadline for the whole answer, a cap on its size, http and https only, redirects on
           the same host and scheme only, nothing that is kept or sent besides the address
Once       an answer is kept for the life of the object: 300 files of one school ask once
Errors     SourceUnavailable, whatever the network did
"""

import time
from collections.abc import Sequence
from http.client import HTTPException, HTTPMessage
from typing import IO, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from ledger.chain import enough
from ledger.chains import live
from ledger.errors import ChainMismatch, ChainUnavailable
from ledger.evidence import LOCAL_DRIVER, Receipt
from services.evidence import bundle
from services.evidence.errors import SourceContradicts, SourceUnavailable
from services.evidence.sources import LIVE_NONE, UNREACHABLE

DEADLINE_SECONDS: Final = 2.0
MAX_LIST: Final = 8 * 1024 * 1024
_CHUNK = 64 * 1024


class UrlSources:
    """Whom `kexin verify` asks: the addresses of the trust list, and endpoints of its own."""

    def __init__(
        self, *, endpoints: Sequence[str] = (), deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._endpoints = tuple(endpoints)
        self._deadline_seconds = deadline_seconds
        self._kept: dict[str, bytes | None] = {}

    def status_list(self, uri: str) -> str:
        """Return the status list token published at this address."""
        try:
            return self._get(uri, MAX_LIST).decode("ascii")
        except UnicodeDecodeError as error:
            raise SourceUnavailable(UNREACHABLE) from error

    def record(self, records_url: str, institution: str) -> bytes:
        """Return the issuer part at `<records_url>/<institution>`."""
        return self._get(f"{records_url.rstrip('/')}/{institution}", bundle.MAX_SIZE)

    def live(self, receipt: Receipt, code_digest: bytes) -> None:
        """Return if enough of our own endpoints show the anchor of this receipt."""
        if receipt.driver == LOCAL_DRIVER or not self._endpoints:
            raise SourceUnavailable(LIVE_NONE)
        try:
            live.verify(
                receipt,
                code_digest=code_digest,
                urls=self._endpoints,
                agreeing=enough(len(self._endpoints)),
                deadline_seconds=self._deadline_seconds,
            )
        except ChainMismatch as error:
            raise SourceContradicts(error.code) from error
        except ChainUnavailable as error:
            raise SourceUnavailable(UNREACHABLE) from error

    def _get(self, url: str, cap: int) -> bytes:
        if url not in self._kept:
            self._kept[url] = _fetch(url, cap, self._deadline_seconds)
        found = self._kept[url]
        if found is None:
            raise SourceUnavailable(UNREACHABLE)
        return found


class _SameHost(HTTPRedirectHandler):
    """Follow a redirect only to the same scheme, host and port."""

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Request | None:
        if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            raise HTTPError(req.full_url, code, "redirected elsewhere", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> OpenerDirector:
    """Return an opener that knows http and https and nothing else: no files, no cookies."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
        _SameHost(),
    ):
        opener.add_handler(handler)
    return opener


def _fetch(url: str, cap: int, deadline_seconds: float) -> bytes | None:
    """Return the body at this address, None where it did not come whole, small and in time."""
    if not url.startswith(("http://", "https://")):
        return None
    ends = time.monotonic() + deadline_seconds
    body = b""
    try:
        with _opener().open(Request(url), timeout=deadline_seconds) as answer:  # noqa: S310
            while chunk := answer.read1(_CHUNK):
                body += chunk
                if len(body) > cap or time.monotonic() > ends:
                    return None
            if answer.length:  # it promised more than came
                return None
    except (OSError, HTTPException, ValueError):
        return None
    return body
