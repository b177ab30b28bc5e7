"""Pages of institutions: what the registry says of each, and how a registrar changes it.

Nothing here binds anybody outside until two registrars sign a new issuer record: the page says so
whenever the newest record says something else than the registry.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from identity import instants
from identity.credential_types import HONOUR
from identity.levels import InstitutionKind, Role, grantable
from services.accounts import browser
from services.accounts.browser import Visitor, VisitorDep
from services.accounts.operators import NODE
from services.platform import clock
from services.platform.errors import Invalid, NotFound
from services.platform.work import Runtime, Work
from services.registry import institutions, keys, queries, records
from services.registry.institutions import NewAccreditation, NewInstitution
from services.web import paging
from services.web.deps import RuntimeDep, WorkDep
from services.web.forms import Posted, PostedDep

router = APIRouter(prefix="/registry/institutions", include_in_schema=False)

_WHERE = {
    "institution_kind": "kind",
    "institution_incomplete": "name_zh",
    "glyph_missing": "name_zh",
    "code_taken": "code",
    "code_same": "code",
    "school_code_invalid": "code",
    "region_invalid": "region",
    "uscc_invalid": "uscc",
    "superior_unknown": "superior_id",
    "accreditation_day": "valid_to",
}
"""Fields that codes are about; their summary leads there."""

_FIELDS = ("kind", "name_zh", "name_en", "region", "code", "uscc", "telephone", "superior_id")

Act = Callable[[Work, Visitor, str, Posted], None]


@router.get("")
def show_all(
    request: Request, visitor: VisitorDep, work: WorkDep, name: str = "", page: int = 1
) -> Response:
    """List institutions; all of them for people of the node."""
    found = [row for row in queries.institutions(work.session) if _may_see(visitor, row["id"])]
    if name:
        found = [row for row in found if name in row["name_zh"]]
    listed = paging.part_of(found, page)
    return browser.desk(
        request,
        visitor,
        "registry/institutions.html",
        current="nav_registry",
        listed=listed,
        codes={row["id"]: _code(work, row["id"]) for row in listed.rows},
        name=name,
    )


@router.get("/new")
def ask(request: Request, visitor: VisitorDep, runtime: RuntimeDep) -> Response:
    """Show the form of a new institution."""
    return _form(request, visitor, runtime, dict.fromkeys(_FIELDS, ""))


@router.post("")
def create(
    request: Request, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Register an institution."""
    given = {name: posted.text(name) for name in _FIELDS}

    def make() -> str:
        if given["kind"] not in set(InstitutionKind):
            raise Invalid("institution_kind")
        if not given["name_zh"] or not given["telephone"]:
            raise Invalid("institution_incomplete")
        order = NewInstitution(
            kind=InstitutionKind(given["kind"]),
            name_zh=given["name_zh"],
            name_en=given["name_en"] or None,
            region=given["region"],
            code=given["code"],
            uscc=given["uscc"] or None,
            telephone=given["telephone"],
            superior_id=given["superior_id"] or None,
        )
        with runtime.writing() as work:
            made = institutions.create(work, visitor.operator, order)
        return f"/registry/institutions/{made}"

    again = partial(_form, request, visitor, runtime, given)
    return browser.answer(request, visitor, runtime, posted, make, again)


@router.get("/{institution_id}")
def show(
    request: Request, institution_id: str, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Show an institution with its codes, keys, accreditations and records."""
    return _show(request, visitor, runtime, institution_id)


@router.post("/{institution_id}/{act}")
def change(
    request: Request,
    institution_id: str,
    act: str,
    posted: PostedDep,
    visitor: VisitorDep,
    runtime: RuntimeDep,
) -> Response:
    """Change something of an institution."""
    if act not in _ACTS:
        raise NotFound("institution_unknown")

    def make() -> str:
        with runtime.writing() as work:
            _ACTS[act](work, visitor, institution_id, posted)
        return f"/registry/institutions/{institution_id}"

    again = partial(_show, request, visitor, runtime, institution_id)
    return browser.answer(request, visitor, runtime, posted, make, again)


def _accredit(work: Work, visitor: Visitor, institution_id: str, posted: Posted) -> None:
    until = posted.text("valid_to")
    order = NewAccreditation(
        HONOUR.name, posted.all("level"), work.now, _end_of(until) if until else None
    )
    institutions.accredit(work, visitor.operator, institution_id, order)


def _retire(work: Work, visitor: Visitor, institution_id: str, posted: Posted) -> None:
    known = {row["kid"] for row in queries.institution_keys(work.session, institution_id)}
    if posted.text("kid") not in known:
        raise NotFound("key_unknown")
    keys.retire_issuer_key(work, visitor.operator, posted.text("kid"))


def _make_key(work: Work, visitor: Visitor, institution_id: str, posted: Posted) -> None:
    keys.make_issuer_key(work, visitor.operator, institution_id)


def _recode(work: Work, visitor: Visitor, institution_id: str, posted: Posted) -> None:
    institutions.recode(work, visitor.operator, institution_id, posted.text("code"))


def _close(work: Work, visitor: Visitor, institution_id: str, posted: Posted) -> None:
    institutions.close(work, visitor.operator, institution_id)


def _reopen(work: Work, visitor: Visitor, institution_id: str, posted: Posted) -> None:
    institutions.reopen(work, visitor.operator, institution_id)


def _unaccredit(work: Work, visitor: Visitor, institution_id: str, posted: Posted) -> None:
    institutions.end_accreditation(
        work, visitor.operator, institution_id, posted.text("accreditation")
    )


_ACTS: dict[str, Act] = {
    "accredit": _accredit,
    "unaccredit": _unaccredit,
    "key": _make_key,
    "retire": _retire,
    "recode": _recode,
    "close": _close,
    "reopen": _reopen,
}


def _show(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    institution_id: str,
    *,
    mistake: Exception | None = None,
) -> Response:
    if not _may_see(visitor, institution_id):
        raise NotFound("institution_unknown")
    with runtime.reading() as work:
        row = institutions.load(work, institution_id)
        superior = row["superior_id"]
        context = {
            "row": row,
            "superior": None if superior is None else institutions.load(work, superior),
            "codes": institutions.code_history(work, row),
            "keys": keys.issuer_keys(work, row),
            "accreditations": institutions.accreditations(work, row),
            "published": queries.records(work.session, institution_id),
            "waiting": queries.draft(work.session, institution_id),
            "outdated": records.outdated(work, institution_id),
            "levels": grantable(InstitutionKind(row["kind"])),
            "now": work.now,
        }
    return browser.desk(
        request,
        visitor,
        "registry/institution.html",
        current="nav_registry",
        here=f"/registry/institutions/{institution_id}",
        registrar=visitor.has_role(Role.REGISTRAR.value, NODE),
        mistake=mistake,
        where=_WHERE,
        **context,
    )


def _form(
    request: Request,
    visitor: Visitor,
    runtime: Runtime,
    given: dict[str, str],
    *,
    mistake: Exception | None = None,
) -> Response:
    visitor.operator.require(Role.REGISTRAR, NODE)
    with runtime.reading() as work:
        above = [
            (row["id"], row["name_zh"])
            for row in queries.institutions(work.session)
            if row["kind"] != InstitutionKind.SCHOOL.value
        ]
    return browser.desk(
        request,
        visitor,
        "registry/institution_new.html",
        current="nav_registry",
        here="/registry/institutions/new",
        given=given,
        kinds=tuple(kind.value for kind in InstitutionKind),
        above=above,
        mistake=mistake,
        where=_WHERE,
    )


def _may_see(visitor: Visitor, institution_id: str) -> bool:
    scopes = {scope for _, scope in visitor.operator.roles}
    return NODE in scopes or institution_id in scopes


def _code(work: Work, institution_id: str) -> str:
    found = [
        each["code"]
        for each in institutions.code_history(work, institutions.load(work, institution_id))
        if not each["valid_to"]
    ]
    return str(found[0]) if found else ""


def _end_of(text: str) -> datetime:
    try:
        last = instants.read_day(text)
    except ValueError as error:
        raise Invalid("accreditation_day") from error
    midnight = time(tzinfo=clock.SHANGHAI)
    return datetime.combine(last + timedelta(days=1), midnight).astimezone(UTC)
