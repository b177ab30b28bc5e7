"""Pages of people and roles, for registrars of the node: who may do what, and new accounts."""

import base64
import json
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from identity.factors import totp
from identity.levels import Role
from services.accounts import browser, operators, people, queries
from services.accounts.browser import Visitor, VisitorDep
from services.accounts.operators import NODE, NewOperator
from services.platform.errors import Invalid
from services.platform.work import Runtime, Work
from services.web import forms
from services.web.deps import RuntimeDep
from services.web.forms import Posted, PostedDep
from services.web.http_errors import BASES

router = APIRouter(prefix="/operators", include_in_schema=False)

_WHERE = {
    "operator_incomplete": "login",
    "already_exists": "login",
    "document_number_missing": "document_number",
    "document_other_type": "document_number",
    "id_number_invalid": "document_number",
    "password_*": "password",
}
"""Fields that codes are about; their summary leads there."""

DOCUMENTS = ("resident_id", "passport", "other")
_FIELDS = ("login", "name", "document_type", "document_number", "role", "scope")


@router.get("")
def show_all(
    request: Request, visitor: VisitorDep, runtime: RuntimeDep, scope: str = ""
) -> Response:
    """List operators with their roles."""
    return _show(request, visitor, runtime, {**dict.fromkeys(_FIELDS, ""), "scope": scope})


@router.post("")
def create(
    request: Request, posted: PostedDep, visitor: VisitorDep, runtime: RuntimeDep
) -> Response:
    """Make an operator; the page that answers shows the seed, once."""
    given = {name: posted.text(name) for name in _FIELDS}

    def make() -> str:
        made = operators.create(runtime, _order(given, posted), by=visitor.operator.id)
        issuer = runtime.settings.node_name
        uri = totp.provisioning_uri(made.totp_seed, login=given["login"], issuer=issuer)
        return json.dumps({"edu_id": made.edu_id, "secret": _base32(made.totp_seed), "uri": uri})

    try:
        visitor.check(request, runtime, posted)
        visitor.operator.require(Role.REGISTRAR, NODE)
        # Kept sealed for who clicks twice; it stands in no address.
        told = forms.once(runtime, posted, actor=visitor.operator.id, make=make)
    except BASES as error:
        return _show(request, visitor, runtime, given, mistake=error)
    return browser.desk(
        request,
        visitor,
        "accounts/operator_made.html",
        current="nav_operators",
        here="/operators",
        given=given,
        **json.loads(told),
    )


@router.post("/{operator_id}/{act}")
def change(
    request: Request,
    operator_id: str,
    act: str,
    posted: PostedDep,
    visitor: VisitorDep,
    runtime: RuntimeDep,
) -> Response:
    """Give a role, or take one away."""
    acts: dict[str, Callable[..., None]] = {
        "grant": operators.grant,
        "withdraw": operators.withdraw,
    }

    def make() -> str:
        if act not in acts:
            raise Invalid("operator_incomplete")
        role, scope = _role(posted.text("role")), _scope(posted.text("scope"))
        with runtime.writing() as work:
            fresh = operators.again(work, visitor.operator)
            acts[act](work, fresh, operator_id, role, scope)
        return f"/operators#{quote(operator_id)}"

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
    if NODE not in visitor.operator.scopes(Role.REGISTRAR, Role.AUDITOR):
        visitor.operator.require(Role.REGISTRAR, NODE)
    scopes = request.app.state.layout.scopes
    with runtime.reading() as work:
        listed = [_line(work, row) for row in queries.operators(work.session)]
        named = scopes(work)
    return browser.desk(
        request,
        visitor,
        "accounts/operators.html",
        current="nav_operators",
        here="/operators",
        registrar=visitor.has_role(Role.REGISTRAR.value, NODE),
        listed=listed,
        scopes=named,
        names=dict(named),
        roles=tuple(role.value for role in Role),
        documents=DOCUMENTS,
        given=given,
        mistake=mistake,
        where=_WHERE,
    )


def _line(work: Work, row: queries.Row) -> dict[str, object]:
    roles = sorted(operators.checked(work, row).roles) if row["active"] else []
    return {
        "id": row["id"],
        "login": row["login"],
        "name": people.name(work, row["edu_id"]),
        "active": row["active"],
        "roles": roles,
    }


def _order(given: dict[str, str], posted: Posted) -> NewOperator:
    login = given["login"]
    if not login.isprintable() or not 0 < len(login) <= 64 or not given["name"]:
        raise Invalid("operator_incomplete")
    if given["document_type"] not in DOCUMENTS:
        raise Invalid("operator_incomplete")
    return NewOperator(
        login=login,
        name=given["name"],
        document_type=given["document_type"],
        document_number=given["document_number"],
        password=posted.fields.get("password", ("",))[0],
        roles=((_role(given["role"]), _scope(given["scope"])),) if given["role"] else (),
    )


def _base32(seed: bytes) -> str:
    return base64.b32encode(seed).decode().rstrip("=")


def _role(text: str) -> Role:
    if text not in set(Role):
        raise Invalid("operator_incomplete")
    return Role(text)


def _scope(text: str) -> str:
    if not text or len(text) > 40:
        raise Invalid("operator_incomplete")
    return text
