"""kexin init, migrate, serve, worker, health, selftest: the node itself."""

import errno
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType

import click

from crypto import entropy
from crypto import selftest as answers
from crypto.errors import CryptoUnavailable
from services import process, vitals
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.migrations import migrate as migrations
from services.platform import master
from services.platform.db import Database, engine, translated
from services.platform.errors import Unavailable
from services.platform.health import ready
from services.platform.settings import Settings
from services.platform.work import Runtime
from services.registry import keys
from services.status import lists
from services.web import logs

STOP_SECONDS = 10
"""So long a server that was told to stop waits for the answers in hand."""


@click.command(help=speech.text("help_init"))
@AS_JSON
def init(as_json: bool) -> None:
    """Make the sealed master key, the database and the node's keys; again: what is missing."""
    loaded = entry.settings()
    loaded.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if loaded.master_file.exists():
        passphrase = entry.passphrase(loaded)
    else:
        passphrase = entry.passphrase(loaded, new=True)
        master.create_master(loaded.master_file, passphrase, random=entropy.system)
    bring_up_to_date(loaded)
    with entry.runtime(loaded, passphrase) as runtime:
        with runtime.writing() as work:
            keys.ensure_node_keys(work)
            lists.open_list(work)
        lists.publish(runtime)
    result = {"home": str(loaded.home.resolve()), "node": loaded.node_name}
    speech.show(result, as_json=as_json, code="node_made")


@click.command(help=speech.text("help_migrate"))
@AS_JSON
def migrate(as_json: bool) -> None:
    """Bring the database to the newest migration."""
    bring_up_to_date(entry.settings())
    speech.done({"migrated": True}, as_json=as_json)


@click.command(help=speech.text("help_serve"))
@click.option("--host", help=speech.line("option_host"))
@click.option("--port", type=click.IntRange(0, 65_535), help=speech.line("option_port"))
def serve(host: str | None, port: int | None) -> None:
    """Serve pages and API, with the worker in the same process unless set otherwise."""
    loaded = entry.settings(host=host, port=port)
    with listening(loaded) as listener:
        loaded = entry.settings(host=host, port=listener.getsockname()[1])
        with entry.runtime(loaded) as runtime:
            speech.tell("serving", url=loaded.url)
            run_server(runtime, listener)


@click.command(help=speech.text("help_worker"))
def worker() -> None:
    """Work jobs off until told to stop."""
    with entry.runtime() as runtime:
        logs.configure(runtime.settings.log_level)
        runner = process.make_runner(runtime, process.open_chain(runtime))

        def stop(_number: int, _frame: FrameType | None) -> None:
            runner.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        speech.tell("working")
        process.settle()
        runner.run()


@click.command(help=speech.text("help_selftest"))
@AS_JSON
def selftest(as_json: bool) -> None:
    """Try every known answer of the cryptography."""
    report = answers.run()
    if as_json:
        result: dict[str, object] = {each.name: each.ok for each in report.results}
        speech.show({"ok": report.ok, "results": result}, as_json=True, code="")
    else:
        for each in report.results:
            click.echo(f"{'✓' if each.ok else '✗'} {each.name}")
    if not report.ok:
        raise CryptoUnavailable("selftest_failed")


@click.command(help=speech.text("help_health"))
@AS_JSON
def health(as_json: bool) -> None:
    """Ask what /readyz asks, but for the worker; exit status 1 unless all is well."""
    with entry.runtime() as runtime:
        report = vitals.checks(runtime, process.open_chain(runtime), None).report()
    for name, found in report.items():
        result = {"check": name, "state": found.state.value, "reason": found.reason}
        speech.show(result, as_json=as_json, code="health_line")
    if not ready(report):
        sys.exit(speech.FAILED)


def bring_up_to_date(loaded: Settings) -> None:
    """Apply missing migrations."""
    database = Database(engine(loaded.database, connections=2))
    try:
        with translated():
            migrations.upgrade(database)
    finally:
        database.close()


def listening(loaded: Settings) -> socket.socket:
    """Return the socket to serve on, before anything else is begun. Raises Unavailable."""
    family = socket.AF_INET6 if ":" in loaded.host else socket.AF_INET
    try:
        return socket.create_server((loaded.host, loaded.port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Unavailable("port_taken", port=loaded.port) from error
        raise Unavailable("port_refused", host=loaded.host, port=loaded.port) from error


def run_server(runtime: Runtime, listener: socket.socket) -> None:
    """Serve until told to stop by SIGINT or SIGTERM."""
    import uvicorn

    from services.app import create_app

    chain, loaded = process.open_chain(runtime), runtime.settings
    runner = process.make_runner(runtime, chain) if loaded.worker_in_process else None
    logs.configure(loaded.log_level)
    config = uvicorn.Config(
        create_app(runtime, chain, runner),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(loaded.trusted_proxies),
        forwarded_allow_ips=list(loaded.trusted_proxies),
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = uvicorn.Server(config)
    signal.signal(signal.SIGTERM, interrupt)
    process.settle()
    with suppress(KeyboardInterrupt):  # uvicorn raises the signal again when it has stopped
        server.run(sockets=[listener])
    if not server.started:
        sys.exit(speech.FAILED)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Let SIGTERM unwind what was begun, as Ctrl-C does."""
    raise KeyboardInterrupt
