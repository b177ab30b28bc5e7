"""Recovery codes: ten, for a person who lost the other factors; each works once.

Code       16 symbols of the alphabet of GB 32100, 79 bits, written in four groups of four
Stored     PBKDF2-HMAC-SM3 of each code under one salt of the set, so that an attempt costs one
           derivation however many codes are left; docs/decisions says why not Argon2id
Used up    a used code's key is gone from the set; a new set replaces the old one whole
What for   a session of the level `recovery`: to add a factor, not to sign (identity.actions)
Errors     LoginRefused("login_refused")
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

from crypto import kdf
from crypto.entropy import Random
from identity.check_characters import random_symbols
from identity.errors import LoginRefused
from identity.factors.protocol import Attempt, Proof
from identity.levels import FactorKind

CODES = 10
SYMBOLS = 16
SALT_SIZE = 16
KEY_SIZE = 32
_MOST_WRITTEN = 64
_READ_AS = str.maketrans({"I": "1", "O": "0", "-": None, " ": None})
"""Letters that the alphabet does not have, because they look like digits; and the gaps."""


@dataclass(frozen=True, slots=True)
class CodeSet:
    """What is stored: the keys of the codes that are left."""

    salt: bytes
    rounds: int
    keys: tuple[bytes, ...]
    made_at: datetime

    @property
    def left(self) -> int:
        """How many codes still work."""
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class NewCodes:
    """A set just made. The codes are shown once and stored nowhere."""

    codes: tuple[str, ...]
    stored: CodeSet

    def __repr__(self) -> str:
        return f"NewCodes({len(self.codes)} codes)"


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """The factor."""

    def verify(self, stored: CodeSet, answer: str, attempt: Attempt) -> Proof[CodeSet]:
        """Return the proof with the set that is left."""
        given = _derive(answer, stored)
        # All are compared, so that the time does not tell which one fitted.
        fits = [compare_digest(given, key) for key in stored.keys]
        if not any(fits):
            raise LoginRefused("login_refused")
        left = tuple(key for key, fit in zip(stored.keys, fits, strict=True) if not fit)
        return Proof(FactorKind.RECOVERY_CODE, replace(stored, keys=left), attempt.now)


def new(*, rounds: int, now: datetime, random: Random) -> NewCodes:
    """Return a set of CODES codes. It takes as many derivations."""
    codes = tuple(_shown(random_symbols(SYMBOLS, random)) for _ in range(CODES))
    empty = CodeSet(random(SALT_SIZE), rounds, (), now)
    return NewCodes(codes, replace(empty, keys=tuple(_derive(each, empty) for each in codes)))


def decoy(*, rounds: int, now: datetime) -> CodeSet:
    """Return a set that no code fits, for a stranger: the same work, the same refusal."""
    return CodeSet(bytes(SALT_SIZE), rounds, (bytes(KEY_SIZE),), now)


def normalise(text: str) -> str:
    """Return a code as it is derived from: capitals without gaps, I read as 1, O as 0."""
    return text[:_MOST_WRITTEN].upper().translate(_READ_AS)


def _derive(code: str, stored: CodeSet) -> bytes:
    octets = normalise(code).encode("utf-8", "surrogatepass")
    return kdf.pbkdf2(octets, stored.salt, rounds=stored.rounds, length=KEY_SIZE)


def _shown(symbols: str) -> str:
    return "-".join(_groups(symbols))


def _groups(symbols: str) -> Iterable[str]:
    return (symbols[at : at + 4] for at in range(0, len(symbols), 4))
