"""Passwords, kept as PBKDF2-HMAC-SM3.

Stored     $pbkdf2-sm3$<rounds>$<salt>$<key>: base64url, salt 16 bytes, key 32 bytes
Rounds     a parameter at each call and in each stored text, so that it can grow; `outdated`
           tells which stored texts to replace at the next sign-in
Spelling   NFKC (NIST SP 800-63B), because keyboards write one character in several ways
Policy     what a new password must be and how long it lasts: NIST (length and a list of common
           ones, no expiry) or MLPS (GB/T 22239 8.1.4.1 a: length, classes, 90 days). The two
           contradict each other, so a node chooses: docs/decisions
Errors     LoginRefused("login_refused") whatever was wrong; WeakPassword for new passwords

For an unknown user, verify against `decoy`: the same work, the same refusal.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from crypto import kdf
from crypto.entropy import Random
from crypto.jws import b64u, unb64u
from identity.errors import LoginRefused, WeakPassword
from identity.factors.common_passwords import is_common
from identity.factors.protocol import Attempt, Proof
from identity.levels import FactorKind

SALT_SIZE = 16
KEY_SIZE = 32
MOST_CHARACTERS = 128
LEAST_DIFFERENT = 5
KEPT_BEFORE = 5
"""How many earlier passwords a person may not choose again where passwords expire."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a new password must be, and for how long it is good."""

    least: int
    """Characters of a password that another factor stands beside."""
    least_alone: int
    """Characters of a password that stands alone."""
    classes: int
    """Of small letters, capitals, digits and all else, how many it must have."""
    longest: timedelta | None
    """After which it must be changed; None for never."""


NIST = Policy(least=8, least_alone=15, classes=0, longest=None)
"""NIST SP 800-63B-4: length, and no rules that make people write `Password1!`."""

MLPS = Policy(least=10, least_alone=15, classes=3, longest=timedelta(days=90))
"""GB/T 22239-2019 8.1.4.1 a: complex, and changed periodically."""

_STORED = re.compile(r"\$pbkdf2-sm3\$([1-9][0-9]{0,8})\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})")


def encode(password: str, *, rounds: int, random: Random) -> str:
    """Return what to store of a password."""
    salt = random(SALT_SIZE)
    return _stored(rounds, salt, _derive(password, salt, rounds))


def verify(password: str, stored: str) -> None:
    """Check a password in time that does not depend on where it differs.

    Raises LoginRefused; ValueError if `stored` is not what `encode` returns.
    """
    rounds, salt, key = _parts(stored)
    if not compare_digest(_derive(password, salt, rounds), key):
        raise LoginRefused("login_refused")


def decoy(rounds: int) -> str:
    """Return a stored text that no password fits: its key was not derived from any."""
    return _stored(rounds, bytes(SALT_SIZE), bytes(KEY_SIZE))


def outdated(stored: str, rounds: int) -> bool:
    """Return whether the stored text was made with fewer rounds than wanted today."""
    return _parts(stored)[0] < rounds


def wrapping_key(password: str, *, salt: bytes, rounds: int) -> bytes:
    """Return a key of 32 bytes for what only this password may open; never reuse a salt."""
    return _derive(password, salt, rounds)


def require_strength(
    password: str, *, login: str, policy: Policy = NIST, alone: bool = False
) -> None:
    """Refuse a new password that is short, long, monotonous, common or holds the login name.

    `alone` says that no second factor will stand beside it. Raises WeakPassword.
    """
    text = unicodedata.normalize("NFKC", password)
    least = policy.least_alone if alone else policy.least
    if len(text) < least:
        raise WeakPassword("password_too_short", least=least)
    if len(text) > MOST_CHARACTERS:
        raise WeakPassword("password_too_long", most=MOST_CHARACTERS)
    if len(set(text)) < LEAST_DIFFERENT:
        raise WeakPassword("password_too_simple")
    if login.casefold() in text.casefold():
        raise WeakPassword("password_holds_login")
    if is_common(text):
        raise WeakPassword("password_common")
    if _classes(text) < policy.classes:
        raise WeakPassword("password_too_few_classes", least=policy.classes)


def require_new(password: str, earlier: Iterable[str]) -> None:
    """Refuse a password that one of the `earlier` stored texts fits, for policies that expire.

    Raises WeakPassword.
    """
    for stored in earlier:
        rounds, salt, key = _parts(stored)
        if compare_digest(_derive(password, salt, rounds), key):
            raise WeakPassword("password_used_before")


def expires_at(changed_at: datetime, policy: Policy) -> datetime | None:
    """Return when a password set at `changed_at` must be changed; None for never."""
    return None if policy.longest is None else changed_at + policy.longest


@dataclass(frozen=True, slots=True)
class Password:
    """The factor. What is stored is the text of `encode`, or of `decoy` for a stranger."""

    def verify(self, stored: str, answer: str, attempt: Attempt) -> Proof[str]:
        """Return the proof; whether to encode again with more rounds is for `outdated`."""
        verify(answer, stored)
        return Proof(FactorKind.PASSWORD, stored, attempt.now)


def _classes(text: str) -> int:
    tests = (str.islower, str.isupper, str.isdecimal)
    kinds = {next((at for at, test in enumerate(tests) if test(each)), 3) for each in text}
    return len(kinds)


def _stored(rounds: int, salt: bytes, key: bytes) -> str:
    return f"$pbkdf2-sm3${rounds}${b64u(salt)}${b64u(key)}"


def _parts(stored: str) -> tuple[int, bytes, bytes]:
    found = _STORED.fullmatch(stored)
    if found is None:
        raise ValueError("not a stored password")
    return int(found[1]), unb64u(found[2]), unb64u(found[3])


def _derive(password: str, salt: bytes, rounds: int) -> bytes:
    # A password beyond the limit was never stored; it is cut so that it costs no more work.
    text = unicodedata.normalize("NFKC", password[: MOST_CHARACTERS + 1])
    octets = text.encode("utf-8", "surrogatepass")
    return kdf.pbkdf2(octets, salt, rounds=rounds, length=KEY_SIZE)
