"""kexin institutions, kexin keys: what the registrars of a node do."""

from collections.abc import Callable
from pathlib import Path

import click

from crypto.provider import Use
from identity import issuer
from identity.credential_types import HONOUR
from identity.levels import InstitutionKind, Role
from services.accounts import sign_in
from services.accounts.operators import NODE, Operator
from services.accounts.personal_keys import Opened
from services.commands import entry, speech
from services.commands.entry import AS_JSON, with_proof
from services.platform.work import Runtime, Work
from services.registry import institutions as registry
from services.registry import keys as registry_keys
from services.registry import queries, records
from services.registry.institutions import NewAccreditation, NewInstitution


@click.group(help=speech.text("help_institutions"))
def institutions() -> None:
    """Be the group."""


@institutions.command("list", help=speech.text("help_institutions_list"))
@AS_JSON
def list_(as_json: bool) -> None:
    """List the institutions of this node."""
    with entry.runtime() as runtime:
        entry.operator(runtime)
        with runtime.reading() as work:
            for row in queries.institutions(work.session):
                record = queries.newest_record(work.session, row["id"])
                result = {
                    "id": row["id"],
                    "name": row["name_zh"],
                    "kind": row["kind"],
                    "state": row["state"],
                    "record": None if record is None else record["seq"],
                }
                speech.show(result, as_json=as_json, code="institution_line")


@institutions.command("create", help=speech.text("help_institutions_create"))
@click.option("--kind", required=True, type=click.Choice([each.value for each in InstitutionKind]))
@click.option("--name-zh", required=True)
@click.option("--name-en")
@click.option("--region", required=True)
@click.option("--school-code", required=True)
@click.option("--uscc")
@click.option("--telephone", required=True)
@click.option("--superior")
@AS_JSON
def create(
    kind: str,
    name_zh: str,
    name_en: str | None,
    region: str,
    school_code: str,
    uscc: str | None,
    telephone: str,
    superior: str | None,
    as_json: bool,
) -> None:
    """Register an institution and make its issuer key."""
    order = NewInstitution(
        kind=InstitutionKind(kind),
        name_zh=name_zh,
        name_en=name_en,
        region=region,
        code=school_code,
        uscc=uscc,
        telephone=telephone,
        superior_id=superior,
    )
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            made = registry.create(work, actor, order)
            kid = registry_keys.make_issuer_key(work, actor, made)
        speech.show({"institution": made, "key": kid}, as_json=as_json, code="institution_created")


@institutions.command("accredit", help=speech.text("help_institutions_accredit"))
@click.argument("institution")
@click.option("--type", "type_", default=HONOUR.name, show_default=True)
@click.option("--level", "levels", multiple=True, required=True)
def accredit(institution: str, type_: str, levels: tuple[str, ...]) -> None:
    """Accredit an institution from now on."""

    def act(work: Work, actor: Operator) -> None:
        registry.accredit(work, actor, institution, NewAccreditation(type_, levels, work.now, None))

    _write(act)


@institutions.command("recode", help=speech.text("help_institutions_recode"))
@click.argument("institution")
@click.argument("school_code")
def recode(institution: str, school_code: str) -> None:
    """Give an institution a new code."""
    _write(lambda work, actor: registry.recode(work, actor, institution, school_code))


@institutions.command("close", help=speech.text("help_institutions_close"))
@click.argument("institution")
def close(institution: str) -> None:
    """Close an institution."""
    _write(lambda work, actor: registry.close(work, actor, institution))


@institutions.command("reopen", help=speech.text("help_institutions_reopen"))
@click.argument("institution")
def reopen(institution: str) -> None:
    """Reopen a closed institution under its last code."""
    _write(lambda work, actor: registry.reopen(work, actor, institution))


@institutions.command("propose", help=speech.text("help_institutions_propose"))
@click.argument("ids", nargs=-1, required=True)
@with_proof
def propose(ids: tuple[str, ...], password_file: Path | None, code: str | None) -> None:
    """Sign new issuer records as the first registrar."""
    _sign(records.propose, ids, entry.ask_proof(password_file, code))


@institutions.command("publish", help=speech.text("help_institutions_publish"))
@click.argument("ids", nargs=-1, required=True)
@with_proof
def publish(ids: tuple[str, ...], password_file: Path | None, code: str | None) -> None:
    """Sign waiting issuer records as the second registrar and publish them."""
    _sign(records.publish, ids, entry.ask_proof(password_file, code))


@click.group(help=speech.text("help_keys"))
def keys() -> None:
    """Be the group."""


@keys.command("list", help=speech.text("help_keys_list"))
@AS_JSON
def list_keys(as_json: bool) -> None:
    """List the keys of the node and its institutions."""
    with entry.runtime() as runtime:
        entry.operator(runtime).require(Role.AUDITOR, NODE)
        with runtime.reading() as work:
            found = [("node", row) for row in registry_keys.node_keys(work)]
            for institution in queries.institutions(work.session):
                held = registry_keys.issuer_keys(work, institution)
                found += [(institution["id"], row) for row in held]
        for owner, row in found:
            result = {
                "kid": row["kid"],
                "use": row["use"],
                "owner": owner,
                "state": row["state"],
                "from": row["valid_from"].isoformat(),
            }
            speech.show(result, as_json=as_json, code="key_line")


@keys.command("make", help=speech.text("help_keys_make"))
@click.argument("institution")
def make(institution: str) -> None:
    """Make a new issuer key."""

    def act(work: Work, actor: Operator) -> None:
        kid = registry_keys.make_issuer_key(work, actor, institution)
        speech.show({"key": kid}, as_json=False, code="key_made")

    _write(act)


@keys.command("retire", help=speech.text("help_keys_retire"))
@click.argument("kid")
def retire(kid: str) -> None:
    """Retire an issuer key once everything it signed is anchored."""
    _write(lambda work, actor: registry_keys.retire_issuer_key(work, actor, kid))


def _write(act: Callable[[Work, Operator], object]) -> None:
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            act(work, actor)
    speech.tell("done")


def _sign(
    act: Callable[[Runtime, Operator, str, Opened], object],
    ids: tuple[str, ...],
    proof: entry.Proof,
) -> None:
    """Open the registrar's key once and sign all of these records."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        key = sign_in.open_personal_key(
            runtime, actor, proof.password, proof.code, use=Use.REGISTRAR, typ=issuer.TYP
        )
        for institution_id in ids:
            act(runtime, actor, institution_id, key)
    speech.tell("done")
