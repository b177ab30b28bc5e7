"""The database: one engine, two kinds of transaction, and what every table is made of.

Databases    SQLite (WAL, synchronous FULL) and PostgreSQL through psycopg 3; the same code
             and the same constraints run on both
Reading      a snapshot in which nothing can be written: BEGIN with query_only on SQLite,
             REPEATABLE READ, READ ONLY on PostgreSQL
Writing      BEGIN IMMEDIATE on SQLite, because two plain BEGINs that read and then write lose
             updates or fail; READ COMMITTED on PostgreSQL, where what may not move is locked
             by row
Private      an SQLite file and what stands beside it can be read by its owner alone
Ids          made here, 128 random bits, before the row exists: a sealed column's AAD needs them
Errors       Unavailable database_busy (a lock was not had in time), database_unreachable;
             Conflict already_exists (a unique constraint); everything else is a bug and stays
             what SQLAlchemy raised, with the values hidden

Others take `Session` from here; only tables.py and queries.py files speak SQLAlchemy besides.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from crypto.entropy import Random
from ledger.tables import METADATA, UtcTime
from services.platform.errors import Conflict, Unavailable
from services.platform.files import PRIVATE

__all__ = ["METADATA", "Database", "Session", "UtcTime", "engine", "new_id", "translated"]

BUSY_SECONDS = 5
"""How long a transaction waits for another one's lock before it is told database_busy."""

_READING = "kexin_reading"
_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GONE = frozenset({"CANTOPEN", "IOERR", "FULL", "READONLY"})
_BUSY_STATES = frozenset({"40001", "40P01", "55P03", "57014"})
"""PostgreSQL: serialization failure, deadlock, lock not available, statement timeout."""


def new_id(prefix: str, random: Random) -> str:
    """Return `<prefix>_` and 26 symbols of Crockford's base 32: 128 random bits."""
    number = int.from_bytes(random(16))
    symbols = (_SYMBOLS[number >> shift & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{''.join(symbols)}"


class Database:
    """An engine with a maker of sessions for each kind of transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        snapshot: dict[str, Any] = {_READING: True}
        if not _is_sqlite(engine):
            snapshot |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self.reading = sessionmaker(engine.execution_options(**snapshot))
        self.writing = sessionmaker(engine)

    @property
    def embedded(self) -> bool:
        """Whether this is SQLite: one writer at a time, one worker process."""
        return _is_sqlite(self.engine)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def engine(url: str, *, connections: int = 16) -> Engine:
    """Return an engine for a sqlite: or postgresql: URL; ValueError for another database."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite_engine(url, connections)
    if backend != "postgresql":
        raise ValueError(f"neither SQLite nor PostgreSQL: {backend}")
    options = f"-c lock_timeout={BUSY_SECONDS}s -c timezone=UTC"
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 10},
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn the database's failures that are nobody's mistake into ours."""
    try:
        yield
    except IntegrityError as error:
        if _is_duplicate(error.orig):
            raise Conflict("already_exists") from error
        raise
    except OperationalError as error:
        code = _trouble(error.orig)
        if code is None:
            raise
        raise Unavailable(code) from error
    except PoolTimeout as error:
        raise Unavailable("database_busy") from error


def ping(session: Session) -> None:
    """Ask the database for the simplest answer. Raises Unavailable."""
    with translated():
        session.connection().exec_driver_sql("SELECT 1")


def _is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def _sqlite_engine(url: str, connections: int) -> Engine:
    made = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,
        # None: the driver opens no transaction of its own, so that _begin can choose which.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(made, "do_connect", _keep_private)
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def _keep_private(_dialect: object, _record: object, args: list[Any], _options: object) -> None:
    """See to it that nobody else can read the database, whatever the umask and the folder.

    SQLite gives the files that it makes beside a database the database's own mode. A file that is
    there is not opened for it: closing it would drop the locks that this process has on it.
    """
    path = Path(str(args[0]).removeprefix("file:").partition("?")[0])
    if path.parent.is_dir():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            each = path.with_name(path.name + suffix)
            mode = stat.S_IMODE(each.stat().st_mode)
            if mode & ~PRIVATE:
                each.chmod(mode & PRIVATE)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set what SQLite does not keep in the file.

    secure_delete: a destroyed key or a forgotten row leaves no copy in a free page.
    """
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _is_duplicate(cause: BaseException | None) -> bool:
    sqlite_name = getattr(cause, "sqlite_errorname", None)
    if sqlite_name is not None:
        return sqlite_name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
    return getattr(cause, "sqlstate", None) == "23505"


def _trouble(cause: BaseException | None) -> str | None:
    """Return the code for what may be better later; None for what only a programmer can mend."""
    sqlite_name = getattr(cause, "sqlite_errorname", None)
    if sqlite_name is None:
        busy = getattr(cause, "sqlstate", None) in _BUSY_STATES
        return "database_busy" if busy else "database_unreachable"
    kind = sqlite_name.split("_")[1]
    if kind in {"BUSY", "LOCKED"}:
        return "database_busy"
    return "database_unreachable" if kind in _GONE else None
