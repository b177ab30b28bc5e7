"""kexin init, migrate, serve, worker, selftest: the node itself."""

import logging
import signal
import sys
from types import FrameType

import click

from crypto import entropy
from crypto import selftest as answers
from crypto.errors import CryptoUnavailable
from services import process
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.migrations import migrate as migrations
from services.platform import master
from services.platform.db import Database, engine
from services.platform.settings import Settings
from services.platform.work import Runtime
from services.registry import keys
from services.status import lists


@click.command(help=speech.text("help_init"))
def init() -> None:
    """Make the sealed master key, the database and the node's keys."""
    loaded = entry.settings()
    loaded.home.mkdir(parents=True, exist_ok=True)
    if not loaded.master_file.exists():
        loaded.master_file.parent.mkdir(parents=True, exist_ok=True)
        passphrase = process.read_passphrase(loaded, _new_passphrase)
        master.create_master(loaded.master_file, passphrase, random=entropy.system)
    bring_up_to_date(loaded)
    with entry.runtime(loaded) as runtime:
        with runtime.writing() as work:
            keys.ensure_node_keys(work)
            lists.open_list(work)
        lists.publish(runtime)
    speech.tell("done")


@click.command(help=speech.text("help_migrate"))
def migrate() -> None:
    """Bring the database to the newest migration."""
    bring_up_to_date(entry.settings())
    speech.tell("done")


@click.command(help=speech.text("help_serve"))
@click.option("--host")
@click.option("--port", type=click.IntRange(0, 65_535))
def serve(host: str | None, port: int | None) -> None:
    """Serve pages and API, with the worker in the same process unless set otherwise."""
    loaded = entry.settings(host=host, port=port)
    with entry.runtime(loaded) as runtime:
        run_server(runtime)


@click.command(help=speech.text("help_worker"))
def worker() -> None:
    """Work jobs off until told to stop."""
    with entry.runtime() as runtime:
        logging.basicConfig(level=runtime.settings.log_level, stream=sys.stderr)
        runner = process.make_runner(runtime, process.open_chain(runtime))

        def stop(number: int, frame: FrameType | None) -> None:
            runner.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        runner.run()


@click.command(help=speech.text("help_selftest"))
@AS_JSON
def selftest(as_json: bool) -> None:
    """Try every known answer; where the node is set up, its health too."""
    report = answers.run()
    result: dict[str, object] = {each.name: each.ok for each in report.results}
    speech.show({"ok": report.ok, **result}, as_json=True)
    if not report.ok:
        raise CryptoUnavailable("selftest_failed")


def bring_up_to_date(loaded: Settings) -> None:
    """Apply missing migrations."""
    loaded.home.mkdir(parents=True, exist_ok=True)
    database = Database(engine(loaded.database, connections=2))
    try:
        migrations.upgrade(database)
    finally:
        database.close()


def run_server(runtime: Runtime) -> None:
    """Serve until told to stop."""
    import uvicorn

    from services.app import create_app

    with runtime.reading():
        migrations.check(runtime.database)
    chain = process.open_chain(runtime)
    runner = process.make_runner(runtime, chain) if runtime.settings.worker_in_process else None
    app = create_app(runtime, chain, runner)
    loaded = runtime.settings
    uvicorn.run(
        app,
        host=loaded.host,
        port=loaded.port,
        log_level=loaded.log_level.lower(),
        access_log=False,
        server_header=False,
    )


def _new_passphrase() -> str:
    return str(
        click.prompt(
            speech.line("ask_new_passphrase"),
            hide_input=True,
            confirmation_prompt=True,
            err=True,
        )
    )
