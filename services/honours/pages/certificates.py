"""Pages of certificates: list and search, one certificate's history, replacing it.

A person is found by an exact identifier only, which is posted and so stands in no address and no
log; there is no search by name.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from identity.levels import Role
from services.accounts import browser
from services.accounts.browser import Visitor, VisitorDep
from services.audit import trail
from services.honours import (
    authority,
    bundles,
    certificate_view,
    intake,
    listings,
    persons,
    queries,
    replacing,
)
from services.honours.certificate_view import View
from services.honours.drafting import Order
from services.honours.dry_run import Accepted
from services.honours.pages import frame
from services.honours.titles import IDENTIFIERS, Field
from services.platform.errors import Invalid, NotFound, Refused
from services.platform.work import Runtime, Work
from services.web import paging
from services.web.deps import RuntimeDep
from services.web.forms import PostedDep
from services.web.http_errors import BASES

router = APIRouter(prefix="/certificates", include_in_schema=False)

_WHERE = {"identifier_needed": "identifier", "id_*": "identifier", "student_*": "identifier"}
_REPLACING = {"identifier_needed": "xjh"}
"""Fields that codes are about; their summary leads there."""

STATES = ("SIGNED", "ISSUED", "SUSPENDED", "REVOKED", "SUPERSEDED")


@router.get("")
def show_all(
    request: Request,
    visitor: VisitorDep,
    runtime: RuntimeDep,
    number: str = "",
    state: str = "",
    batch: str = "",
    page: int = 1,
) -> Response:
    """List certificates; find one by its number or the end of it."""
    wanted = "".join(number.split()).upper()
    chosen = {"number": wanted, "state": state if state in STATES else "", "batch_id": batch}
    return _list(request, visitor, runtime, chosen, page=page)


@router.post("")
def find_person(
    request: Request, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Find the certificates of one person by an exact identifier."""
    nothing = {"number": "", "state": "", "batch_id": ""}
    try:
        visitor.check(request, runtime, posted)
        kind = posted.text("kind")
        if kind not in {each.value for each in IDENTIFIERS} or not posted.text("identifier"):
            raise Invalid("identifier_needed")
        with runtime.reading() as work:
            institution_id = posted.text("institution")
            if institution_id not in authority.readable(work, visitor.operator):
                raise NotFound("institution_unknown")
            key = persons.key_of(work, Field(kind), posted.text("identifier"))
            index = persons.index(work, institution_id, key)
    except BASES as error:
        return _list(request, visitor, runtime, nothing, mistake=error)
    return _list(request, visitor, runtime, nothing, person=(institution_id, index))


@router.get("/{number}")
def show(
    request: Request, number: str, visitor: VisitorDep, runtime: RuntimeDep, code: bool = False
) -> Response:
    """Show a certificate and what happened to it; with `code`, also what its paper carries."""
    with runtime.reading() as work:
        view = _load(work, visitor, number)
        shown = bundles.open_certificate(work, number).code if code and view.claims else ""
        org = view.institution["name_zh"]
    _note(runtime, visitor, "code.read" if shown else "certificate.read", number)
    return browser.desk(
        request,
        visitor,
        "honours/certificate.html",
        current="nav_certificates",
        here=f"/certificates/{number}",
        org=org,
        view=view,
        code=shown,
        address=f"{runtime.settings.url}/v/{shown}" if shown else "",
    )


@router.get("/{number}/bundle")
def download(number: str, visitor: VisitorDep, runtime: RuntimeDep) -> Response:
    """Download the bundle with all disclosures, for the holder."""
    with runtime.reading() as work:
        _load(work, visitor, number)
    data = bundles.of_number(runtime, number)
    _note(runtime, visitor, "bundle.read", number)
    headers = {"Content-Disposition": f'attachment; filename="{number}.kexin.json"'}
    return Response(data, 200, headers, "application/json")


@router.get("/{number}/replace")
def ask_replacement(
    request: Request, number: str, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Show what a new certificate would state instead."""
    with runtime.reading() as work:
        view = _replaceable(work, visitor, number)
    assert view.claims is not None
    return _replacement(request, visitor, view, replacing.filled(view.claims))


@router.post("/{number}/replace")
def replace_it(
    request: Request, number: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Make a roster of one row of it, which goes the way of all rosters."""
    with runtime.reading() as work:
        view = _replaceable(work, visitor, number)
    given = {each.value: posted.text(each.value) for each in replacing.COLUMNS}

    def make() -> str:
        if not any(given[each.value] for each in IDENTIFIERS):
            raise Invalid("identifier_needed")
        sheet = replacing.sheet(number, given)
        order = _order(view, posted.text("note"))
        upload_id = intake.begin(runtime, visitor.operator, order, sheet.data, sheet.filename)
        return f"/rosters/{upload_id}"

    again = partial(_replacement, request, visitor, view, given)
    return browser.answer(request, visitor, runtime, posted, make, again)


def _list(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    chosen: Mapping[str, str],
    *,
    page: int = 1,
    person: tuple[str, bytes] | None = None,
    mistake: Exception | None = None,
) -> Response:
    with runtime.reading() as work:
        context = _found(work, visitor, chosen, page, person)
    _note(runtime, visitor, "certificates.read", f"page {page}")
    return browser.desk(
        request,
        visitor,
        "honours/certificates.html",
        current="nav_certificates",
        here="/certificates" if request.method == "POST" else None,
        kinds=tuple(each.value for each in IDENTIFIERS),
        states=STATES,
        chosen=chosen,
        by_person=person is not None,
        mistake=mistake,
        where=_WHERE,
        **context,
    )


def _found(
    work: Work,
    visitor: Visitor,
    chosen: Mapping[str, str],
    page: int,
    person: tuple[str, bytes] | None,
) -> dict[str, Any]:
    """Return what the list shows: of all that one may see, or of one person at one institution."""
    scopes = authority.readable(work, visitor.operator)
    within, index = (scopes, None) if person is None else ([person[0]], person[1])
    look = partial(
        listings.certificates,
        work.session,
        within,
        number=chosen["number"],
        state=chosen["state"],
        batch_id=chosen["batch_id"],
        person_index=index,
    )
    listed = paging.look_at(page, look)
    return {
        "listed": listed,
        "shown": certificate_view.listed(work, listed.rows),
        "names": frame.names(work, scopes),
        "org": frame.places(work, visitor),
    }


def _replacement(
    request: Request,
    visitor: Visitor,
    view: View,
    given: Mapping[str, str],
    *,
    mistake: Exception | None = None,
) -> Response:
    number = view.row["number"]
    return browser.desk(
        request,
        visitor,
        "honours/replace.html",
        current="nav_certificates",
        here=f"/certificates/{number}/replace",
        org=view.institution["name_zh"],
        view=view,
        given=given,
        columns=tuple(each.value for each in replacing.COLUMNS),
        identifiers=tuple(each.value for each in IDENTIFIERS),
        mistake=mistake,
        where=_REPLACING,
    )


def _order(view: View, note: str) -> Order:
    """Return what is said of the roster: all of it as when the old certificate was made."""
    batch = view.batch
    made = Order(
        programme_id=view.programme["id"],
        period=batch["period"],
        award_on=batch["award_on"],
        notice_place=batch["notice_place"],
        notice_from=batch["notice_from"],
        notice_to=batch["notice_to"],
        accepted=Accepted(),
        corrects=True,
    )
    return replace(made, note=note)


def _load(work: Work, visitor: Visitor, number: str) -> View:
    """Return a certificate of an institution that one works with."""
    row = queries.certificate(work.session, number)
    scopes = authority.readable(work, visitor.operator)
    if row is None or row["institution_id"] not in scopes:
        raise NotFound("certificate_unknown", number=number[:22])
    return certificate_view.view(work, number)


def _replaceable(work: Work, visitor: Visitor, number: str) -> View:
    view = _load(work, visitor, number)
    visitor.operator.require(Role.PREPARER, view.row["institution_id"])
    if view.claims is None:
        raise Refused("record_forgotten")
    return view


def _note(runtime: Runtime, visitor: Visitor, action: str, subject: str) -> None:
    with runtime.writing() as work:
        trail.record(work, actor=visitor.operator.id, action=action, object=subject)
