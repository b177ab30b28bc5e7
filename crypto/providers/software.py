"""The software device: private keys wrapped under a master key, opened to sign.

Wrapped    sm4.seal of the scalar under HKDF(master, "key-wrap"), bound to use and kid: a row
           moved to another key or another use does not open.
Opened     the KEPT_OPEN keys used last stay open in memory, where the wrapping key is as well;
           opening one for each signature would cost a quarter of the signature.
Status     not a certified cryptographic product; it says so in all evidence. For development,
           demonstration and tests; production keys live in a machine behind the same protocol.
Errors     InvalidCiphertext if a wrapped key was altered or belongs to another master key.
"""

from functools import lru_cache

from crypto import kdf, sm2, sm4
from crypto.keys import PrivateKey
from crypto.provider import KeyRef, Use

KEPT_OPEN = 16
_MASTER_SIZE = 16  # bytes at least; SM4 has no use for more strength


class SoftwareDevice:
    """Keys in this process."""

    name = "software"
    certified = False

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) < _MASTER_SIZE:
            raise ValueError(f"a master key has at least {_MASTER_SIZE} bytes")
        self._wrapping_key = kdf.hkdf(master_key, info=b"key-wrap", length=sm4.KEY_SIZE)
        self._open = lru_cache(maxsize=KEPT_OPEN)(self._unwrap)

    def generate(self, use: Use) -> KeyRef:
        """Make a key and wrap it."""
        private = sm2.generate()
        kid = private.public.kid
        wrapped = sm4.seal(self._wrapping_key, private.export_scalar(), _binding(use, kid))
        return KeyRef(kid, use, private.public, wrapped)

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        """Return r||s over a digest."""
        return sm2.sign_e(self._open(ref), e)

    def _unwrap(self, ref: KeyRef) -> PrivateKey:
        scalar = sm4.unseal(self._wrapping_key, ref.wrapped, _binding(ref.use, ref.kid))
        return PrivateKey(scalar, ref.public)


def _binding(use: Use, kid: str) -> bytes:
    return f"{use.value}{kid}".encode("ascii")
