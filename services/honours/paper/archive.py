"""A set of files as one zip, handed out piece by piece while it is made.

Format     zip without compression (PDFs are compressed inside); names in UTF-8
Memory     one file at a time, however many there are
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

from services.honours.paper.service import File

MEDIA = "application/zip"


class _Pipe(io.RawIOBase):
    """Takes what the archive writes and gives it away once."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Say that it takes bytes; it cannot be read or turned back."""
        return True

    def write(self, data: object, /) -> int:
        """Keep a piece."""
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def take(self) -> bytes:
        """Return what came since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zipped(files: Iterable[File], at: datetime) -> Iterator[bytes]:
    """Yield the bytes of a zip of these files."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.path, at.timetuple()[:6])
            archive.writestr(entry, file.data)
            yield pipe.take()
    yield pipe.take()
