"""Which fonts certificates are set in, and which characters they have.

Faces      Noto Serif SC for everything; HanaMinA and HanaMinB for characters it lacks (together
           all of Unicode's ideographs to extension F). Licences: docs/decisions/
Folders    KEXIN_FONT_FOLDERS, the folder `fonts` of a checkout, and where Debian installs them
Coverage   read from the `cmap` table of each font file (OpenType 1.9, formats 4 and 12), because
           a roster of 40,000 names has to be looked through before anybody prints one
Errors     Unavailable fonts_missing; Invalid glyph_missing (code_points)
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from services.platform.errors import Invalid, Unavailable

FACES = ("Noto Serif SC", "Noto Serif CJK SC", "HanaMinA", "HanaMinB")
REGULAR = (
    "NotoSerifSC_400Regular.ttf",
    "NotoSerifCJK-Regular.ttc",
    "HanaMinA.ttf",
    "HanaMinB.ttf",
)
BOLD = ("NotoSerifSC_700Bold.ttf", "NotoSerifCJK-Bold.ttc")

_CHECKOUT = Path(__file__).resolve().parents[2] / "fonts"
PLACES = (
    _CHECKOUT / "node_modules/@expo-google-fonts/noto-serif-sc/400Regular",
    _CHECKOUT / "node_modules/@expo-google-fonts/noto-serif-sc/700Bold",
    _CHECKOUT / "hanazono/usr/share/fonts/truetype/hanazono",
    Path("/usr/share/fonts/truetype/hanazono"),
    Path("/usr/share/fonts/opentype/noto"),
)

MOST_NAMED = 12
"""Letters that are named, of however many there are."""

_PLANES = 0x110000
_COLLECTION = b"ttcf"
_UNICODE = ((0, 3), (0, 4), (0, 6), (3, 1), (3, 10))
"""Platform and encoding of the `cmap` tables that map Unicode."""


def found(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return the font files, each of our names once. Raises Unavailable fonts_missing."""
    files: dict[str, Path] = {}
    for folder in (*folders, *PLACES):
        for name in (*REGULAR, *BOLD):
            if name not in files and (folder / name).is_file():
                files[name] = folder / name
    for own in ("NotoSerifSC_400Regular.ttf", "NotoSerifSC_700Bold.ttf"):
        if own in files:
            files.pop("NotoSerifCJK-Regular.ttc", None)
            files.pop("NotoSerifCJK-Bold.ttc", None)
    if not any(name in files for name in REGULAR[:2]):
        raise Unavailable("fonts_missing")
    return tuple(files.values())


def missing_in(folders: Sequence[Path]) -> Callable[[str], str]:
    """Return what says which characters of a text no font of this node has.

    Without any font nothing can be said, and nothing is missing: paper is refused later.
    """
    try:
        files = found(folders)
    except Unavailable:
        return lambda text: ""
    covered = coverage(tuple(path for path in files if path.name in REGULAR))

    def missing(text: str) -> str:
        return "".join(dict.fromkeys(each for each in text if not covered[ord(each)]))

    return missing


def thin_in(files: Sequence[Path]) -> Callable[[str], str]:
    """Return what says which characters of a text no bold face has: they have one weight only.

    Where there is no bold face at all, none stands out.
    """
    bold = tuple(path for path in files if path.name in BOLD)

    def thin(text: str) -> str:
        if not bold or text.isascii():
            return ""
        covered = coverage(bold)
        return "".join(dict.fromkeys(each for each in text if not covered[ord(each)]))

    return thin


def require(folders: Sequence[Path], *texts: str | None) -> None:
    """Raise Invalid glyph_missing for letters that would not be on paper, by their code points."""
    missing = missing_in(folders)("".join(text for text in texts if text))
    if missing:
        raise Invalid("glyph_missing", code_points=listed(missing))


def listed(symbols: str) -> str:
    """Return the code points of some letters: U+4E00 for 一."""
    return " ".join(f"U+{ord(symbol):04X}" for symbol in symbols[:MOST_NAMED])


@lru_cache(maxsize=4)
def coverage(files: tuple[Path, ...]) -> bytes:
    """Return one byte for each code point: whether one of these fonts has a glyph."""
    covered = bytearray(_PLANES)
    for path in files:
        for first, last in _ranges(_table(path)):
            covered[first : last + 1] = b"\1" * (last + 1 - first)
    return bytes(covered)


def _table(path: Path) -> bytes:
    """Return the `cmap` table of a font, or of the first font of a collection."""
    with path.open("rb") as file:
        head = file.read(16)
        start = struct.unpack(">I", head[12:16])[0] if head.startswith(_COLLECTION) else 0
        file.seek(start)
        count = struct.unpack(">4xH6x", file.read(12))[0]
        for _ in range(count):
            name, _sum, offset, length = struct.unpack(">4sIII", file.read(16))
            if name == b"cmap":
                file.seek(offset)
                return file.read(length)
    raise ValueError(f"{path} has no table of characters")


def _ranges(table: bytes) -> Iterator[tuple[int, int]]:
    """Yield the first and last code points of each run that has glyphs."""
    count = struct.unpack_from(">2xH", table)[0]
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * number)
        if (platform, encoding) not in _UNICODE:
            continue
        form = struct.unpack_from(">H", table, offset)[0]
        if form == 12:
            yield from _format_12(table, offset)
        elif form == 4:
            yield from _format_4(table, offset)


def _format_12(table: bytes, offset: int) -> Iterator[tuple[int, int]]:
    groups = struct.unpack_from(">I", table, offset + 12)[0]
    for number in range(groups):
        first, last, glyph = struct.unpack_from(">III", table, offset + 16 + 12 * number)
        yield first + (glyph == 0), last


def _format_4(table: bytes, offset: int) -> Iterator[tuple[int, int]]:
    """Yield the segments; one that maps glyph by glyph may have holes, looked at one by one."""
    doubled = struct.unpack_from(">H", table, offset + 6)[0]
    ends = struct.unpack_from(f">{doubled // 2}H", table, offset + 14)
    at = offset + 16 + doubled
    starts = struct.unpack_from(f">{doubled // 2}H", table, at)
    deltas = struct.unpack_from(f">{doubled // 2}H", table, at + doubled)
    places = struct.unpack_from(f">{doubled // 2}H", table, at + 2 * doubled)
    for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
        if places[number]:
            here = at + 2 * doubled + 2 * number + places[number]
            glyphs = struct.unpack_from(f">{last - first + 1}H", table, here)
            yield from _runs(first, glyphs)
        else:
            yield from _runs(
                first, ((each + deltas[number]) % 65536 for each in range(first, last + 1))
            )


def _runs(first: int, glyphs: Iterable[int]) -> Iterator[tuple[int, int]]:
    for number, glyph in enumerate(glyphs):
        if glyph:
            yield first + number, first + number
