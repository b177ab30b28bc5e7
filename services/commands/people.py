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
from services.platform.errors import Refused
from services.platform.work import Runtime


@click.command(help=speech.text("help_login"))
@click.option("--login", "name", help=speech.line("option_login"))
@with_proof
@AS_JSON
def login(name: str | None, password_file: Path | None, code: str | None, as_json: bool) -> None:
    """Sign in at this terminal."""
    loaded = entry.settings()
    with entry.runtime(loaded) as runtime:
        name = name or click.prompt(speech.line("ask_login"), err=True)
        proof = entry.ask_proof(password_file, code)
        signed_in = sign_in.sign_in(runtime, name, proof.password, proof.code)
        entry.remember(loaded, signed_in.token)
        roles = [f"{role}@{scope}" for role, scope in sorted(signed_in.operator.roles)]
        result = {"login": name, "roles": ", ".join(roles)}
        speech.show(result, as_json=as_json, code="signed_in")


@click.command(help=speech.text("help_logout"))
def logout() -> None:
    """End this terminal's sign-in."""
    loaded = entry.settings()
    token = entry.remembered(loaded)
    if token is not None:
        with entry.runtime(loaded) as runtime:
            sign_in.sign_out(runtime, token)
    entry.remember(loaded, None)


@click.group(help=speech.text("help_operators"))
def operators() -> None:
    """Be the group."""


@operators.command("list", help=speech.text("help_operators_list"))
@AS_JSON
def list_(as_json: bool) -> None:
    """List the operators with their roles."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        actor.require(Role.AUDITOR, NODE)
        with runtime.reading() as work:
            for row in queries.operators(work.session):
                roles = people.checked(work, row).roles if row["active"] else frozenset()
                listed = [f"{role}@{scope}" for role, scope in sorted(roles)]
                result = {"id": row["id"], "login": row["login"], "roles": ", ".join(listed)}
                speech.show(result, as_json=as_json, code="operator_line")


@operators.command("create", help=speech.text("help_operators_create"))
@click.argument("login_name")
@click.option("--name", required=True, help=speech.line("option_name"))
@click.option("--document-type", default="resident_id", show_default=True)
@click.option("--document-number", prompt=speech.line("ask_document"), hide_input=True)
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    metavar="ROLE@SCOPE",
    help=speech.line("option_role"),
)
@click.option(
    "--new-password",
    prompt=speech.line("ask_new_password"),
    hide_input=True,
    confirmation_prompt=True,
)
@AS_JSON
def create(
    login_name: str,
    name: str,
    document_type: str,
    document_number: str,
    roles: tuple[str, ...],
    new_password: str,
    as_json: bool,
) -> None:
    """Make an operator; the first two of a new node need no sign-in."""
    with entry.runtime() as runtime:
        by = _creator(runtime)
        order = NewOperator(
            login=login_name,
            name=name,
            document_type=document_type,
            document_number=document_number,
            password=new_password,
            roles=tuple(_role(each) for each in roles),
        )
        made = people.create(runtime, order, by=by)
        uri = totp.provisioning_uri(made.totp_seed, login=login_name, issuer="Kexin")
        secret = base64.b32encode(made.totp_seed).decode()
        result = {"id": made.id, "edu_id": made.edu_id, "totp_secret": secret, "totp_uri": uri}
        speech.show(result, as_json=as_json, code="operator_created")


def _creator(runtime: Runtime) -> str:
    """Return who makes an operator: the system while there are not yet two registrars."""
    with runtime.reading() as work:
        if len(queries.keys_of_use(work.session, "registrar")) < 2:
            return SYSTEM
    actor = entry.operator(runtime)
    actor.require(Role.REGISTRAR, NODE)
    return actor.id


def _role(text: str) -> tuple[Role, str]:
    role, _, scope = text.partition("@")
    try:
        return Role(role), scope or NODE
    except ValueError as error:
        raise Refused("role_unknown", role=role[:20], scope=scope[:40]) from error
