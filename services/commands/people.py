"""kexin login, logout, operators: who acts at this terminal, and who may."""

import base64
from pathlib import Path

import click

from identity.factors import totp
from identity.levels import Role
from services.accounts import operators as people
from services.accounts import queries, sign_in
from services.accounts.operators import NODE, SYSTEM, NewOperator
from services.commands import entry, speech
from services.commands.entry import AS_JSON, with_proof
from services.platform.errors import NotFound
from services.platform.work import Runtime, Work

DOCUMENT_TYPES = ("resident_id", "other")
FEWEST_REGISTRARS = 2
ROLE_METAVAR = "ROLE@SCOPE"


def read_role(ctx: click.Context, param: click.Parameter, value: str) -> tuple[Role, str]:
    """Return role and scope of `approver@inst_…`; without a scope it is one of the node."""
    role, _, scope = value.partition("@")
    if role not in {each.value for each in Role}:
        listed = ", ".join(Role)
        raise click.BadParameter(speech.line("role_form", roles=listed), ctx, param)
    return Role(role), scope or NODE


def read_roles(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[Role, str], ...]:
    """Return several of them."""
    return tuple(read_role(ctx, param, value) for value in values)


@click.command(help=speech.text("help_login"))
@click.option("--login", "name", help=speech.line("option_login"))
@with_proof
@AS_JSON
def login(name: str | None, password_file: Path | None, code: str | None, as_json: bool) -> None:
    """Sign in at this terminal; whoever was signed in here before is signed out."""
    loaded = entry.settings()
    with entry.runtime(loaded) as runtime:
        name = name or click.prompt(speech.line("ask_login"), err=True)
        proof = entry.ask_proof(password_file, code)
        signed_in = sign_in.sign_in(runtime, name, proof.password, proof.code)
        before = entry.remembered(loaded)
        entry.remember(loaded, signed_in.token)
        if before is not None:
            sign_in.sign_out(runtime, before)
        roles = [f"{role}@{scope}" for role, scope in sorted(signed_in.operator.roles)]
        speech.show({"login": name, "roles": roles}, as_json=as_json, code="signed_in")


@click.command(help=speech.text("help_logout"))
@AS_JSON
def logout(as_json: bool) -> None:
    """End this terminal's sign-in."""
    loaded = entry.settings()
    token = entry.remembered(loaded)
    if token is not None:
        with entry.runtime(loaded) as runtime:
            sign_in.sign_out(runtime, token)
    entry.remember(loaded, None)
    speech.done({"signed_in": False}, as_json=as_json)


@click.group(cls=speech.Group, help=speech.text("help_operators"))
def operators() -> None:
    """Be the group."""


@operators.command("list", help=speech.text("help_operators_list"))
@AS_JSON
def list_(as_json: bool) -> None:
    """List the operators with their roles."""
    with entry.runtime() as runtime:
        entry.operator(runtime).require(Role.AUDITOR, NODE)
        with runtime.reading() as work:
            for row in queries.operators(work.session):
                roles = people.checked(work, row).roles if row["active"] else frozenset()
                listed = [f"{role}@{scope}" for role, scope in sorted(roles)]
                result = {
                    "id": row["id"],
                    "login": row["login"],
                    "edu_id": row["edu_id"],
                    "active": row["active"],
                    "roles": listed,
                }
                speech.show(result, as_json=as_json, code="operator_line")


@operators.command("create", help=speech.text("help_operators_create"))
@click.argument("login_name", metavar="LOGIN")
@click.option("--name", required=True, help=speech.line("option_name"))
@click.option(
    "--document-type",
    type=click.Choice(DOCUMENT_TYPES),
    default=DOCUMENT_TYPES[0],
    show_default=True,
    help=speech.line("option_document_type"),
)
@entry.secret_file("--document-number-file", "option_document_number_file")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    callback=read_roles,
    metavar=ROLE_METAVAR,
    help=speech.line("option_role"),
)
@entry.secret_file("--new-password-file", "option_new_password_file")
@AS_JSON
def create(
    login_name: str,
    name: str,
    document_type: str,
    document_number_file: Path | None,
    roles: tuple[tuple[Role, str], ...],
    new_password_file: Path | None,
    as_json: bool,
) -> None:
    """Make an operator; the first registrars of a new node need no sign-in."""
    with entry.runtime() as runtime:
        by = _creator(runtime, roles)
        order = NewOperator(
            login=login_name,
            name=name,
            document_type=document_type,
            document_number=entry.secret(document_number_file, "ask_document"),
            password=entry.secret(new_password_file, "ask_new_password", confirm=True),
            roles=roles,
        )
        made = people.create(runtime, order, by=by)
        uri = totp.provisioning_uri(made.totp_seed, login=login_name, issuer="Kexin")
        secret = base64.b32encode(made.totp_seed).decode()
        result = {"id": made.id, "edu_id": made.edu_id, "totp_secret": secret, "totp_uri": uri}
        speech.show(result, as_json=as_json, code="operator_created")
        if not as_json:
            click.echo(uri)


@operators.command("grant", help=speech.text("help_operators_grant"))
@click.argument("login_name", metavar="LOGIN")
@click.argument("role", callback=read_role, metavar=ROLE_METAVAR)
@AS_JSON
def grant(login_name: str, role: tuple[Role, str], as_json: bool) -> None:
    """Give somebody else a role."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            people.grant(work, actor, _id_of(work, login_name), *role)
    speech.done({"login": login_name, "granted": "@".join(role)}, as_json=as_json)


@operators.command("withdraw", help=speech.text("help_operators_withdraw"))
@click.argument("login_name", metavar="LOGIN")
@click.argument("role", callback=read_role, metavar=ROLE_METAVAR)
@AS_JSON
def withdraw(login_name: str, role: tuple[Role, str], as_json: bool) -> None:
    """Take a role away."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            people.withdraw(work, actor, _id_of(work, login_name), *role)
    speech.done({"login": login_name, "withdrawn": "@".join(role)}, as_json=as_json)


def _creator(runtime: Runtime, roles: tuple[tuple[Role, str], ...]) -> str:
    """Return who makes an operator: the system while there are not yet two registrars.

    Without a sign-in only the node's own roles are given: whoever can do this at a new node
    already holds its master key.
    """
    with runtime.reading() as work:
        begun = len(queries.keys_of_use(work.session, "registrar")) >= FEWEST_REGISTRARS
    if not begun and all(scope == NODE for _, scope in roles):
        return SYSTEM
    actor = entry.operator(runtime)
    actor.require(Role.REGISTRAR, NODE)
    return actor.id


def _id_of(work: Work, login_name: str) -> str:
    row = queries.operator_by_login(work.session, login_name)
    if row is None:
        raise NotFound("operator_unknown")
    return str(row["id"])
