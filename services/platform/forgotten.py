"""The forget journal: which record keys were destroyed, in a file outside the database.

Line     `<record id> <instant> <MAC>`: RFC 3339 to the second, base64url of an HMAC-SM3 over
         the line's number, id, instant and the MAC before it, under a key of the node's
Written  appended and synced to the disk before anybody is told that a record is forgotten;
         several processes take turns by a lock on the file
Read     a last line without its end was cut off by a crash and is taken away; any other line
         that does not fit is Tampered forget_journal_altered: somebody wants records back
No personal data: a record id is random.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from crypto.base64url import b64u
from ledger import times
from services.platform import files
from services.platform.errors import Tampered
from services.platform.protect import Protect

_START = "kexin/forget/v1"


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal at a path; the file is made with its first line."""

    path: Path
    protect: Protect

    def append(self, forgotten: Sequence[tuple[str, datetime]]) -> None:
        """Write the records that were forgotten, and when. Raises Tampered."""
        if not forgotten:
            return
        with self._locked() as file:
            macs = [_START, *(mac for _, mac in self._lines(file))]
            last, written = macs[-1], []
            for number, (record_id, at) in enumerate(forgotten, start=len(macs)):
                last = self._mac(number, record_id, times.to_text(at), last)
                written.append(f"{record_id} {times.to_text(at)} {last}\n")
            file.write("".join(written).encode())
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> set[str]:
        """Return the ids of all records that were ever forgotten. Raises Tampered."""
        if not self.path.exists():
            return set()
        with self._locked() as file:
            return {record_id for record_id, _ in self._lines(file)}

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with files.opened(self.path) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _lines(self, file: BinaryIO) -> Iterator[tuple[str, str]]:
        """Yield id and MAC of each line and leave the file at the end of the last whole one."""
        last, number, end = _START, 0, 0
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                break
            record_id, at, mac = _split(line, number)
            if mac != self._mac(number, record_id, at, last):
                raise Tampered("forget_journal_altered", line=number)
            last, end = mac, end + len(line)
            yield record_id, mac
        file.seek(end)
        file.truncate()

    def _mac(self, number: int, record_id: str, at: str, before: str) -> str:
        parts = (b"%d" % number, record_id.encode(), at.encode(), before.encode())
        return b64u(self.protect.mac("forget", *parts))


def _split(line: bytes, number: int) -> tuple[str, str, str]:
    parts = line.decode("ascii", "replace").rstrip("\n").split(" ")
    if len(parts) != 3:
        raise Tampered("forget_journal_altered", line=number)
    return parts[0], parts[1], parts[2]
