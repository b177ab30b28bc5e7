"""The only source of randomness.

Backend   the operating system's generator. SM2 nonces and keys come from the generator of
          the cryptographic library, which is seeded from the same place.
Callers   take `random: Random` as an argument, so that a test can pass a fixed one; the
          programs at the top pass `system`.
"""

import os
from collections.abc import Callable

from crypto.base64url import b64u

Random = Callable[[int], bytes]
"""Number of bytes wanted -> that many bytes, fresh and unpredictable."""


def system(size: int) -> bytes:
    """Return `size` bytes from the operating system."""
    return os.urandom(size)


def token(size: int) -> str:
    """Return `size` random bytes as base64url text without padding."""
    return b64u(system(size))
