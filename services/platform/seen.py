"""The newest version of a row that this process has seen: a row that went back is refused.

A MAC tells that a row was written by us, not that it is the last one we wrote: whoever can write
the database can put an older copy back. Where that would undo a refusal (a lock after wrong
passwords, a code that was used) the row carries a version that only grows, and the process that
wrote it remembers how far it got. Asked only of rows that are held until the commit, so that
nobody is refused for having looked a moment earlier.

Memory     of this process: a restart forgets, and so does whoever restores a backup
Errors     Tampered row_altered
"""

from threading import Lock

from services.platform.errors import Tampered


class Seen:
    """Remembers versions by table and key. Safe to use from several threads."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, str], int] = {}
        self._lock = Lock()

    def check(self, table: str, key: str, version: int) -> None:
        """Raise Tampered if this process has seen a newer version of the row."""
        with self._lock:
            newest = self._versions.get((table, key), version)
        if version < newest:
            raise Tampered("row_altered", table=table)

    def note(self, table: str, key: str, version: int) -> None:
        """Remember a version that was committed."""
        with self._lock:
            newest = self._versions.get((table, key), version)
            self._versions[table, key] = max(version, newest)
