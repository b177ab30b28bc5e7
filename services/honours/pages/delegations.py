"""Pages of delegations: an approver lends his right for some days, and ends it."""

from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from identity import instants
from identity.levels import Role
from services.accounts import browser, delegations, people, sign_in
from services.accounts import queries as accounts_queries
from services.accounts.browser import Visitor, VisitorDep
from services.accounts.delegations import LONGEST, REASONS, NewDelegation
from services.honours import listings, programmes, queries
from services.honours.pages import frame
from services.platform import clock
from services.platform.errors import Invalid
from services.platform.work import Runtime, Work
from services.registry import institutions
from services.web.deps import RuntimeDep
from services.web.forms import PostedDep

router = APIRouter(prefix="/delegations", include_in_schema=False)

_WHERE = {
    "delegation_to_oneself": "to",
    "delegation_reason": "reason",
    "delegation_dates": "until",
    "programme_other_institution": "within",
    "sign_in_refused": "password",
}
"""Fields that codes are about; their summary leads there."""

_FIELDS = ("scope", "within", "to", "reason", "from", "until")


@router.get("")
def show(request: Request, visitor: VisitorDep, runtime: RuntimeDep, scope: str = "") -> Response:
    """List delegations, and show the form of a new one to approvers."""
    given = {**dict.fromkeys(_FIELDS, ""), "scope": scope}
    return _show(request, visitor, runtime, given)


@router.post("")
def lend(request: Request, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep) -> Response:
    """Lend the right to approve, after proving both factors."""
    given = {name: posted.text(name) for name in _FIELDS}

    def make() -> str:
        order = _order(runtime, given)
        code = "".join(posted.text("code").split())
        password = posted.fields.get("password", ("",))[0]
        sign_in.prove(runtime, visitor.operator, password, code)
        with runtime.writing() as work:
            made = delegations.lend(work, visitor.operator, order)
        return f"/delegations#{made}"

    again = partial(_show, request, visitor, runtime, given)
    return browser.answer(request, visitor, runtime, posted, make, again)


@router.post("/{delegation_id}/end")
def end(
    request: Request,
    delegation_id: str,
    posted: PostedDep,
    visitor: VisitorDep,
    runtime: RuntimeDep,
) -> Response:
    """End a delegation before its day."""

    def make() -> str:
        with runtime.writing() as work:
            delegations.end(work, visitor.operator, delegation_id)
        return "/delegations"

    again = partial(_show, request, visitor, runtime, dict.fromkeys(_FIELDS, ""))
    return browser.answer(request, visitor, runtime, posted, make, again)


def _show(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    given: dict[str, str],
    *,
    mistake: Exception | None = None,
) -> Response:
    with runtime.reading() as work:
        context = _context(work, visitor, given["scope"])
    return browser.desk(
        request,
        visitor,
        "honours/delegations.html",
        current="nav_delegations",
        here="/delegations",
        given=given,
        reasons=REASONS,
        longest=LONGEST.days,
        mistake=mistake,
        where=_WHERE,
        **context,
    )


def _context(work: Work, visitor: Visitor, wanted: str) -> dict[str, Any]:
    """Return what the page shows, with the form for the wanted institution if it is one's own."""
    own = sorted(visitor.operator.scopes(Role.APPROVER))
    scope = wanted if wanted in own else next(iter(own), "")
    seen = sorted({*own, *visitor.operator.scopes(Role.PREPARER), *_lent_scopes(work, visitor)})
    found = delegations.in_scopes(work, seen)
    persons = {row[name] for row in found for name in ("from_edu_id", "to_edu_id")}
    return {
        "found": found,
        "used": {row["id"]: listings.approvals_under(work.session, row["id"]) for row in found},
        "names": frame.names(work, seen),
        "people": people.names(work, persons),
        "programmes": {row["id"]: row["name"] for row in queries.programmes(work.session, seen)},
        "own": own,
        "scope": scope,
        "colleagues": _colleagues(work, visitor, scope) if scope else [],
        "now": work.now,
        "org": frame.places(work, visitor),
    }


def _lent_scopes(work: Work, visitor: Visitor) -> set[str]:
    return {row["scope"] for row in delegations.to_operator(work, visitor.operator)}


def _colleagues(work: Work, visitor: Visitor, scope: str) -> list[tuple[str, str]]:
    """Return who may be lent a right in an institution: its people and those above it."""
    superior = institutions.load(work, scope)["superior_id"]
    scopes = [scope] if superior is None else [scope, superior]
    rows = accounts_queries.operators_in(work.session, scopes)
    others = [row for row in rows if row["edu_id"] != visitor.operator.edu_id]
    names = people.names(work, {row["edu_id"] for row in others})
    return [(row["id"], f"{names[row['edu_id']]} ({row['login']})") for row in others]


def _order(runtime: Runtime, given: dict[str, str]) -> NewDelegation:
    try:
        first, last = instants.read_day(given["from"]), instants.read_day(given["until"])
    except ValueError as error:
        raise Invalid("delegation_dates", days=LONGEST.days) from error
    midnight = time(tzinfo=clock.SHANGHAI)
    starts = datetime.combine(first, midnight).astimezone(UTC)
    ends = datetime.combine(last + timedelta(days=1), midnight).astimezone(UTC)
    within = given["within"] or None
    if within is not None:
        with runtime.reading() as work:
            if programmes.load(work, within)["institution_id"] != given["scope"]:
                raise Invalid("programme_other_institution")
    return NewDelegation(
        Role.APPROVER, given["scope"], within, given["to"], given["reason"], starts, ends
    )
