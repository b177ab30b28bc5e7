"""kexin institutions: what the registrars of a node do about institutions and their records."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from crypto.provider import Use
from identity import issuer
from identity.credential_types import HONOUR, TYPES
from identity.levels import AWARD_LEVELS, InstitutionKind
from services.accounts import queries as accounts_queries
from services.accounts import sign_in
from services.accounts.operators import Operator
from services.accounts.personal_keys import Opened
from services.commands import entry, speech
from services.commands.entry import AS_JSON, with_proof
from services.platform.work import Runtime, Work
from services.registry import institutions as registry
from services.registry import keys as registry_keys
from services.registry import queries, records
from services.registry.institutions import NewAccreditation, NewInstitution


@click.group(cls=speech.Group, help=speech.text("help_institutions"))
def institutions() -> None:
    """Be the group."""


@institutions.command("list", help=speech.text("help_institutions_list"))
@AS_JSON
def list_(as_json: bool) -> None:
    """List the institutions of this node."""
    with entry.runtime() as runtime:
        entry.operator(runtime)
        with runtime.reading() as work:
            for row in registry.checked(work, queries.institutions(work.session)):
                record = queries.newest_record(work.session, row["id"])
                result = {
                    "id": row["id"],
                    "name": row["name_zh"],
                    "kind": row["kind"],
                    "state": row["state"],
                    "record": None if record is None else record["seq"],
                }
                speech.show(result, as_json=as_json, code="institution_line")


@institutions.command("show", help=speech.text("help_institutions_show"))
@click.argument("institution")
@AS_JSON
def show(institution: str, as_json: bool) -> None:
    """Show an institution with its codes, keys and accreditations."""
    with entry.runtime() as runtime:
        entry.operator(runtime)
        with runtime.reading() as work:
            row = registry.load(work, institution)
            parts = _parts(work, row)
            record = queries.newest_record(work.session, institution)
            waiting = queries.draft(work.session, institution) is not None
    names = ("id", "kind", "state", "name_zh", "name_en", "region", "uscc", "telephone")
    result = {
        **{name: row[name] for name in (*names, "superior_id")},
        "record": None if record is None else record["seq"],
        "record_waiting": waiting,
    }
    if as_json:
        speech.show({**result, **parts}, as_json=True, code="")
        return
    speech.show(result, as_json=False, code="institution_shown")
    for kind, rows in parts.items():
        for each in rows:
            speech.show(each, as_json=False, code=f"institution_{kind}")


@institutions.command("create", help=speech.text("help_institutions_create"))
@click.option(
    "--kind",
    required=True,
    type=click.Choice([each.value for each in InstitutionKind]),
    help=speech.line("option_kind"),
)
@click.option("--name-zh", required=True, help=speech.line("option_name_zh"))
@click.option("--name-en", help=speech.line("option_name_en"))
@click.option("--region", required=True, help=speech.line("option_region"))
@click.option("--school-code", "code", required=True, help=speech.line("option_school_code"))
@click.option("--uscc", help=speech.line("option_uscc"))
@click.option("--telephone", required=True, help=speech.line("option_telephone"))
@click.option("--superior", "superior_id", help=speech.line("option_superior"))
@AS_JSON
def create(kind: str, as_json: bool, **given: Any) -> None:
    """Register an institution and make its issuer key."""
    order = NewInstitution(kind=InstitutionKind(kind), **given)
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            made = registry.create(work, actor, order)
            kid = registry_keys.make_issuer_key(work, actor, made)
        speech.show({"institution": made, "key": kid}, as_json=as_json, code="institution_created")


@institutions.command("accredit", help=speech.text("help_institutions_accredit"))
@click.argument("institution")
@click.option(
    "--type",
    "type_",
    type=click.Choice(sorted(TYPES)),
    default=HONOUR.name,
    show_default=True,
    help=speech.line("option_type"),
)
@click.option(
    "--level",
    "levels",
    multiple=True,
    required=True,
    type=click.Choice(AWARD_LEVELS),
    help=speech.line("option_level"),
)
@AS_JSON
def accredit(institution: str, type_: str, levels: tuple[str, ...], as_json: bool) -> None:
    """Accredit an institution from now on."""

    def act(work: Work, actor: Operator) -> dict[str, object]:
        order = NewAccreditation(type_, levels, work.now, None)
        return {"accreditation": registry.accredit(work, actor, institution, order)}

    _write(act, institution, as_json=as_json)


@institutions.command("unaccredit", help=speech.text("help_institutions_unaccredit"))
@click.argument("institution")
@click.argument("accreditation")
@AS_JSON
def unaccredit(institution: str, accreditation: str, as_json: bool) -> None:
    """End an accreditation now."""
    _write(
        lambda work, actor: registry.end_accreditation(work, actor, institution, accreditation),
        institution,
        as_json=as_json,
    )


@institutions.command("recode", help=speech.text("help_institutions_recode"))
@click.argument("institution")
@click.argument("school_code")
@AS_JSON
def recode(institution: str, school_code: str, as_json: bool) -> None:
    """Give an institution a new code."""
    _write(
        lambda work, actor: registry.recode(work, actor, institution, school_code),
        institution,
        as_json=as_json,
    )


@institutions.command("close", help=speech.text("help_institutions_close"))
@click.argument("institution")
@AS_JSON
def close(institution: str, as_json: bool) -> None:
    """Close an institution."""
    _write(
        lambda work, actor: registry.close(work, actor, institution), institution, as_json=as_json
    )


@institutions.command("reopen", help=speech.text("help_institutions_reopen"))
@click.argument("institution")
@AS_JSON
def reopen(institution: str, as_json: bool) -> None:
    """Reopen a closed institution under its last code."""
    _write(
        lambda work, actor: registry.reopen(work, actor, institution), institution, as_json=as_json
    )


@institutions.command("propose", help=speech.text("help_institutions_propose"))
@click.argument("ids", nargs=-1, required=True)
@with_proof
@AS_JSON
def propose(
    ids: tuple[str, ...], password_file: Path | None, code: str | None, as_json: bool
) -> None:
    """Sign new issuer records as the first registrar."""
    _sign(records.propose, ids, password_file, code, as_json=as_json)


@institutions.command("drafts", help=speech.text("help_institutions_drafts"))
@AS_JSON
def drafts(as_json: bool) -> None:
    """List the records that wait for a second registrar."""
    with entry.runtime() as runtime:
        entry.operator(runtime)
        with runtime.reading() as work:
            for row in queries.drafts(work.session):
                first = accounts_queries.operator(work.session, row["registrar"])
                institution = registry.load(work, row["institution_id"])
                result = {
                    "institution": row["institution_id"],
                    "name": institution["name_zh"],
                    "registrar": None if first is None else first["login"],
                    "since": row["created_at"].isoformat(),
                }
                speech.show(result, as_json=as_json, code="draft_line")


@institutions.command("discard", help=speech.text("help_institutions_discard"))
@click.argument("institution")
@AS_JSON
def discard(institution: str, as_json: bool) -> None:
    """Throw a waiting record away."""
    _write(
        lambda work, actor: records.discard(work, actor, institution), institution, as_json=as_json
    )


@institutions.command("publish", help=speech.text("help_institutions_publish"))
@click.argument("ids", nargs=-1, required=True)
@with_proof
@AS_JSON
def publish(
    ids: tuple[str, ...], password_file: Path | None, code: str | None, as_json: bool
) -> None:
    """Sign waiting issuer records as the second registrar and publish them."""
    _sign(records.publish, ids, password_file, code, as_json=as_json)


def _write(
    act: Callable[[Work, Operator], dict[str, object] | None], institution: str, *, as_json: bool
) -> None:
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            more = act(work, actor)
    speech.done({"institution": institution, **(more or {})}, as_json=as_json)


def _sign(
    act: Callable[[Runtime, Operator, str, Opened], object],
    ids: tuple[str, ...],
    password_file: Path | None,
    code: str | None,
    *,
    as_json: bool,
) -> None:
    """Open the registrar's key once and sign all of these records."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        proof = entry.ask_proof(password_file, code)
        key = sign_in.open_personal_key(
            runtime, actor, proof.password, proof.code, use=Use.REGISTRAR, typ=issuer.TYP
        )
        for institution_id in ids:
            act(runtime, actor, institution_id, key)
    speech.done({"institutions": list(ids)}, as_json=as_json)


def _parts(work: Work, row: Any) -> dict[str, list[dict[str, object]]]:
    """Return what an institution has over time."""
    codes = registry.code_history(work, row)
    held = registry_keys.issuer_keys(work, row)
    rights = registry.accreditations(work, row)
    return {
        "codes": [_row(each, "code", "reason") for each in codes],
        "keys": [_row(each, "kid", "state") for each in held],
        "accreditations": [_row(each, "id", "type", "levels") for each in rights],
    }


def _row(row: Any, *names: str) -> dict[str, object]:
    ends = row["valid_to"]
    return {
        **{name: row[name] for name in names},
        "from": row["valid_from"].isoformat(),
        "to": None if ends is None else ends.isoformat(),
    }
