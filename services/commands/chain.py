"""kexin chain: the contract this node anchors on, and the account it anchors with."""

from pathlib import Path

import click

from crypto.jws import b64u
from identity.levels import Role
from ledger.chain import ChainIdentity
from ledger.checkpoint import node_id
from services import pinned, process
from services.accounts.operators import NODE
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.pinned import Deployment
from services.platform.errors import Conflict, Invalid

KEY_SIZE = 32


@click.group(cls=speech.Group, help=speech.text("help_chain"))
def chain() -> None:
    """Be the group."""


@chain.command("account", help=speech.text("help_chain_account"))
@AS_JSON
def account(as_json: bool) -> None:
    """Show the address of the anchoring account; its key is made and sealed at first use."""
    from ledger.chains import evm

    with entry.runtime() as runtime:
        key = pinned.chain_key(runtime, pinned.chain_key_file(runtime.settings))
        result = {
            "address": evm.address(key),
            "node": runtime.settings.node_name,
            "node_id": "0x" + node_id(runtime.settings.node_name).hex(),
        }
        speech.show(result, as_json=as_json, code="chain_account")


@chain.command("deploy", help=speech.text("help_chain_deploy"))
@click.argument("url")
@click.option(
    "--admin-key", "file", required=True, type=entry.FILE, help=speech.line("option_admin_key")
)
@AS_JSON
def deploy(url: str, file: Path, as_json: bool) -> None:
    """Deploy the registry contract as its administrator and write the deployment record."""
    from ledger.chains import evm

    with entry.runtime() as runtime:
        entry.operator(runtime).require(Role.REGISTRAR, NODE)
        record = pinned.deployment_file(runtime.settings)
        if record.exists():
            raise Conflict("chain_exists")
        pinned.require_first(runtime, record)
        key = pinned.chain_key(runtime, pinned.chain_key_file(runtime.settings))
        made, first_block = evm.deploy(
            url,
            admin=_read_key(file),
            node_id=node_id(runtime.settings.node_name),
            anchorer=evm.address(key),
        )
        pinned.write_deployment(record, Deployment(made, first_block))
        speech.show({**_facts(made), "file": str(record)}, as_json=as_json, code="chain_deployed")


@chain.command("show", help=speech.text("help_chain_show"))
@AS_JSON
def show(as_json: bool) -> None:
    """Ask the chain who it is; an error unless it is the pinned one."""
    with entry.runtime() as runtime:
        identity = process.open_chain(runtime).identity()
        speech.show(_facts(identity), as_json=as_json, code="chain_shown")


def _facts(identity: ChainIdentity) -> dict[str, object]:
    return {
        "chain": identity.id,
        "driver": identity.driver,
        "genesis": b64u(identity.genesis),
        "contract": identity.contract,
        "code_digest": b64u(identity.code_digest),
    }


def _read_key(file: Path) -> bytes:
    text = file.read_text("ascii", "replace").strip().removeprefix("0x")
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise Invalid("admin_key_form") from error
    if len(key) != KEY_SIZE:
        raise Invalid("admin_key_form")
    return key
