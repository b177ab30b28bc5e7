"""Passwords, kept as PBKDF2-HMAC-SM3.

Stored     $pbkdf2-sm3$<rounds>$<salt>$<key>: base64url, salt 16 bytes, key 32 bytes
Rounds     a parameter at each call and in each stored text, so that it can grow; `outdated`
           tells which stored texts to replace at the next sign-in
Spelling   NFKC (NIST SP 800-63B), because keyboards write one character in several ways
Errors     LoginRefused("login_refused") whatever was wrong; WeakPassword for new passwords

For an unknown user, verify against `decoy`: the same work, the same refusal.
"""

import re
import unicodedata
from hmac import compare_digest

from crypto import kdf
from crypto.entropy import Random
from crypto.jws import b64u, unb64u
from identity.errors import LoginRefused, WeakPassword

SALT_SIZE = 16
KEY_SIZE = 32
LEAST_CHARACTERS = 10
MOST_CHARACTERS = 128

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


def require_strength(password: str, *, login: str) -> None:
    """Refuse a new password that is too short, too long, monotonous or holds the login name."""
    text = unicodedata.normalize("NFKC", password)
    if len(text) < LEAST_CHARACTERS:
        raise WeakPassword("password_too_short", least=LEAST_CHARACTERS)
    if len(text) > MOST_CHARACTERS:
        raise WeakPassword("password_too_long", most=MOST_CHARACTERS)
    if len(set(text)) < LEAST_CHARACTERS // 2:
        raise WeakPassword("password_too_simple")
    if login.casefold() in text.casefold():
        raise WeakPassword("password_holds_login")


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
