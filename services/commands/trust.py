"""kexin trust: the root's operators' keys, the root, and the list that two of them sign."""

import json
import os
from pathlib import Path

import click

from crypto import pkcs8, sm2
from crypto.jws import b64u
from crypto.keys import PublicKey
from identity import trust_list
from identity.trust_nodes import Title
from services import process
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.platform import clock
from services.registry import trust as registry_trust
from services.registry.trust import Wishes

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(help=speech.text("help_trust"))
def trust() -> None:
    """Be the group."""


@trust.command("key", help=speech.text("help_trust_key"))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--passphrase",
    prompt=speech.line("ask_new_password"),
    hide_input=True,
    confirmation_prompt=True,
)
def key(file: Path, passphrase: str) -> None:
    """Make a root operator's key: FILE (private, encrypted) and FILE.pub."""
    private = sm2.generate()
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as written:
        written.write(pkcs8.dump(private, passphrase.encode()))
    Path(f"{file}.pub").write_text(private.public.pem, "utf-8")
    speech.show({"key": private.public.kid}, as_json=False, code="key_made")


@trust.command("init", help=speech.text("help_trust_init"))
@click.argument("public", nargs=-1, required=True, type=FILE)
@click.option("--name", required=True)
def init(public: tuple[Path, ...], name: str) -> None:
    """Make the trust root of these operators' public keys; two of them sign lists."""
    keys = [PublicKey.from_pem(each.read_text("utf-8")) for each in public]
    folder = entry.settings().trust_folder
    root = registry_trust.make_root(folder, name=name, keys=keys, now=clock.system())
    speech.show({"fingerprint": b64u(root.fingerprint)}, as_json=False, code="trust_root_made")


@trust.command("propose", help=speech.text("help_trust_propose"))
@click.option("--title-zh", required=True)
@click.option("--title-en", required=True)
@click.option("--chain-zh", required=True)
@click.option("--chain-en", required=True)
@click.option("--assurance", type=click.Choice(["demo", "production"]), default="production")
@click.option("--minimum", type=click.Choice(trust_list.EVIDENCE), default="receipt")
def propose(
    title_zh: str, title_en: str, chain_zh: str, chain_en: str, assurance: str, minimum: str
) -> None:
    """Write down the next list, for two operators to sign."""
    with entry.runtime() as runtime:
        folder = runtime.settings.trust_folder
        wishes = Wishes(
            title=Title(zh=title_zh, en=title_en),
            chain=process.open_chain(runtime).identity(),
            chain_title=Title(zh=chain_zh, en=chain_en),
            assurance=assurance,
            minimum=minimum,
            url=registry_trust.published_url(folder) or runtime.settings.url,
        )
        with runtime.reading() as work:
            proposed = registry_trust.propose(work, folder, wishes)
    speech.show({"seq": proposed.seq}, as_json=False, code="trust_proposed")


@trust.command("sign", help=speech.text("help_trust_sign"))
@click.option("--key", "file", required=True, type=FILE)
@click.option("--passphrase", prompt=speech.line("ask_passphrase"), hide_input=True)
def sign(file: Path, passphrase: str) -> None:
    """Sign the proposed list; the second signature publishes it."""
    private = pkcs8.load(file.read_text("utf-8"), passphrase.encode())
    published = registry_trust.sign(
        entry.settings().trust_folder,
        private.public,
        lambda message: sm2.sign(private, message),
        now=clock.system(),
    )
    speech.tell("trust_published" if published else "trust_signed")


@trust.command("show", help=speech.text("help_trust_show"))
@AS_JSON
def show(as_json: bool) -> None:
    """Show the root's fingerprint and the published list."""
    folder = entry.settings().trust_folder
    root, document = registry_trust.read_root(folder), registry_trust.newest(folder)
    listed = None
    if document is not None:
        found = trust_list.open(document, root, now=clock.system(), seen=None)
        listed = {
            "seq": found.seq,
            "next_update": found.next_update.isoformat(),
            "digest": b64u(trust_list.digest(document)),
            "nodes": [node.name for node in found.nodes],
        }
    click.echo(json.dumps({"fingerprint": b64u(root.fingerprint), "list": listed}))
