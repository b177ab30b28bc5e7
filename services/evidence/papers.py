"""Whom to ask about a piece of paper: what its number or its code stands for.

The slices that issue answer, the slice that verifies asks, and neither knows the other: the
composition root brings them together.
"""

from dataclasses import dataclass
from typing import Final, Protocol

VALID: Final = "valid"
WAITING: Final = "waiting"
"""Issued and not anchored yet."""


@dataclass(frozen=True, slots=True)
class Brief:
    """All that a number alone tells: it is no secret, so it tells of nobody."""

    number: str
    issuer_zh: str
    issuer_en: str | None
    telephone: str
    year: int
    status: str
    """valid, waiting, suspended, revoked or superseded."""


class Papers(Protocol):
    """What was printed."""

    def brief(self, number: str) -> Brief | None:
        """Return what a number alone tells; None if there is no such certificate."""
        ...

    def bundle(self, code: str, number: str | None) -> bytes:
        """Return the bundle, with the least disclosures, that a code stands for.

        Raises NotFound code_unknown, also where the number belongs to another code;
        NotFound record_forgotten; Conflict anchor_not_final.
        """
        ...
