"""kexin authority: the node's own certification authority, and certificates of licensed ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from crypto import certificate as certificate_form
from identity import instants
from identity.certificates import Kind
from services.authority import licensed, lists, own, service
from services.authority.schemas import RevocationReason
from services.commands import entry, speech
from services.commands.entry import AS_JSON, FILE, NEW_FILE
from services.platform import files

SIGN, ENCRYPT = "sign", "encrypt"
MOST_LISTED = 200


@click.group(cls=speech.Group, help=speech.text("help_authority"))
def authority() -> None:
    """Be the group."""


@authority.command("init", help=speech.text("help_authority_init"))
@click.option("-o", "--output", type=NEW_FILE, help=speech.line("option_root_output"))
@AS_JSON
def init(output: Path | None, as_json: bool) -> None:
    """Make root, issuing authority and responder, and sign the first lists."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            root = own.init(work, actor).certificate
        lists.publish(runtime)
    if output is not None:
        files.replace(output, root.der(), mode=files.PUBLIC)
    result = {
        "digest": root.digest.hex(),
        "ends": instants.write(root.fields.not_after),
        "licensed": False,
    }
    speech.show(result, as_json=as_json, code="authority_made")


@authority.command("issue", help=speech.text("help_authority_issue"))
@click.argument("subject")
@click.option("--request", type=FILE, help=speech.line("option_x509_request"))
@click.option("--encryption-request", type=FILE, help=speech.line("option_x509_encryption"))
@AS_JSON
def issue(
    subject: str, request: Path | None, encryption_request: Path | None, as_json: bool
) -> None:
    """Issue to a person or an institution."""
    order = service.Order(subject, _text(request), _text(encryption_request))
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            made = service.issue(work, actor, order)
    speech.show({"certificates": made}, as_json=as_json, code="x509_issued")


@authority.command("renew", help=speech.text("help_authority_renew"))
@click.argument("certificate")
@AS_JSON
def renew(certificate: str, as_json: bool) -> None:
    """Issue a certificate once more."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            made = service.renew(work, actor, certificate)
    speech.show({"certificates": [made]}, as_json=as_json, code="x509_issued")


@authority.command("revoke", help=speech.text("help_authority_revoke"))
@click.argument("certificate")
@click.option(
    "--reason",
    required=True,
    type=click.Choice([each.value for each in RevocationReason]),
    help=speech.line("option_x509_reason"),
)
@AS_JSON
def revoke(certificate: str, reason: str, as_json: bool) -> None:
    """Revoke a certificate."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            service.revoke(work, actor, certificate, RevocationReason(reason).reason)
    speech.show({"certificate": certificate}, as_json=as_json, code="x509_done_revoked")


@authority.command("list", help=speech.text("help_authority_list"))
@click.option("--subject", help=speech.line("option_x509_subject"))
@click.option("--after", default="", help=speech.line("option_x509_after"))
@AS_JSON
def list_(subject: str | None, after: str, as_json: bool) -> None:
    """List certificates, 200 at a time."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.reading() as work:
            found = service.listed(work, actor, subject=subject, after=after, limit=MOST_LISTED)
    for row in found:
        speech.show(_line(row), as_json=as_json, code="x509_line")


@authority.command("show", help=speech.text("help_authority_show"))
@click.argument("certificate")
@click.option("-o", "--output", type=NEW_FILE, help=speech.line("option_x509_output"))
@AS_JSON
def show(certificate: str, output: Path | None, as_json: bool) -> None:
    """Write one certificate as PEM."""
    with entry.runtime() as runtime:
        service.require_reader(entry.operator(runtime))
        with runtime.reading() as work:
            row = service.load(work, certificate)
    pem = certificate_form.parse(row["der"]).pem
    if output is not None:
        files.replace(output, pem.encode(), mode=files.PUBLIC)
    if as_json:
        speech.show({**_line(row), "pem": pem}, as_json=True, code="")
    elif output is None:
        click.echo(pem, nl=False)


@authority.command("import", help=speech.text("help_authority_import"))
@click.argument("file", type=FILE)
@click.option("--subject", required=True, help=speech.line("option_x509_subject"))
@click.option(
    "--for",
    "purpose",
    type=click.Choice([SIGN, ENCRYPT]),
    default=SIGN,
    help=speech.line("option_x509_purpose"),
)
@click.option("--chain", type=FILE, help=speech.line("option_x509_chain"))
@AS_JSON
def import_(file: Path, subject: str, purpose: str, chain: Path | None, as_json: bool) -> None:
    """Import a licensed authority's certificate."""
    certificate, *above = licensed.read(file.read_bytes())
    between = (*above, *(() if chain is None else licensed.read(chain.read_bytes())))
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            made = licensed.take_in(
                work,
                actor,
                subject=subject,
                kind=_kind(subject, purpose),
                certificate=certificate,
                between=between,
            )
    speech.show({"certificate": made}, as_json=as_json, code="x509_taken_in")


def _kind(subject: str, purpose: str) -> Kind:
    if not service.is_institution(subject):
        return Kind.PERSON
    return Kind.INSTITUTION_SIGNING if purpose == SIGN else Kind.INSTITUTION_ENCRYPTION


def _text(path: Path | None) -> str | None:
    return None if path is None else path.read_text("ascii", "replace")


def _line(row: Mapping[Any, Any]) -> dict[str, object]:
    revoked = row["revoked_at"]
    return {
        **{name: row[name] for name in ("id", "kind", "subject", "own", "serial")},
        "from": instants.write(row["valid_from"]),
        "to": instants.write(row["valid_to"]),
        "revoked": None if revoked is None else instants.write(revoked),
    }
