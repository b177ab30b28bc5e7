"""kexin trust: the root's operators' keys, the root, and the list that two of them sign.

A proposal says again what the published list says, with today's keys of the node, unless the
options say otherwise; a monthly signing anew therefore needs none of them.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from crypto import pkcs8, sm2, sm3
from crypto.errors import CryptoError
from crypto.jws import b64u
from crypto.keys import PublicKey
from identity import cut_offs, trust_list
from identity.cut_offs import CutOff, Kept
from identity.levels import Role
from identity.trust_list import TrustList
from identity.trust_nodes import Title
from ledger.evidence import LOCAL_DRIVER
from services import process
from services.accounts.operators import NODE
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.platform import clock, files
from services.platform.errors import Refused
from services.registry import trust as registry_trust
from services.registry.trust import Wishes
from services.verification import downloads

ASSURANCES = ("demo", "production")


@click.group(cls=speech.Group, help=speech.text("help_trust"))
def trust() -> None:
    """Be the group."""


@trust.command("key", help=speech.text("help_trust_key"))
@click.argument("file", type=entry.NEW_FILE)
@entry.secret_file("--passphrase-file", "option_key_passphrase_file")
@AS_JSON
def key(file: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Make a root operator's key: FILE (private, encrypted) and FILE.pub."""
    passphrase = entry.secret(passphrase_file, "ask_new_key_passphrase", confirm=True)
    private = sm2.generate()
    files.create(file, pkcs8.dump(private, passphrase.encode()).encode())
    public = Path(f"{file}.pub")
    files.create(public, private.public.pem.encode(), mode=files.PUBLIC)
    result = {"key": private.public.kid, "file": str(file), "public": str(public)}
    speech.show(result, as_json=as_json, code="trust_key_made")


@trust.command("init", help=speech.text("help_trust_init"))
@click.argument("public", nargs=-1, required=True, type=entry.FILE)
@click.option("--name", required=True, help=speech.line("option_root_name"))
@AS_JSON
def init(public: tuple[Path, ...], name: str, as_json: bool) -> None:
    """Make the trust root of these operators' public keys; two of them sign lists."""
    keys = [PublicKey.from_pem(each.read_text("utf-8")) for each in public]
    folder = entry.settings().trust_folder
    root = registry_trust.make_root(folder, name=name, keys=keys, now=clock.system())
    result = {"fingerprint": b64u(root.fingerprint), "file": str(folder / registry_trust.ROOT)}
    speech.show(result, as_json=as_json, code="trust_root_made")


@trust.command("propose", help=speech.text("help_trust_propose"))
@click.option("--title-zh", help=speech.line("option_title_zh"))
@click.option("--title-en", help=speech.line("option_title_en"))
@click.option("--chain-zh", help=speech.line("option_chain_zh"))
@click.option("--chain-en", help=speech.line("option_chain_en"))
@click.option("--assurance", type=click.Choice(ASSURANCES), help=speech.line("option_assurance"))
@click.option(
    "--minimum", type=click.Choice(trust_list.EVIDENCE), help=speech.line("option_minimum")
)
@click.option("--url", help=speech.line("option_trust_url"))
@click.option("--cut-off", "cut", metavar="KID", help=speech.line("option_cut_off"))
@click.option(
    "--reason",
    type=click.Choice(cut_offs.REASONS),
    default=cut_offs.REASONS[0],
    show_default=True,
    help=speech.line("option_cut_off_reason"),
)
@click.option("--keep", multiple=True, metavar="ORIGIN=SIZE", help=speech.line("option_keep"))
@AS_JSON
def propose(
    url: str | None,
    cut: str | None,
    reason: str,
    keep: tuple[str, ...],
    as_json: bool,
    **given: str | None,
) -> None:
    """Write down the next list, for two operators to sign."""
    kept = _kept(keep)
    with entry.runtime() as runtime:
        entry.operator(runtime).require(Role.REGISTRAR, NODE)
        folder = runtime.settings.trust_folder
        identity = process.open_chain(runtime).identity()
        with runtime.reading() as work:
            before = registry_trust.published(folder)
            ended = () if before is None else before.cut_offs
            if cut is not None:
                ended = (*(each for each in ended if each.kid != cut),)
                ended = (*ended, CutOff(cut, reason, work.now, kept))
            said = _said(before, identity.driver, given)
            wishes = Wishes(
                title=Title(zh=said["title_zh"], en=said["title_en"]),
                chain=identity,
                chain_title=Title(zh=said["chain_zh"], en=said["chain_en"]),
                assurance=said["assurance"],
                minimum=said["minimum"],
                url=url or registry_trust.published_url(folder) or runtime.settings.url,
                cut_offs=ended,
            )
            proposed = registry_trust.propose(work, folder, wishes)
    result = {"seq": proposed.seq, "cut_offs": [each.kid for each in proposed.cut_offs]}
    speech.show(result, as_json=as_json, code="trust_proposed")


@trust.command("sign", help=speech.text("help_trust_sign"))
@click.option("--key", "file", required=True, type=entry.FILE, help=speech.line("option_key"))
@entry.secret_file("--passphrase-file", "option_key_passphrase_file")
@AS_JSON
def sign(file: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Sign the proposed list; the second signature publishes it."""
    passphrase = entry.secret(passphrase_file, "ask_key_passphrase")
    try:
        private = pkcs8.load(file.read_text("utf-8"), passphrase.encode())
    except CryptoError as error:
        raise Refused("key_file_unreadable") from error
    published = registry_trust.sign(
        entry.settings().trust_folder,
        private.public,
        lambda message: sm2.sign(private, message),
        now=clock.system(),
    )
    code = "trust_published" if published else "trust_signed"
    speech.show({"published": published}, as_json=as_json, code=code)


@trust.command("page", help=speech.text("help_trust_page"))
@AS_JSON
def page(as_json: bool) -> None:
    """Write the offline page of this node; the next list vouches for it."""
    folder = entry.settings().trust_folder
    root = registry_trust.read_root(folder)
    data = downloads.finished(root)
    path = folder / registry_trust.PAGE
    files.replace(path, data, mode=files.PUBLIC)
    digest = b64u(sm3.digest(data))
    result = {"file": str(path), "sm3": digest, "fingerprint": b64u(root.fingerprint)}
    speech.show(result, as_json=as_json, code="trust_page_made")


@trust.command("show", help=speech.text("help_trust_show"))
@AS_JSON
def show(as_json: bool) -> None:
    """Show the root's fingerprint and the published list."""
    folder = entry.settings().trust_folder
    root = registry_trust.read_root(folder)
    result: dict[str, object] = {"fingerprint": b64u(root.fingerprint), "list": None}
    document = registry_trust.newest(folder)
    if document is not None:
        found = trust_list.open(document, root, now=clock.system(), seen=None)
        result["list"] = _listed(found, trust_list.digest(document))
    if as_json:
        speech.show(result, as_json=True, code="")
        return
    speech.show(result, as_json=False, code="trust_root_shown")
    if isinstance(result["list"], dict):
        speech.show(result["list"], as_json=False, code="trust_list_shown")


def _listed(found: TrustList, digest: bytes) -> dict[str, object]:
    return {
        "seq": found.seq,
        "issued": found.issued_at.isoformat(),
        "next_update": found.next_update.isoformat(),
        "digest": b64u(digest),
        "nodes": [node.name for node in found.nodes],
        "chains": [chain.id for chain in found.chains],
        "cut_offs": [each.kid for each in found.cut_offs],
        "artifacts": [each.name for each in found.artifacts],
    }


def _said(before: TrustList | None, driver: str, given: dict[str, str | None]) -> dict[str, str]:
    """Return what the list is to say: the options, else what the last list said."""
    known: dict[str, str] = {"assurance": "production", "minimum": "receipt"}
    if driver == LOCAL_DRIVER:  # without an outside witness it is good for a demonstration only
        known = {"assurance": "demo", "minimum": "local"}
    if before is not None:
        node, chain = before.nodes[0], before.chains[0]
        known |= {"title_zh": node.title.zh, "title_en": node.title.en}
        known |= {"chain_zh": chain.title.zh, "chain_en": chain.title.en}
        known |= {"assurance": chain.assurance, "minimum": chain.minimum}
    said = {**known, **{name: value for name, value in given.items() if value is not None}}
    for name in ("title_zh", "title_en", "chain_zh", "chain_en"):
        if name not in said:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(speech.line("first_list_needs", option=option))
    return said


def _kept(given: Sequence[str]) -> tuple[Kept, ...]:
    kept = []
    for each in given:
        origin, _, size = each.rpartition("=")
        if not size.isdecimal() or not origin:
            raise click.UsageError(speech.line("keep_form"))
        kept.append(Kept(origin, int(size)))
    return tuple(sorted(kept, key=lambda each: each.origin))
