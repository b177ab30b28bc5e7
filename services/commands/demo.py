"""kexin demo: a node from nothing, sixty certificates, one verdict; then it serves, or stops.

With --once the last line on stdout is one JSON object (design 6); all progress is on stderr.
"""

import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import click

from ledger.chain import Chain
from services import demo as making
from services import dev_chain, process
from services.commands import entry, node, speech
from services.platform.errors import Unavailable
from services.platform.settings import Settings
from services.platform.work import Runtime

ANCHOR_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo made, as the last line of stdout tells it."""

    certificates: int
    institutions: int
    bundle: Path
    verdict: str
    chain: str


@click.group(invoke_without_command=True, help=speech.text("help_demo"))
@click.option("--once", is_flag=True, help=speech.line("option_once"))
@click.option("--port", type=click.IntRange(1, 65_535))
@click.pass_context
def demo(ctx: click.Context, once: bool, port: int | None) -> None:
    """Make the demo, then serve it or stop."""
    if ctx.invoked_subcommand is not None:
        return
    started = monotonic()
    with ExitStack() as stack:
        runtime, chain = _open(stack, port)
        ids = making.prepare(runtime, chain)
        bundle, count = making.export_bundle(runtime, ids)
        verdict = _verify(runtime.settings, bundle)
        outcome = Outcome(count, len(ids), bundle, verdict, chain.identity().driver)
        if once:
            click.echo(json.dumps(_line(runtime.settings, outcome, monotonic() - started)))
        else:
            _welcome(runtime, outcome)
            node.run_server(runtime)
    if outcome.verdict != "valid":
        sys.exit(1)


@demo.command("code", help=speech.text("help_demo_code"))
@click.argument("login")
def code(login: str) -> None:
    """Print the code that an operator's telephone would show now."""
    with entry.runtime() as runtime:
        people = making.read_people(runtime)
        if login not in people.secrets:
            raise click.UsageError(speech.line("demo_logins", logins=", ".join(people.secrets)))
        click.echo(people.code(login, runtime))


def _open(stack: ExitStack, port: int | None) -> tuple[Runtime, Chain]:
    """Bring the node up: master key, database, chain."""
    loaded = Settings.load(port=port, **_fixed(None))
    passphrase = making.passphrase(loaded)
    node.bring_up_to_date(loaded)
    url = _start_chain(stack, loaded)
    loaded = Settings.load(port=port, **_fixed(url))
    _write_settings(loaded)
    runtime = process.open_runtime(loaded, passphrase)
    stack.callback(runtime.database.close)
    if url is not None:
        dev_chain.ensure_deployed(runtime, url)
        runtime = process.open_runtime(loaded, passphrase)
        stack.callback(runtime.database.close)
    return runtime, process.open_chain(runtime)


def _fixed(url: str | None) -> dict[str, Any]:
    chain = {"chain_driver": "local"} if url is None else {"chain_driver": "evm"}
    return {
        "node_name": making.NODE_NAME,
        "anchor_every_seconds": ANCHOR_SECONDS,
        "chain_urls": () if url is None else (url,),
        **chain,
    }


def _start_chain(stack: ExitStack, loaded: Settings) -> str | None:
    """Start the development chain; without one, a node that has none yet stays local."""
    deployed = process.deployment_file(loaded).exists()
    found = dev_chain.binary()
    if found is None:
        if deployed:
            raise Unavailable("dev_chain_missing")
        speech.tell("demo_local_chain")
        return None
    if not deployed and making.was_local(loaded):
        speech.tell("demo_stays_local")
        return None
    return stack.enter_context(dev_chain.running(found, loaded.chain_folder, dev_chain.free_port()))


def _write_settings(loaded: Settings) -> None:
    """Let other commands in the same home find this node without any variable set."""
    values = {
        "KEXIN_NODE_NAME": loaded.node_name,
        "KEXIN_ANCHOR_EVERY_SECONDS": loaded.anchor_every_seconds,
        "KEXIN_CHAIN_DRIVER": loaded.chain_driver,
        "KEXIN_CHAIN_URLS": ",".join(loaded.chain_urls),
        "KEXIN_UNSEAL_FILE": (loaded.home / "unseal").resolve(),
        "KEXIN_PORT": loaded.port,
    }
    text = "".join(f"{name}={value}\n" for name, value in values.items() if value != "")
    (loaded.home / "settings.env").write_text(text, "utf-8")


def _verify(loaded: Settings, bundle: Path) -> str:
    """Verify as a stranger would: another process, offline, from files alone."""
    files = [str(bundle), "--offline", "--json"]
    trust = ["--trust", str(loaded.trust_folder / "list.json")]
    root = ["--root", str(loaded.trust_folder / "root.json")]
    command = [*_kexin(), "verify", *files, *trust, *root]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - ourselves
    lines = done.stdout.decode().splitlines()
    return str(json.loads(lines[0])["result"]) if lines else f"exit {done.returncode}"


def _kexin() -> list[str]:
    """Return the command that runs this program."""
    beside = Path(sys.executable).parent / "kexin"
    found = str(beside) if beside.exists() else shutil.which("kexin")
    return [found] if found else [sys.executable, "-m", "services"]


def _line(loaded: Settings, outcome: Outcome, seconds: float) -> dict[str, object]:
    return {
        "institutions": outcome.institutions,
        "certificates": outcome.certificates,
        "anchored": outcome.certificates,
        "chain": outcome.chain,
        "verdict": outcome.verdict,
        "bundle": str(outcome.bundle),
        "trust": str(loaded.trust_folder / "list.json"),
        "root": str(loaded.trust_folder / "root.json"),
        "pdf": None,
        "kexin": " ".join(_kexin()),
        "seconds": round(seconds, 1),
    }


def _welcome(runtime: Runtime, outcome: Outcome) -> None:
    """Print addresses and sign-ins for a person."""
    url = runtime.settings.url
    people = making.read_people(runtime)
    speech.tell("demo_ready", count=outcome.certificates, verdict=outcome.verdict)
    for path, name in (("/v", "demo_page"), ("/docs", "demo_api")):
        speech.tell(name, url=url + path)
    for login, secret in people.secrets.items():
        click.echo(f"  {login:22} {secret['password']}", err=True)
    speech.tell("demo_codes", command=f"{_kexin()[0]} demo code LOGIN")
    speech.tell("demo_stop")
