"""/docs: the routes of the API as a plain page. What a program needs is /openapi.json.

The usual viewers load scripts from other hosts, which our pages may not; a list does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.web import templating

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked."""

    method: str
    path: str
    text: str
    statuses: tuple[str, ...]
    signed_in: bool
    keyed: bool


@router.get("/docs")
def docs(request: Request) -> Response:
    """List the operations by tag."""
    operations = groups(request.app.openapi())
    return templating.page(request, "web/api.html", groups=operations)


def groups(document: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """Return the operations of an OpenAPI document by their first tag."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, each in methods.items():
            operation = Operation(
                method=method.upper(),
                path=path,
                text=each.get("description", ""),
                statuses=tuple(sorted(each["responses"])),
                signed_in="security" in each,
                keyed=any(one["name"] == "idempotency-key" for one in each.get("parameters", ())),
            )
            found.setdefault(each.get("tags", ["other"])[0], []).append(operation)
    return found
