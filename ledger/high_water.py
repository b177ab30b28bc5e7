"""The high-water mark: how far each log was signed, remembered outside the database.

A database can be restored from a backup; what was signed cannot be taken back. Before a signed
checkpoint leaves this node (and before it is committed) its size and root are written here and
flushed. A log that is shorter than its mark, or had another root there, went back in time:
LogInconsistent, nothing more is signed, an operator looks.

File       canonical JSON {"format","marks":{origin:{"root","size"}}}; replaced as a whole: written
           beside, flushed, renamed, folder flushed. Writers take turns by a lock file beside it
Trust      who can write the file can only stop the node; who can also roll back the database can
           make it sign twice, which the anchors on the chain then show
Errors     LogInconsistent: log_below_mark, log_other_root, mark_missing, mark_unreadable;
           LogMoved: mark_moved
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import InvalidEncoding
from crypto.jws import b64u, unb64u
from ledger.errors import LogInconsistent, LogMoved, UnknownLog
from ledger.log import Log

FORMAT = "kexin/high-water/v1"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far one log was signed."""

    origin: str
    size: int
    root: bytes


class HighWater:
    """The marks of all logs of this node, in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def marks(self) -> Mapping[str, Mark]:
        """Return the marks by origin; none where the file does not exist.

        Raises LogInconsistent if the file cannot be read: then nothing is known, so stop.
        """
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            return _parse(canonical.loads(data))
        except InvalidEncoding as error:
            raise LogInconsistent("mark_unreadable") from error

    def advance(self, marks: Iterable[Mark]) -> None:
        """Raise these marks and flush them; only for logs that `check` let pass.

        A mark never sinks or changes. A smaller one is LogMoved: another process signed more
        since the check. Another root at the same size is LogInconsistent. Then none is raised.
        """
        with self._turn():
            known = dict(self.marks())
            for mark in marks:
                before = known.get(mark.origin, mark)
                if mark.size < before.size:
                    raise LogMoved("mark_moved", origin=mark.origin, marked=before.size)
                if mark.size == before.size and mark.root != before.root:
                    raise _other_root(before)
                known[mark.origin] = mark
            self._replace(known)

    def _replace(self, marks: Mapping[str, Mark]) -> None:
        """Write the file so that after a crash it is the old one or the new one."""
        written = {
            mark.origin: {"root": b64u(mark.root), "size": mark.size} for mark in marks.values()
        }
        beside = self._path.with_name(f"{self._path.name}.new")
        with open(beside, "wb", opener=_private) as file:
            file.write(canonical.dumps({"format": FORMAT, "marks": written}))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        _flush_folder(self._path.parent)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the lock file, so that two processes do not overwrite each other's marks."""
        path = self._path.with_name(f"{self._path.name}.lock")
        with open(path, "wb", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _private(path: str, flags: int) -> int:
    """Open a file that is its owner's alone if it is made now."""
    return os.open(path, flags, 0o600)


def check(mark: Mark | None, log: Log, *, signed_size: int) -> None:
    """Raise LogInconsistent unless the log still has everything that was signed of it.

    `signed_size` is that of the last checkpoint in the database: where there is one, a missing
    mark means that the file is not the one that belongs to this database.
    """
    if mark is None:
        if signed_size:
            raise LogInconsistent("mark_missing", origin=log.origin, signed_size=signed_size)
        return
    if log.size < mark.size:
        raise _below(mark, log.size)
    if log.root(mark.size) != mark.root:
        raise _other_root(mark)


def check_all(marks: Iterable[Mark], open_log: Callable[[str], Log]) -> None:
    """Raise LogInconsistent unless every marked log still has everything that was signed of it."""
    for mark in marks:
        try:
            log = open_log(mark.origin)
        except UnknownLog as error:
            raise _below(mark, 0) from error
        check(mark, log, signed_size=mark.size)


def _parse(value: Json) -> dict[str, Mark]:
    match value:
        case {"format": str(name), "marks": dict(marks), **rest} if name == FORMAT and not rest:
            return {origin: _mark(origin, each) for origin, each in marks.items()}
        case _:
            raise LogInconsistent("mark_unreadable")


def _mark(origin: str, value: Json) -> Mark:
    match value:
        case {"root": str(root), "size": int(size), **rest} if not rest:
            return Mark(origin, size, unb64u(root))
        case _:
            raise LogInconsistent("mark_unreadable", origin=origin)


def _below(mark: Mark, size: int) -> LogInconsistent:
    return LogInconsistent("log_below_mark", origin=mark.origin, marked=mark.size, size=size)


def _other_root(mark: Mark) -> LogInconsistent:
    return LogInconsistent("log_other_root", origin=mark.origin, marked=mark.size)


def _flush_folder(folder: Path) -> None:
    """Make a rename in the folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
