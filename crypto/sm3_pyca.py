"""SM3 from `cryptography`, for interpreters whose OpenSSL was built without it.

The same three methods as a hashlib object; see crypto.sm3 for everything else.
"""

from typing import Self

from cryptography.hazmat.primitives import hashes


class PycaHasher:
    """A running SM3 hash."""

    __slots__ = ("_state",)

    def __init__(self, state: hashes.Hash | None = None) -> None:
        self._state = state or hashes.Hash(hashes.SM3())

    def update(self, data: bytes, /) -> None:
        """Add `data` to what is hashed."""
        self._state.update(data)

    def digest(self) -> bytes:
        """Return the digest of everything so far; the hash may go on."""
        return self._state.copy().finalize()

    def copy(self) -> Self:
        """Return an independent hash in the same state."""
        return type(self)(self._state.copy())
