"""What every page of verification begins with: its template, and texts in both languages."""

from starlette.requests import Request
from starlette.responses import Response

from services.platform import texts
from services.verification.outlook import Said
from services.web import elder, http_errors, templating

LARGE = frozenset({"start", "result"})
"""Pages that say less where they are large; the others are only larger."""


def page(request: Request, name: str, /, *, status: int = 200, **context: object) -> Response:
    """Return a page of this room by the name of its template."""
    large = name in LARGE and elder.of(request)
    template = f"verification/{'elder/' if large else ''}{name}.html"
    return templating.page(request, template, status=status, say=said, **context)


def said(code: str, /, **params: object) -> Said:
    """Return a text of the pages in both languages."""
    return Said(**texts.both("pages", code, **params))


def explained(error: Exception) -> tuple[int, Said]:
    """Return status and text of an error of ours that is told to the person who caused it."""
    problem = http_errors.problem_of(error)
    zh, en = (texts.explain(problem.text, lang, **problem.params) for lang in texts.LANGUAGES)
    return problem.status, Said(zh, en)
