"""Large pages for old eyes (适老化): what a person chose is kept over pages, without a script.

Order      `elder` in the query (1 on, 0 off), remembered in a cookie; then the cookie
Guidance   of the Ministry of Industry and Information Technology for websites, 2021: large type,
           high contrast, one thing at a time, no animation, and the ordinary page one tap away
"""

from starlette.requests import Request
from starlette.responses import Response

NAME = "elder"
ON, OFF = "1", "0"
_YEAR_SECONDS = 365 * 24 * 3600


def of(request: Request) -> bool:
    """Return whether the answer is to be large."""
    for chosen in (request.query_params.get(NAME), request.cookies.get(NAME)):
        if chosen in (ON, OFF):
            return chosen == ON
    return False


def remember(request: Request, answer: Response) -> None:
    """Keep what the query says for the pages that follow."""
    chosen = request.query_params.get(NAME)
    if chosen in (ON, OFF):
        answer.set_cookie(NAME, chosen, max_age=_YEAR_SECONDS, samesite="lax", httponly=True)
