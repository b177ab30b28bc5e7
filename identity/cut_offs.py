"""Cut-offs: from which entry on the word of a key counts no longer.

By order, not by clock: who steals a key can write any date, but not an earlier place in an
anchored log. Logs follow each other year by year; the lineage is their origin without the year.

For the key of a cut-off and an entry (origin, index):
    listed year of a listed lineage     kept below the listed size, cut from there on
    an earlier year of that lineage     kept
    a later year, or another lineage    cut
"""

import re
from dataclasses import dataclass
from datetime import datetime

from crypto.canonical import Json
from identity import instants
from identity.issuer import NODE_NAME
from identity.members import Members

REASONS = ("key_compromise", "withdrawn", "ceased", "replaced")
ORIGIN = f"{NODE_NAME}/log/[A-Za-z0-9_]{{1,64}}/2[0-9]{{3}}"
MAX_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """The first `size` entries of a log, and all of its earlier years."""

    origin: str
    size: int


@dataclass(frozen=True, slots=True)
class CutOff:
    """A key whose word ended, why, since when, and what stays."""

    kid: str
    reason: str
    at: datetime
    keep: tuple[Kept, ...]

    def to_json(self) -> dict[str, Json]:
        """Return the cut-off as it stands in a list."""
        return {
            "at": instants.write(self.at),
            "keep": [{"origin": each.origin, "size": each.size} for each in self.keep],
            "kid": self.kid,
            "reason": self.reason,
        }

    @classmethod
    def read(cls, read: Members) -> "CutOff":
        """Read a cut-off of a list."""
        cut_off = cls(
            kid=read.match("kid", "[A-Za-z0-9_-]{43}"),
            reason=read.one_of("reason", REASONS),
            at=read.instant("at"),
            keep=tuple(_read_kept(each) for each in read.objects("keep", 0, MAX_KEPT)),
        )
        read.end()
        lineages = [_split(each.origin)[0] for each in cut_off.keep]
        if lineages != sorted(set(lineages)):
            read.refuse("keep")
        return cut_off

    def cuts(self, origin: str, index: int) -> bool:
        """Return whether the entry at this place lost its force."""
        if not re.fullmatch(ORIGIN, origin):
            return True
        lineage, year = _split(origin)
        for kept in self.keep:
            kept_lineage, kept_year = _split(kept.origin)
            if lineage == kept_lineage:
                return year > kept_year or (year == kept_year and index >= kept.size)
        return True


def _read_kept(read: Members) -> Kept:
    kept = Kept(read.match("origin", ORIGIN), read.integer("size", 0))
    read.end()
    return kept


def _split(origin: str) -> tuple[str, int]:
    lineage, _, year = origin.rpartition("/")
    return lineage, int(year)
