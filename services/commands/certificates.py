"""kexin honours: certificates, their bundles, and changes of their status by two people."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from crypto import canonical
from identity import codes
from services.accounts.operators import Operator
from services.audit import trail
from services.commands import entry, speech
from services.commands.entry import AS_JSON, with_proof
from services.honours import bundles, changes, forgetting, persons, queries
from services.honours.forgetting import Forgotten
from services.honours.titles import IDENTIFIERS, Field
from services.platform import files
from services.platform.errors import NotFound
from services.platform.work import Work

_Command = TypeVar("_Command", bound=Callable[..., Any])

MOST_LISTED = 100_000
NUMBERS = click.argument("numbers", nargs=-1, required=True)


def _reason(default: str | None = None) -> Callable[[_Command], _Command]:
    return click.option(
        "--reason",
        required=default is None,
        default=default,
        show_default=default is not None,
        type=click.Choice(changes.REASONS),
        help=speech.line("option_change_reason"),
    )


@click.command("certificates", help=speech.text("help_honours_certificates"))
@click.option("--batch", help=speech.line("option_batch"))
@AS_JSON
def certificates(batch: str | None, as_json: bool) -> None:
    """List certificates of the institutions one works for."""
    with entry.runtime() as runtime:
        scopes = entry.scopes(entry.operator(runtime))
        with runtime.reading() as work:
            found = queries.certificates(work.session, scopes, batch_id=batch, limit=MOST_LISTED)
        for row in found:
            result = {"number": row["number"], "state": row["state"], "batch": row["batch_id"]}
            speech.show(result, as_json=as_json, code="certificate_line")


@click.command("show", help=speech.text("help_honours_show"))
@click.argument("number")
@AS_JSON
def show(number: str, as_json: bool) -> None:
    """Show where a certificate stands in the log and what happened to it; no personal data."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.reading() as work:
            row = load(work, actor, number)
            successor = queries.successor_of(work.session, row["number"])
            changed = queries.status_changes(work.session, row["number"])
        happened = [_change(each) for each in changed]
        result = {
            "number": row["number"],
            "state": row["state"],
            "institution": row["institution_id"],
            "batch": row["batch_id"],
            "log": row["log_origin"],
            "index": row["log_index"],
            "supersedes": row["supersedes"],
            "superseded_by": None if successor is None else successor["number"],
            "changes": happened,
        }
        speech.show(result, as_json=as_json, code="certificate_shown")
        for each in () if as_json else happened:
            speech.show(each, as_json=False, code="change_line")


@click.command("bundle", help=speech.text("help_honours_bundle"))
@click.argument("number")
@click.option("--out", type=entry.NEW_FILE, help=speech.line("option_out"))
@AS_JSON
def bundle(number: str, out: Path | None, as_json: bool) -> None:
    """Write a certificate's bundle, with all its disclosures."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.reading() as work:
            row = load(work, actor, number)
        path, number = out or Path(f"{row['number']}.kexin.json"), row["number"]
        files.replace(path, bundles.of_number(runtime, number))
        with runtime.writing() as work:
            trail.record(work, actor=actor.id, action="bundle.read", object=number)
        speech.show({"file": str(path)}, as_json=as_json, code="bundle_written")


@click.command("revoke", help=speech.text("help_honours_revoke"))
@NUMBERS
@_reason()
@AS_JSON
def revoke(numbers: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Ask for certificates to be revoked."""
    _ask("revoke", numbers, reason, as_json)


@click.command("suspend", help=speech.text("help_honours_suspend"))
@NUMBERS
@_reason()
@AS_JSON
def suspend(numbers: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Ask for certificates to be suspended."""
    _ask("suspend", numbers, reason, as_json)


@click.command("lift", help=speech.text("help_honours_lift"))
@NUMBERS
@_reason("dispute_settled")
@AS_JSON
def lift(numbers: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Ask for a suspension to be lifted."""
    _ask("lift", numbers, reason, as_json)


@click.command("requests", help=speech.text("help_honours_requests"))
@click.option("--all", "everything", is_flag=True, help=speech.line("option_all"))
@AS_JSON
def requests(everything: bool, as_json: bool) -> None:
    """List the requests that wait for another person."""
    with entry.runtime() as runtime:
        scopes = entry.scopes(entry.operator(runtime))
        with runtime.reading() as work:
            for row in queries.status_requests(work.session, scopes):
                if row["state"] == changes.OPEN or everything:
                    result = {
                        "request": row["id"],
                        "institution": row["institution_id"],
                        "action": row["action"],
                        "reason": row["reason"],
                        "state": row["state"],
                        "numbers": canonical.loads(row["numbers"].encode()),
                    }
                    speech.show(result, as_json=as_json, code="request_line")


@click.command("confirm", help=speech.text("help_honours_confirm"))
@click.argument("request")
@with_proof
@AS_JSON
def confirm(request: str, password_file: Path | None, code: str | None, as_json: bool) -> None:
    """Approve a change of status as another person; verifiers see it at once."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        proof = entry.ask_proof(password_file, code)
        count = changes.approve(runtime, actor, request, password=proof.password, code=proof.code)
        speech.show({"request": request, "count": count}, as_json=as_json, code="change_done")


@click.command("refuse", help=speech.text("help_honours_refuse"))
@click.argument("request")
@AS_JSON
def refuse(request: str, as_json: bool) -> None:
    """Refuse a change of status."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            changes.refuse(work, actor, request)
    speech.done({"request": request, "state": changes.REFUSED}, as_json=as_json)


def _forget_reason() -> Callable[[_Command], _Command]:
    return click.option(
        "--reason",
        required=True,
        type=click.Choice(forgetting.REASONS),
        help=speech.line("option_forget_reason"),
    )


@click.command("forget", help=speech.text("help_honours_forget"))
@click.argument("number")
@_forget_reason()
@AS_JSON
def forget(number: str, reason: str, as_json: bool) -> None:
    """Make what one certificate says of its person unreadable for good."""
    normalised = codes.validate_certificate_number(number)
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            done = forgetting.forget_certificate(work, actor, normalised, reason)
    _show_forgotten(done, as_json=as_json)


@click.command("forget-person", help=speech.text("help_honours_forget_person"))
@click.argument("institution")
@click.option(
    "--identifier",
    "kind",
    required=True,
    type=click.Choice([each.value for each in IDENTIFIERS]),
    help=speech.line("option_identifier"),
)
@entry.secret_file("--identifier-file", "option_identifier_file")
@_forget_reason()
@AS_JSON
def forget_person(
    institution: str, kind: str, identifier_file: Path | None, reason: str, as_json: bool
) -> None:
    """Make everything unreadable that an institution has of the person with an identifier."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        text = entry.secret(identifier_file, "ask_identifier")
        with runtime.writing() as work:
            key = persons.key_of(work, Field(kind), text)
            done = forgetting.forget_person(work, actor, institution, key, reason)
    _show_forgotten(done, as_json=as_json)


COMMANDS = (
    certificates,
    show,
    bundle,
    revoke,
    suspend,
    lift,
    requests,
    confirm,
    refuse,
    forget,
    forget_person,
)


def _show_forgotten(done: Forgotten, *, as_json: bool) -> None:
    result = {"rows": done.rows, "numbers": list(done.numbers)}
    speech.show(result, as_json=as_json, code="forgotten")


def _ask(action: str, numbers: tuple[str, ...], reason: str, as_json: bool) -> None:
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            made = changes.ask(work, actor, action=action, reason=reason, numbers=numbers)
        result = {"request": made, "count": len(numbers)}
        speech.show(result, as_json=as_json, code="change_asked")


def load(work: Work, actor: Operator, number: str) -> Mapping[Any, Any]:
    """Return a certificate of an institution that the actor works for. Raises NotFound."""
    normalised = codes.validate_certificate_number(number)
    row = queries.certificate(work.session, normalised)
    if row is None or row["institution_id"] not in entry.scopes(actor):
        raise NotFound("certificate_unknown", number=normalised)
    return row


def _change(row: Mapping[Any, Any]) -> dict[str, object]:
    """Return one change; its content holds no more than what the entry's digest covers."""
    content = canonical.loads(row["content"].encode())
    reason = content.get("reason") if isinstance(content, dict) else None
    return {
        "action": row["action"],
        "at": row["at"].isoformat(),
        "reason": reason,
        "index": row["log_index"],
    }
