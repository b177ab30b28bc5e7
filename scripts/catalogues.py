"""Compile the catalogues of texts: every .po becomes the .mo beside it.

    python scripts/catalogues.py            write the .mo files
    python scripts/catalogues.py --check    write nothing; exit 1 if one is missing or stale

The .mo files are kept in the repository, so that running Kexin needs no compiler of texts. They
hold the messages and their character set, no date and no tool's name, so that compiling twice
gives the same bytes. Babel reads the .po; the .mo (GNU gettext manual, "The Format of GNU MO
Files") is a table of offsets, written here.
"""

import struct
import sys
from pathlib import Path

from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[1] / "services" / "platform" / "locale"

_MAGIC = 0x950412DE
_HEAD_SIZE = 28
_HEADER = "Content-Type: text/plain; charset=utf-8\n"


def messages(source: Path) -> dict[str, str]:
    """Return the texts of a .po by code. Raises PoFileError, ValueError."""
    with source.open("rb") as file:
        read = read_po(file, abort_invalid=True)
    found: dict[str, str] = {}
    for message in read:
        if not message.id:
            continue
        if not isinstance(message.id, str) or not isinstance(message.string, str):
            raise ValueError(f"{source}: texts have no plural forms here")
        if message.fuzzy or not message.string:
            raise ValueError(f"{source}: {message.id} has no settled text")
        found[message.id] = message.string
    return found


def compiled(texts: dict[str, str]) -> bytes:
    """Return the bytes of a .mo: head, two tables of (length, offset), then the strings."""
    pairs = sorted((code.encode(), text.encode()) for code, text in {"": _HEADER, **texts}.items())
    columns = list(zip(*pairs, strict=True))
    place = _HEAD_SIZE + 16 * len(pairs)
    tables = b""
    for strings in columns:
        for string in strings:
            tables += struct.pack("<2I", len(string), place)
            place += len(string) + 1
    head = struct.pack(
        "<7I", _MAGIC, 0, len(pairs), _HEAD_SIZE, _HEAD_SIZE + 8 * len(pairs), 0, _HEAD_SIZE
    )
    return head + tables + b"".join(string + b"\0" for strings in columns for string in strings)


def stale() -> list[Path]:
    """Return the .po files whose .mo is missing or says something else."""
    return [
        source
        for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
        if not source.with_suffix(".mo").exists()
        or source.with_suffix(".mo").read_bytes() != compiled(messages(source))
    ]


def main(arguments: list[str]) -> int:
    """Compile or check; return the exit status."""
    found = stale()
    for source in found:
        print(source.relative_to(LOCALE))
        if "--check" not in arguments:
            source.with_suffix(".mo").write_bytes(compiled(messages(source)))
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
