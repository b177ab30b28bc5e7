"""The zip file around a workbook (ECMA-376, part 2), read without trusting a word of it.

Input       the bytes of a stranger's .xlsx
Output      a Package: the parts of a workbook by their lower-case names, read on demand
Refused     truncated or damaged; encrypted; macros; parts twice; other compressions than
            deflate; more than MAX_PARTS parts; a zip bomb (MAX_RATIO, MAX_UNPACKED_BYTES)
Errors      Invalid: sheet_damaged, sheet_encrypted, sheet_macros, sheet_zip_bomb
The sizes in the directory are only a promise: a part is read to that size and not a byte
further, and the checksum of what was read must hold.
"""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from services.platform.errors import Invalid

MAX_PARTS = 2_000
MAX_RATIO = 200
MAX_UNPACKED_BYTES = 96 * 1024 * 1024
"""20,000 rows of 30 columns of inline text unpack to about 50 MB."""

_SMALL_BYTES = 4 * 1024 * 1024
"""Below this much no ratio is a bomb: an empty sheet of styles packs very well."""

_CHUNK_BYTES = 64 * 1024
_ENCRYPTED = 0x1
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What zipfile and zlib raise for damaged files. RuntimeError: packed in a way or for a version
of zip that zipfile does not know; ValueError holds UnicodeDecodeError."""


class Package:
    """The parts of one workbook. What has been unpacked counts against one budget."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except _BROKEN as error:
            raise Invalid("sheet_damaged") from error
        self._parts = _checked_parts(self._zip.infolist())
        self._left = MAX_UNPACKED_BYTES

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a part, piece by piece."""
        part = self._parts.get(name.lower())
        if part is None:
            raise Invalid("sheet_damaged")
        try:
            with self._zip.open(part) as file:
                while piece := file.read(_CHUNK_BYTES):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise _bomb(MAX_UNPACKED_BYTES)
                    yield piece
        except _BROKEN as error:
            raise Invalid("sheet_damaged") from error

    def read(self, name: str) -> bytes:
        """Return all bytes of a part."""
        return b"".join(self.chunks(name))


def _checked_parts(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    if len(infos) > MAX_PARTS:
        raise _bomb(sum(info.file_size for info in infos))
    parts: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename.replace("\\", "/").lower()
        if name in parts:
            raise Invalid("sheet_damaged")
        if info.flag_bits & _ENCRYPTED:
            raise Invalid("sheet_encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Invalid("sheet_damaged")
        parts[name] = info
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in parts):
        raise Invalid("sheet_macros")
    for info in infos:
        packed = max(info.compress_size, 1)
        if info.file_size > _SMALL_BYTES and info.file_size / packed > MAX_RATIO:
            raise _bomb(info.file_size)
    return parts


def _bomb(size_bytes: int) -> Invalid:
    return Invalid(
        "sheet_zip_bomb",
        megabytes=size_bytes // (1024 * 1024),
        limit_megabytes=MAX_UNPACKED_BYTES // (1024 * 1024),
    )
