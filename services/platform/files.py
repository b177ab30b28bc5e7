"""Small files that are whole at every moment, whenever the process or the machine stops.

Written beside its place, flushed to the disk, then moved there; readers see the old file or the
new one. The name beside holds the process's number: two processes never write into one file, and
`sweep` can tell what a process left that is gone.

Errors   OSError, as the system raises it; FileExistsError from `create`
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600
PUBLIC = 0o644

_BESIDE = re.compile(r".+\.([1-9][0-9]*)\.new")


def replace(path: Path, data: bytes, *, mode: int = PRIVATE) -> None:
    """Write a file, or write it anew."""
    beside = _written_beside(path, data, mode)
    beside.replace(path)
    _flush_folder(path.parent)


def create(path: Path, data: bytes, *, mode: int = PRIVATE) -> None:
    """Write a file that is not there yet. Raises FileExistsError: nothing is written over."""
    beside = _written_beside(path, data, mode)
    try:
        os.link(beside, path)
    finally:
        beside.unlink()
    _flush_folder(path.parent)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file to lock it or to write at its end; one that is not there is made, PRIVATE."""
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE)
    with os.fdopen(number, "r+b") as file:
        yield file


def sweep(folder: Path) -> None:
    """Remove what processes left in a folder and below it that died while they wrote."""
    for path in folder.rglob("*.new"):
        found = _BESIDE.fullmatch(path.name)
        if found is not None and not _runs(int(found[1])):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _written_beside(path: Path, data: bytes, mode: int) -> Path:
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(number, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(number)
    return beside


def _flush_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
