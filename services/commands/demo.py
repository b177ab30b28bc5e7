"""kexin demo: a node from nothing, sixty certificates, one verdict; then it serves, or stops.

With --once the last line on stdout is one JSON object (design 6); all progress is on stderr.
One demo at a time in a home folder; Ctrl-C and SIGTERM stop it and its chain, and so does any
other end of this process.
"""

import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import click

from crypto import entropy
from services import demo as world
from services import dev_chain, pinned, process, rehearsal
from services.commands import entry, node, speech
from services.platform import files, master
from services.platform.errors import Conflict, Unavailable
from services.platform.jobs.alone import the_worker
from services.platform.settings import Settings
from services.platform.work import Runtime
from services.registry import trust

ANCHOR_SECONDS = 2
VALID = "valid"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo made, as the last line of stdout tells it."""

    institutions: int
    exported: rehearsal.Exported
    verdict: str
    chain: str


@click.group(cls=speech.Group, invoke_without_command=True, help=speech.text("help_demo"))
@click.option("--once", is_flag=True, help=speech.line("option_once"))
@click.option("--port", type=click.IntRange(1, 65_535), help=speech.line("option_port"))
@click.pass_context
def demo(ctx: click.Context, once: bool, port: int | None) -> None:
    """Make the demo, then serve it or stop."""
    if ctx.invoked_subcommand is not None:
        return
    signal.signal(signal.SIGTERM, node.interrupt)
    started = monotonic()
    loaded = _settings(port)
    with ExitStack() as stack:
        loaded.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        stack.enter_context(_alone(loaded.home))
        listener = None if once else stack.enter_context(node.listening(loaded))
        runtime, outcome = _make(stack, loaded)
        if listener is None:
            line = _line(runtime.settings, outcome, monotonic() - started)
        else:
            line = None
            _welcome(runtime, outcome)
            node.run_server(runtime, listener)
    if line is not None:
        click.echo(json.dumps(line, ensure_ascii=False))
    if outcome.verdict != VALID:
        sys.exit(speech.FAILED)


@demo.command("code", help=speech.text("help_demo_code"))
@click.argument("login")
def code(login: str) -> None:
    """Print a code of a demo operator that counts now, waiting for the next if it was used."""
    with entry.runtime() as runtime:
        people = world.read_people(runtime)
        if login not in people.secrets:
            raise click.UsageError(speech.line("demo_logins", logins=", ".join(people.secrets)))
        click.echo(people.fresh_code(login, runtime))


def _make(stack: ExitStack, loaded: Settings) -> tuple[Runtime, Outcome]:
    """Bring the node up and do what is missing of the demo."""
    words = _passphrase(loaded)
    node.bring_up_to_date(loaded)
    binary = _chain_binary(loaded)
    port = dev_chain.free_port()
    if binary is not None:
        loaded = _settings(loaded.port, f"http://127.0.0.1:{port}")
    runtime = stack.enter_context(entry.runtime(loaded, words))
    with the_worker(runtime):
        if binary is not None:
            speech.tell("demo_chain")
            url = stack.enter_context(dev_chain.running(binary, loaded.chain_folder, port))
            dev_chain.ensure_deployed(runtime, url)
        _write_settings(loaded)
        chain = process.open_chain(runtime)
        ids = rehearsal.prepare(runtime, chain, speech.tell)
        exported = rehearsal.export(runtime, ids)
    speech.tell("demo_verifying")
    verdict = _verify(loaded, [exported.bundle, *([exported.pdf] if exported.pdf else [])])
    return runtime, Outcome(len(ids), exported, verdict, chain.identity().driver)


def _settings(port: int | None, url: str | None = None) -> Settings:
    chain: dict[str, Any] = {"chain_driver": "local"}
    if url is not None:
        chain = {"chain_driver": "evm", "chain_urls": (url,)}
    return entry.settings(
        port=port, node_name=world.NODE_NAME, anchor_every_seconds=ANCHOR_SECONDS, **chain
    )


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Be the only demo of this home; the system drops the lock however we end."""
    with files.opened(home / "demo.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("demo_runs_already") from error
        yield


def _passphrase(loaded: Settings) -> str:
    """Return the demo's passphrase, made and kept in a file at the first run."""
    path = _unseal_file(loaded)
    if not path.exists():
        if loaded.master_file.exists():
            raise Conflict("demo_in_real_home")
        files.replace(path, f"{entropy.token(24)}\n".encode())
    words = master.read_passphrase(path)
    if not loaded.master_file.exists():
        master.create_master(loaded.master_file, words, random=entropy.system)
    return words


def _unseal_file(loaded: Settings) -> Path:
    return loaded.home.resolve() / "unseal"


def _chain_binary(loaded: Settings) -> Path | None:
    """Return what runs the chain; None for a node that began, or has to begin, without one."""
    found = dev_chain.binary()
    deployed = pinned.deployment_file(loaded).exists()
    if found is None and deployed:
        raise Unavailable("dev_chain_missing")
    if found is None:
        speech.tell("demo_local_chain")
    elif not deployed and pinned.is_local(loaded):
        speech.tell("demo_stays_local")
        found = None
    return found


def _write_settings(loaded: Settings) -> None:
    """Let other commands in the same home find this node without any variable set."""
    values = {
        "KEXIN_NODE_NAME": loaded.node_name,
        "KEXIN_ANCHOR_EVERY_SECONDS": loaded.anchor_every_seconds,
        "KEXIN_CHAIN_DRIVER": loaded.chain_driver,
        "KEXIN_CHAIN_URLS": ",".join(loaded.chain_urls),
        "KEXIN_UNSEAL_FILE": _unseal_file(loaded),
        "KEXIN_PORT": loaded.port,
    }
    text = "".join(f"{name}={value}\n" for name, value in values.items() if value != "")
    files.replace(loaded.home / "settings.env", text.encode())


def _verify(loaded: Settings, certificates: Sequence[Path]) -> str:
    """Verify as a stranger would: another process, offline, from files alone.

    Returns the first result that is not `valid`, else `valid`.
    """
    folder = loaded.trust_folder
    trusted = ["--trust", str(folder / trust.LIST), "--root", str(folder / trust.ROOT)]
    named = [str(each) for each in certificates]
    command = [*_kexin(), "verify", *named, "--offline", "--json", *trusted]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603 - ourselves
    results = [str(json.loads(line)["result"]) for line in done.stdout.decode().splitlines()]
    if not results:
        return f"exit {done.returncode}"
    return next((result for result in results if result != VALID), VALID)


def _kexin() -> list[str]:
    """Return the command that runs this program."""
    beside = Path(sys.executable).parent / "kexin"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("kexin")
    return [found] if found else [sys.executable, "-m", "services"]


def _line(loaded: Settings, outcome: Outcome, seconds: float) -> dict[str, object]:
    folder = loaded.trust_folder.resolve()
    return {
        "institutions": outcome.institutions,
        "certificates": outcome.exported.certificates,
        "anchored": outcome.exported.anchored,
        "chain": outcome.chain,
        "verdict": outcome.verdict,
        "bundle": str(outcome.exported.bundle),
        "trust": str(folder / trust.LIST),
        "root": str(folder / trust.ROOT),
        "pdf": None if outcome.exported.pdf is None else str(outcome.exported.pdf),
        "kexin": shlex.join(_kexin()),
        "seconds": round(seconds, 1),
    }


def _welcome(runtime: Runtime, outcome: Outcome) -> None:
    """Print addresses and sign-ins for a person."""
    url = runtime.settings.url
    speech.tell("demo_ready", count=outcome.exported.certificates, verdict=outcome.verdict)
    for path, name in (("/v", "demo_page"), ("/sign-in", "demo_desk"), ("/docs", "demo_api")):
        speech.tell(name, url=url + path)
    published = trust.published_url(runtime.settings.trust_folder)
    if published not in (None, url):
        speech.tell("demo_moved", url=url, published=published)
    for login, secret in world.read_people(runtime).secrets.items():
        click.echo(f"  {login:22} {secret['password']}", err=True)
    speech.tell("demo_codes", command=f"{shlex.join(_kexin())} demo code LOGIN")
    speech.tell("demo_stop")
