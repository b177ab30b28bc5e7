"""One worker process at a time on SQLite: a lock on a file under KEXIN_HOME.

The system drops the lock when the process ends, however it ends; the file stays. Whoever holds
it knows that every lease in the database is a dead worker's and may be cleared. On PostgreSQL
several workers run beside each other, and a dead one's lease runs out by itself.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.platform import files
from services.platform.errors import Conflict
from services.platform.jobs import queue
from services.platform.work import Runtime


@contextmanager
def the_worker(runtime: Runtime) -> Iterator[None]:
    """Be a worker of this database. Raises Conflict worker_runs_already on SQLite."""
    if not runtime.database.embedded:
        yield
        return
    with _locked(runtime.settings.home):
        with runtime.writing() as work:
            queue.clear_leases(work)
        yield


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with files.opened(home / "worker.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("worker_runs_already") from error
        yield
