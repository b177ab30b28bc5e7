"""JSON-RPC over HTTP by the standard library: for those who must not load a chain library.

In         an endpoint's http(s) address and calls (method, parameters), sent as one batch
Out        the results in the order of the calls; each is whatever JSON the node said
Errors     ChainUnavailable chain_silent: no answer in time, an error, or no JSON-RPC at all
No redirect is followed: an endpoint is who it is.
"""

import json
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ledger.errors import ChainUnavailable

Call = tuple[str, list[Any]]


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> NoReturn:
        raise OSError("redirected")


_OPENER = build_opener(_NoRedirect)


def batch(
    url: str, calls: Sequence[Call], *, timeout_seconds: float, limit_bytes: int
) -> list[Any]:
    """Ask all of it at once. Raises ChainUnavailable; ValueError for another kind of address."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("not an http address")
    body = [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        for number, (method, params) in enumerate(calls)
    ]
    request = Request(  # noqa: S310  (checked above)
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with _OPENER.open(request, timeout=timeout_seconds) as response:
            text = response.read(limit_bytes + 1)
        if len(text) > limit_bytes:
            raise ValueError("too long an answer")
        results = {answer["id"]: answer["result"] for answer in json.loads(text)}
        return [results[number] for number in range(len(calls))]
    except (OSError, HTTPException, ValueError, LookupError, TypeError, RecursionError) as error:
        raise ChainUnavailable("chain_silent") from error
