"""kexin keys: the keys of the node and of its institutions, over time."""

import click

from identity.levels import Role
from services.accounts.operators import NODE
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.registry import keys as registry_keys
from services.registry import queries


@click.group(cls=speech.Group, help=speech.text("help_keys"))
def keys() -> None:
    """Be the group."""


@keys.command("list", help=speech.text("help_keys_list"))
@AS_JSON
def list_(as_json: bool) -> None:
    """List the keys of the node and its institutions."""
    with entry.runtime() as runtime:
        entry.operator(runtime).require(Role.AUDITOR, NODE)
        with runtime.reading() as work:
            found = [(NODE, row) for row in registry_keys.node_keys(work)]
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
                "to": None if row["valid_to"] is None else row["valid_to"].isoformat(),
            }
            speech.show(result, as_json=as_json, code="key_line")


@keys.command("make", help=speech.text("help_keys_make"))
@click.argument("institution")
@AS_JSON
def make(institution: str, as_json: bool) -> None:
    """Make a new issuer key."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            kid = registry_keys.make_issuer_key(work, actor, institution)
        speech.show({"institution": institution, "key": kid}, as_json=as_json, code="key_made")


@keys.command("retire", help=speech.text("help_keys_retire"))
@click.argument("kid")
@AS_JSON
def retire(kid: str, as_json: bool) -> None:
    """Retire a key once everything it signed is anchored; a node's key gets a successor."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        successor = None
        with runtime.writing() as work:
            if kid in {row["kid"] for row in registry_keys.node_keys(work)}:
                successor = registry_keys.retire_node_key(work, actor, kid)
            else:
                registry_keys.retire_issuer_key(work, actor, kid)
        speech.show({"key": kid, "successor": successor}, as_json=as_json, code="key_retired")
