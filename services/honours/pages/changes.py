"""Pages of changes of status: one person asks for one certificate or many, another decides."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.accounts import browser, people
from services.accounts.browser import Visitor, VisitorDep
from services.honours import authority, batch_view, certificate_view, changes, listings, queries
from services.honours.pages import frame
from services.platform.errors import Invalid, NotFound, Refused
from services.platform.work import Runtime, Work
from services.web import paging
from services.web.deps import RuntimeDep, WorkDep
from services.web.forms import PostedDep

router = APIRouter(prefix="/changes", include_in_schema=False)

_WHERE = {
    "change_reason": "reason",
    "change_numbers": "numbers",
    "change_institutions": "numbers",
    "certificate_unknown": "numbers",
    "decision_missing": "decision",
    "sign_in_refused": "password",
}
"""Fields that codes are about; their summary leads there."""

SHOWN = 50
"""Certificates of a request that its page names."""
_LIVE = ("ISSUED", "SUSPENDED")


@router.get("")
def show_all(request: Request, visitor: VisitorDep, work: WorkDep, page: int = 1) -> Response:
    """List requests, the newest first."""
    scopes = authority.readable(work, visitor.operator)
    listed = paging.look_at(page, partial(listings.requests, work.session, scopes))
    return browser.desk(
        request,
        visitor,
        "honours/changes.html",
        current="nav_changes",
        org=frame.places(work, visitor),
        listed=listed,
        counts={row["id"]: len(changes.numbers_of(row)) for row in listed.rows},
        names=frame.names(work, {row["institution_id"] for row in listed.rows}),
        people=people.names(work, {row["preparer_edu_id"] for row in listed.rows}),
    )


@router.get("/new")
def ask(
    request: Request,
    visitor: VisitorDep,
    runtime: RuntimeDep,
    number: str = "",
    batch: str = "",
    action: str = "",
) -> Response:
    """Show the form, filled with one certificate or all live ones of a batch."""
    numbers = [number] if number else []
    if batch:
        with runtime.reading() as work:
            row = queries.batch(work.session, batch)
            scopes = authority.readable(work, visitor.operator)
            if row is not None and row["institution_id"] in scopes:
                numbers = list(listings.live_numbers(work.session, batch, _LIVE))
    given = {"action": action, "reason": "", "numbers": "\n".join(numbers)}
    return _form(request, visitor, given)


@router.post("")
def ask_for(
    request: Request, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Ask for a change."""
    given = {name: posted.text(name) for name in ("action", "reason", "numbers")}

    def make() -> str:
        lines = [
            "".join(line.split()).upper()
            for line in given["numbers"].replace("，", "\n").split("\n")
        ]
        numbers = list(dict.fromkeys(line for line in lines if line))
        with runtime.writing() as work:
            made = changes.ask(
                work,
                visitor.operator,
                action=given["action"],
                reason=given["reason"],
                numbers=numbers,
            )
        return f"/changes/{made}"

    again = partial(_form, request, visitor, given)
    return browser.answer(request, visitor, runtime, posted, make, again)


@router.get("/{request_id}")
def show(request: Request, request_id: str, visitor: VisitorDep, runtime: RuntimeDep) -> Response:
    """Show a request."""
    return _show(request, visitor, runtime, request_id)


@router.post("/{request_id}/decision")
def decide(
    request: Request, request_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Refuse a request, or approve it with both factors."""

    def make() -> str:
        with runtime.reading() as work:
            _load(work, visitor, request_id)
        match posted.text("decision"):
            case "refuse":
                with runtime.writing() as work:
                    changes.refuse(work, visitor.operator, request_id)
            case "approve":
                changes.approve(
                    runtime,
                    visitor.operator,
                    request_id,
                    password=posted.fields.get("password", ("",))[0],
                    code="".join(posted.text("code").split()),
                )
            case _:
                raise Invalid("decision_missing")
        return f"/changes/{request_id}"

    chosen = posted.text("decision")
    again = partial(_show, request, visitor, runtime, request_id, chosen=chosen)
    return browser.answer(request, visitor, runtime, posted, make, again)


def _show(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    request_id: str,
    *,
    chosen: str = "",
    mistake: Exception | None = None,
) -> Response:
    with runtime.reading() as work:
        context = _context(work, visitor, _load(work, visitor, request_id))
    return browser.desk(
        request,
        visitor,
        "honours/change.html",
        current="nav_changes",
        here=f"/changes/{request_id}",
        chosen=chosen,
        mistake=mistake,
        where=_WHERE,
        **context,
    )


def _context(work: Work, visitor: Visitor, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what the page of a request shows."""
    numbers = changes.numbers_of(row)
    found = queries.certificates_of(work.session, numbers[:SHOWN])
    may, ground = True, ""
    try:
        ground = authority.to_approve(work, visitor.operator, row).ground
    except Refused:
        may = False
    return {
        "row": row,
        "count": len(numbers),
        "listed": certificate_view.listed(work, [found[number] for number in numbers[:SHOWN]]),
        "preparer": people.name(work, row["preparer_edu_id"]),
        "decision": batch_view.decision(work, row["id"]),
        "deciding": may and row["state"] == changes.OPEN,
        "ground": ground,
        "org": frame.name_of(work, row["institution_id"]),
    }


def _form(
    request: Request,
    visitor: Visitor,
    given: Mapping[str, str],
    *,
    mistake: Exception | None = None,
) -> Response:
    return browser.desk(
        request,
        visitor,
        "honours/change_new.html",
        current="nav_changes",
        here="/changes/new",
        given=given,
        actions=tuple(changes.STATUSES),
        reasons=changes.REASONS,
        mistake=mistake,
        where=_WHERE,
    )


def _load(work: Work, visitor: Visitor, request_id: str) -> Mapping[Any, Any]:
    row = changes.load(work, request_id)
    if row["institution_id"] not in authority.readable(work, visitor.operator):
        raise NotFound("request_unknown")
    return row
