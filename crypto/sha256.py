"""SHA-256 (FIPS 180-4), only where a standard of others fixes it: PKCE (RFC 7636, 4.2).

What is ours is hashed with SM3.
"""

from cryptography.hazmat.primitives import hashes


def digest(data: bytes) -> bytes:
    """Return the 32 bytes."""
    state = hashes.Hash(hashes.SHA256())
    state.update(data)
    return state.finalize()
