"""Pages of batches: the list, one batch with its steps, and the approver's decision."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.accounts import browser
from services.accounts.browser import Visitor, VisitorDep
from services.audit import trail
from services.honours import approving, authority, batch_view, listings, programmes
from services.honours.pages import frame
from services.platform.errors import Invalid, NotFound
from services.platform.work import Runtime, Work
from services.web import paging
from services.web.deps import RuntimeDep, WorkDep
from services.web.forms import Posted, PostedDep

router = APIRouter(prefix="/batches", include_in_schema=False)

_WHERE = {
    "decision_missing": "decision",
    "reason_missing": "why",
    "sign_in_refused": "password",
}
"""Fields that codes are about; their summary leads there."""

FILTERS = {
    "open": (approving.DRAFT,),
    "running": (approving.APPROVED,),
    "done": (approving.DONE,),
    "ended": (approving.RETURNED, approving.WITHDRAWN),
}


@router.get("")
def show_all(
    request: Request,
    visitor: VisitorDep,
    work: WorkDep,
    state: str = "",
    programme: str = "",
    page: int = 1,
) -> Response:
    """List batches, the newest first."""
    look = partial(
        listings.batches,
        work.session,
        authority.readable(work, visitor.operator),
        states=FILTERS.get(state, ()),
        programme_id=programme or None,
    )
    listed = paging.look_at(page, look)
    named = programmes.load(work, programme)["name"] if programme else ""
    return browser.desk(
        request,
        visitor,
        "honours/batches.html",
        current="nav_batches",
        org=frame.places(work, visitor),
        listed=listed,
        names=frame.names(work, {row["institution_id"] for row in listed.rows}),
        filters=tuple(FILTERS),
        state=state,
        programme=programme,
        programme_name=named,
    )


@router.get("/{batch_id}")
def show(
    request: Request, batch_id: str, visitor: VisitorDep, runtime: RuntimeDep, page: int = 1
) -> Response:
    """Show a batch: how far it is, what it states, what one may do."""
    return _show(request, visitor, runtime, batch_id, page=page)


@router.get("/{batch_id}/progress")
def show_progress(request: Request, batch_id: str, visitor: VisitorDep, work: WorkDep) -> Response:
    """Show only how far it is, for a page that looks again."""
    batch = _load(work, visitor, batch_id)
    return browser.bare(
        request,
        "honours/batch_progress.html",
        batch=batch,
        counts=batch_view.counts(work, batch),
        decision=batch_view.decision(work, batch_id),
        every=work.settings.anchor_every_seconds,
    )


@router.post("/{batch_id}/decision")
def decide(
    request: Request, batch_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Return a draft to its preparer, or approve it with both factors."""

    def make() -> str:
        with runtime.reading() as work:
            _load(work, visitor, batch_id)
        match posted.text("decision"):
            case "return":
                with runtime.writing() as work:
                    approving.send_back(work, visitor.operator, batch_id, posted.text("why"))
            case "approve":
                approving.approve(
                    runtime,
                    visitor.operator,
                    batch_id,
                    password=posted.fields.get("password", ("",))[0],
                    code="".join(posted.text("code").split()),
                )
            case _:
                raise Invalid("decision_missing")
        return f"/batches/{batch_id}"

    return _done(request, visitor, runtime, posted, batch_id, make)


@router.post("/{batch_id}/withdraw")
def withdraw(
    request: Request, batch_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Take a draft back as its preparer."""

    def make() -> str:
        with runtime.writing() as work:
            _load(work, visitor, batch_id)
            approving.withdraw(work, visitor.operator, batch_id)
        return f"/batches/{batch_id}"

    return _done(request, visitor, runtime, posted, batch_id, make)


@router.post("/{batch_id}/resume")
def resume(
    request: Request, batch_id: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Go on with a batch whose job gave up."""

    def make() -> str:
        with runtime.writing() as work:
            _load(work, visitor, batch_id)
            approving.resume(work, visitor.operator, batch_id)
        return f"/batches/{batch_id}"

    return _done(request, visitor, runtime, posted, batch_id, make)


def _done(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    posted: Posted,
    batch_id: str,
    make: Callable[[], str],
) -> Response:
    """Do something once and lead back to the batch, or show it with what is wrong."""
    again = partial(_show, request, visitor, runtime, batch_id, posted=posted)
    return browser.answer(request, visitor, runtime, posted, make, again)


def _show(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    batch_id: str,
    *,
    page: int = 1,
    posted: Posted | None = None,
    mistake: Exception | None = None,
) -> Response:
    with runtime.reading() as work:
        context = _context(work, visitor, _load(work, visitor, batch_id), page)
    with runtime.writing() as work:
        trail.record(
            work,
            actor=visitor.operator.id,
            action="batch.read",
            object=batch_id,
            page=page,
            samples=len(context["samples"]),
        )
    return browser.desk(
        request,
        visitor,
        "honours/batch.html",
        current="nav_batches",
        here=f"/batches/{batch_id}",
        chosen=posted.text("decision") if posted else "",
        why=posted.text("why") if posted else "",
        mistake=mistake,
        where=_WHERE,
        **context,
    )


def _context(work: Work, visitor: Visitor, batch: Mapping[Any, Any], page: int) -> dict[str, Any]:
    """Return what the page of a batch shows."""
    view = batch_view.view(work, visitor.operator, batch)
    deciding = view.may is not None and batch["state"] == approving.DRAFT
    return {
        "view": view,
        "batch": batch,
        "counts": view.counts,
        "decision": view.decision,
        "listed": batch_view.page(work, batch, page),
        "deciding": deciding,
        "samples": batch_view.samples(work, batch) if deciding else [],
        "differences": batch_view.differences(work, batch) if deciding else None,
        "every": work.settings.anchor_every_seconds,
        "org": view.institution["name_zh"],
    }


def _load(work: Work, visitor: Visitor, batch_id: str) -> Mapping[Any, Any]:
    """Return a batch of an institution that one works with; any other is as unknown as none."""
    batch = approving.load(work, batch_id)
    if batch["institution_id"] not in authority.readable(work, visitor.operator):
        raise NotFound("batch_unknown")
    return batch
