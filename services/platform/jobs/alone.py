"""One worker process at a time on SQLite: a lock on a file under KEXIN_HOME.

The system drops the lock when the process ends, however it ends; the file stays. Whoever holds
it knows that every lease in the database is a dead worker's and may be cleared.
"""

import fcntl
import os
from pathlib import Path

from services.platform.errors import Conflict


class WorkerLock:
    """The right to be the worker of one home folder. Raises Conflict worker_runs_already."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._file = os.open(home / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._file)
            raise Conflict("worker_runs_already") from error

    def release(self) -> None:
        """Let another process be the worker."""
        os.close(self._file)
