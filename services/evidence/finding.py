"""What one check found: its reason, what the reason rests on, and when.

evidence   how the answer is known, or None: `local`, `receipt`, `seals`, `live` for what rests
           on an anchor, `assertion` or `list` for the status
at         the instant the finding is about: the block's time, the age of a record, since when
params     facts for the texts. An instant is written out in the reader's language and zone,
           Names in the reader's language, a Term is looked up in the catalogue
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.evidence.reasons import REASONS, Result


class Names(NamedTuple):
    """A name that has a Chinese and an English form."""

    zh: str
    en: str


class Term(NamedTuple):
    """A word of our own, by its code in the catalogue."""

    code: str


Fact = str | int | datetime | Names | Term | tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a verdict."""

    check: str
    reason: str
    evidence: str | None = None
    at: datetime | None = None
    params: Mapping[str, Fact] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.reason not in REASONS[self.check]:
            raise ValueError(f"{self.check} has no reason {self.reason}")

    @property
    def result(self) -> Result:
        """Return the result that follows from the reason."""
        return REASONS[self.check][self.reason]

    @property
    def passed(self) -> bool:
        """Return whether the check passed."""
        return self.result is Result.PASS


def not_reached(check: str, because: str) -> Finding:
    """Return the finding of a check that another one left without ground."""
    return Finding(check, "not_reached", params={"because": Term(f"check.{because}")})
