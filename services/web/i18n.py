"""In which language to answer: what the person chose, else what the browser prefers.

Order      `lang` in the query (and remembered in a cookie by the page that offers it), then the
           cookie, then Accept-Language (RFC 9110, 12.5.4), then Chinese
"""

import re
from collections.abc import Iterator

from starlette.requests import Request

from services.platform.texts import EN, LANGUAGES, ZH

COOKIE = "lang"
_RANGE = re.compile(
    r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?"
)


def preferred(accept: str | None) -> str:
    """Return the language of ours that an Accept-Language header likes best."""
    ranges = sorted(_ranges(accept or ""), key=lambda pair: -pair[1])
    for tag, quality in ranges:
        primary = tag.split("-")[0].lower()
        if quality > 0 and primary in {"zh", "en"}:
            return ZH if primary == "zh" else EN
    return ZH


def of(request: Request) -> str:
    """Return the language of the answer to a request."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if chosen in LANGUAGES:
            return str(chosen)
    return preferred(request.headers.get("accept-language"))


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(",")[:20]:
        found = _RANGE.fullmatch(part.strip())
        if found is not None:
            yield found[1], float(found[2] or 1)
