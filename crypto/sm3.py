"""SM3, the national hash function, and HMAC-SM3.

Standard   GB/T 32905-2016 (= GM/T 0004-2012, ISO/IEC 10118-3:2018); RFC 2104 for HMAC.
Input      bytes, fewer than 2**61 of them.
Output     DIGEST_SIZE = 32 bytes; words are big-endian, as printed in the standard.
Errors     TypeError for text and numbers; InvalidSignature from verify_hmac.
Backend    the interpreter's hashlib; where its OpenSSL was built without SM3,
           `cryptography`. crypto.selftest checks the answer at start-up.
"""

import hashlib  # noqa: TID251  (this module is what the ban points to)
from hmac import compare_digest
from typing import Protocol, Self

from crypto import gate
from crypto.errors import InvalidSignature

DIGEST_SIZE = 32
BLOCK_SIZE = 64

_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class Hasher(Protocol):
    """A running hash; `copy` forks it, so that a common prefix is hashed once."""

    def update(self, data: bytes, /) -> None:
        """Add `data` to what is hashed."""

    def digest(self) -> bytes:
        """Return the digest of everything so far; the hash may go on."""

    def copy(self) -> Self:
        """Return an independent hash in the same state."""


def _first_state() -> Hasher:
    try:
        return hashlib.new("sm3")
    except ValueError:  # an OpenSSL without SM3
        from crypto.sm3_pyca import PycaHasher

        return PycaHasher()


# Copying an empty state is a third faster than asking OpenSSL for SM3 by name each time.
_EMPTY = _first_state()


def new(prefix: bytes = b"") -> Hasher:
    """Return a running hash that has taken in `prefix`."""
    gate.check()
    state = _EMPTY.copy()
    state.update(prefix)
    return state


def digest(data: bytes) -> bytes:
    """Return the SM3 digest of `data`: 32 bytes."""
    gate.check()
    state = _EMPTY.copy()
    state.update(data)
    return state.digest()


def hmac(key: bytes, data: bytes) -> bytes:
    """Return HMAC-SM3 of `data` under `key`, which may have any length: 32 bytes."""
    block = (digest(key) if len(key) > BLOCK_SIZE else key).ljust(BLOCK_SIZE, b"\0")
    return digest(block.translate(_OUTER) + digest(block.translate(_INNER) + data))


def verify_hmac(key: bytes, data: bytes, tag: bytes) -> None:
    """Check the whole tag in constant time. Raises InvalidSignature."""
    if not compare_digest(hmac(key, data), tag):
        raise InvalidSignature("mac_mismatch")
