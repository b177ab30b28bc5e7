"""Pages of issuer records: one registrar proposes, another person publishes.

What a record will say stands on the page, beside what the newest one says: a registrar signs
what he has seen. Many are signed with one proof; what is refused for one stops no other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from crypto.provider import Use
from identity import issuer
from identity.levels import Role
from services.accounts import browser, people, sign_in
from services.accounts import queries as accounts_queries
from services.accounts.browser import Visitor, VisitorDep
from services.accounts.operators import NODE, Operator
from services.accounts.personal_keys import Opened
from services.platform.errors import Invalid
from services.platform.work import Runtime, Work
from services.registry import institutions, queries, records
from services.registry.records import Difference
from services.web.deps import RuntimeDep
from services.web.forms import Posted, PostedDep
from services.web.http_errors import BASES

router = APIRouter(prefix="/registry/records", include_in_schema=False)

_WHERE = {"sign_in_refused": "password"}
"""Fields that codes are about; their summary leads there."""

MOST = 200
LOOKED_AT = 300
"""Newest institutions that are compared with their records; any other is asked for by its page."""
Act = Callable[[Runtime, Operator, str, Opened], object]
_ACTS: dict[str, Act] = {"propose": records.propose, "publish": records.publish}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that waits for its second signature."""

    institution_id: str
    name: str
    registrar: str
    own: bool
    at: object
    differences: tuple[Difference, ...]


@router.get("")
def show(
    request: Request, visitor: VisitorDep, runtime: RuntimeDep, institution: str = ""
) -> Response:
    """Show what waits, and whose registry has moved on since the newest record."""
    return _show(request, visitor, runtime, institution=institution)


@router.post("/discard")
def discard(
    request: Request, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Throw a proposed record away."""

    def make() -> str:
        with runtime.writing() as work:
            records.discard(work, visitor.operator, posted.text("institution"))
        return "/registry/records"

    return _done(request, visitor, runtime, posted, make)


@router.post("/{act}")
def sign(
    request: Request, act: str, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Sign the chosen records: first, or as the second person."""
    refusals: list[Exception] = []

    def make() -> str:
        chosen = list(dict.fromkeys(posted.all("institution")))[:MOST]
        if not chosen or act not in _ACTS:
            raise Invalid("records_none_chosen")
        key = sign_in.open_personal_key(
            runtime,
            visitor.operator,
            posted.fields.get("password", ("",))[0],
            "".join(posted.text("code").split()),
            use=Use.REGISTRAR,
            typ=issuer.TYP,
        )
        for institution_id in chosen:
            try:
                _ACTS[act](runtime, visitor.operator, institution_id, key)
            except BASES as error:
                refusals.append(error)
        if refusals:
            raise refusals[0]
        return "/registry/records"

    return _done(request, visitor, runtime, posted, make)


def _done(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    posted: Posted,
    make: Callable[[], str],
) -> Response:
    again = partial(_show, request, visitor, runtime)
    return browser.answer(request, visitor, runtime, posted, make, again)


def _show(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    *,
    institution: str = "",
    mistake: Exception | None = None,
) -> Response:
    visitor.operator.require(Role.REGISTRAR, NODE)
    with runtime.reading() as work:
        waiting = [_waiting(work, visitor, row) for row in queries.drafts(work.session)]
        taken = {each.institution_id for each in waiting}
        due = [
            (row["id"], row["name_zh"], records.differences(work, row["id"]))
            for row in _looked_at(work, institution)
            if row["id"] not in taken and records.outdated(work, row["id"])
        ]
    return browser.desk(
        request,
        visitor,
        "registry/records.html",
        current="nav_records",
        here="/registry/records",
        waiting=waiting,
        due=due,
        mistake=mistake,
        where=_WHERE,
    )


def _looked_at(work: Work, institution: str) -> Sequence[queries.Row]:
    """Return one institution, or the newest ones: to compare a province would take minutes."""
    if institution:
        return queries.some_institutions(work.session, [institution])
    return queries.institutions(work.session)[-LOOKED_AT:]


def _waiting(work: Work, visitor: Visitor, row: queries.Row) -> Waiting:
    operator = accounts_queries.operator(work.session, row["registrar"])
    edu_id = "" if operator is None else operator["edu_id"]
    return Waiting(
        row["institution_id"],
        institutions.load(work, row["institution_id"])["name_zh"],
        people.name(work, edu_id) if edu_id else "",
        edu_id == visitor.operator.edu_id,
        row["created_at"],
        tuple(records.differences(work, row["institution_id"])),
    )
