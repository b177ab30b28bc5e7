"""Cases that differ from the right bundle in one byte, in every part of it.

They are kept as a place and a byte, not as files: `splice` of a case.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crypto import canonical
from tests.services.evidence.corpus.case import RIGHT, TEXT

PLACES = 4
"""How many bytes of each part are altered, spread over it."""


@dataclass(frozen=True, slots=True)
class Splice:
    """`remove` bytes taken out at a place, and others put there."""

    name: str
    at: int
    remove: int
    insert: bytes

    def apply(self, data: bytes) -> bytes:
        return data[: self.at] + self.insert + data[self.at + self.remove :]


def parts() -> Iterator[tuple[str, int, int]]:
    """Return the name of each part, where its text begins in the bundle, and its length."""
    members: Any = canonical.loads(RIGHT)
    for name, text in _texts(members):
        quoted = canonical.dumps(text)[1:-1]
        at = RIGHT.index(quoted)
        yield name, at, len(quoted)


def _texts(members: Any) -> Iterator[tuple[str, str]]:
    token = TEXT.split("~")[0].split(".")
    yield from zip(
        ("credential-header", "credential-payload", "credential-signature"), token, strict=True
    )
    yield from ((f"disclosure-{n}", each) for n, each in enumerate(TEXT.split("~")[1:-1]))
    yield from zip(
        ("status-header", "status-payload", "status-signature"),
        members["status"].split("."),
        strict=True,
    )
    yield from _placed("", members)
    issuer = members["issuer"]
    yield from _placed("issuer-", issuer)
    yield "record", issuer["record"]["payload"]
    for number, each in enumerate(issuer["record"]["signatures"]):
        yield f"record-signature-{number}", each["signature"]
        yield f"record-header-{number}", each["protected"]
    yield "salt", issuer["salt"]


def _placed(prefix: str, members: Any) -> Iterator[tuple[str, str]]:
    receipt = members["evidence"][0]["document"]
    yield f"{prefix}checkpoint", members["checkpoint"]
    yield f"{prefix}entry-digest", members["entry"]["digest"]
    yield f"{prefix}entry-time", members["entry"]["time"]
    yield f"{prefix}receipt", receipt["payload"]
    yield f"{prefix}receipt-signature", receipt["signatures"][0]["signature"]
    yield f"{prefix}proof", members["proof"]["hashes"][0]


def splices() -> list[Splice]:
    """Return each part's altered bytes, one left out and one put in."""
    found = []
    for name, at, length in parts():
        spread = sorted({length * n // PLACES for n in range(PLACES)} | {length - 1})
        for place in spread:
            byte = bytes([RIGHT[at + place] ^ 1])
            found.append(Splice(f"{name}-{place}", at + place, 1, byte))
        middle = at + length // 2
        found.append(Splice(f"{name}-shorter", middle, 1, b""))
        found.append(Splice(f"{name}-longer", middle, 0, RIGHT[middle : middle + 1]))
    return found
