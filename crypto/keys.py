"""SM2 keys as values.

Public     the point X||Y, 64 bytes, on the curve and not the point at infinity; as JWK
           {"crv", "kty", "x", "y"}, as SubjectPublicKeyInfo (DER, PEM); `kid` is the RFC 7638
           thumbprint with SM3, base64url, 43 characters.
Private    a scalar 1 <= d <= n-2 (GB/T 32918.1 clause 6.1), opaque: it does not print, pickle
           or compare. Files of private keys: crypto.pkcs8.
Errors     InvalidKey: point_length, point_off_curve, scalar_range, jwk_members, jwk_kind,
           spki, pem; InvalidEncoding where base64url is not canonical.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn, Self

from crypto import curve, gate, libcrypto, sm3
from crypto.base64url import b64u, unb64u
from crypto.errors import InvalidKey

CURVE_NAME: Final = "SM2-P-256"
_LINE = 64  # characters of base64 in a line of PEM (RFC 7468)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point of the SM2 curve; whoever holds one knows that it was checked."""

    xy: bytes

    def __post_init__(self) -> None:
        if len(self.xy) != 2 * curve.FIELD_SIZE:
            raise InvalidKey("point_length", length=len(self.xy))
        if not curve.holds(int.from_bytes(self.xy[:32]), int.from_bytes(self.xy[32:])):
            raise InvalidKey("point_off_curve")

    @property
    def kid(self) -> str:
        """The SM3 thumbprint of the JWK, 43 characters: the key's name everywhere."""
        gate.check()
        return _thumbprint(self.xy)

    def jwk(self) -> dict[str, str]:
        """Return the key as a JWK with exactly four members."""
        x, y = b64u(self.xy[:32]), b64u(self.xy[32:])
        return {"crv": CURVE_NAME, "kty": "EC", "x": x, "y": y}

    @classmethod
    def from_jwk(cls, jwk: object) -> Self:
        """Read a JWK that has exactly the members `jwk` writes."""
        if not isinstance(jwk, Mapping) or set(jwk) != {"crv", "kty", "x", "y"}:
            raise InvalidKey("jwk_members")
        x, y = jwk["x"], jwk["y"]
        if jwk["crv"] != CURVE_NAME or jwk["kty"] != "EC":
            raise InvalidKey("jwk_kind")
        if not isinstance(x, str) or not isinstance(y, str) or len(x) != len(y):
            raise InvalidKey("jwk_members")
        return cls(unb64u(x) + unb64u(y))

    def spki(self) -> bytes:
        """Return the DER SubjectPublicKeyInfo (GB/T 35275: id-ecPublicKey, SM2 curve)."""
        return libcrypto.SPKI_PREFIX + self.xy

    @classmethod
    def from_spki(cls, der: bytes) -> Self:
        """Read a SubjectPublicKeyInfo; DER has one spelling, so anything else is refused."""
        if not der.startswith(libcrypto.SPKI_PREFIX):
            raise InvalidKey("spki")
        return cls(der[len(libcrypto.SPKI_PREFIX) :])

    @property
    def pem(self) -> str:
        """The key as PEM text."""
        return to_pem("PUBLIC KEY", self.spki())

    @classmethod
    def from_pem(cls, text: str) -> Self:
        """Read one PEM block PUBLIC KEY."""
        return cls.from_spki(from_pem("PUBLIC KEY", text))


class PrivateKey:
    """A private scalar with its public key."""

    __slots__ = ("_native", "_scalar", "public")

    def __init__(self, scalar: bytes, public: PublicKey) -> None:
        """Join a scalar with the public key that is known to belong to it."""
        if len(scalar) != curve.FIELD_SIZE or not 1 <= int.from_bytes(scalar) <= curve.N - 2:
            raise InvalidKey("scalar_range")
        self._scalar = scalar
        self.public = public
        self._native: libcrypto.Key | None = None

    @classmethod
    def from_scalar(cls, scalar: bytes) -> Self:
        """Return the key of a scalar, computing its public key."""
        if len(scalar) != curve.FIELD_SIZE or not 1 <= int.from_bytes(scalar) <= curve.N - 2:
            raise InvalidKey("scalar_range")
        native = libcrypto.library().derive(scalar)
        private = cls(scalar, PublicKey(native.point()))
        private._native = native
        return private

    def native(self) -> libcrypto.Key:
        """Return the key as libcrypto holds it, made at the first call."""
        if self._native is None:
            self._native = libcrypto.library().key_pair(self._scalar, self.public.xy)
        return self._native

    def export_scalar(self) -> bytes:
        """Return the 32 secret bytes. Only for wrapping them under another key."""
        return self._scalar

    def __repr__(self) -> str:
        return f"PrivateKey(kid={self.public.kid!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is wrapped, not pickled")


def to_pem(label: str, der: bytes) -> str:
    """Return one PEM block (RFC 7468)."""
    text = binascii.b2a_base64(der, newline=False).decode()
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def from_pem(label: str, text: str) -> bytes:
    """Return the contents of the one PEM block in `text`, which must have this label."""
    lines = text.strip().splitlines()
    frame = [f"-----BEGIN {label}-----", f"-----END {label}-----"]
    if len(lines) < 3 or [lines[0], lines[-1]] != frame:
        raise InvalidKey("pem", wanted=label)
    try:
        return binascii.a2b_base64("".join(lines[1:-1]).encode("ascii"), strict_mode=True)
    except ValueError as error:
        raise InvalidKey("pem", wanted=label) from error


@lru_cache(maxsize=1024)
def _thumbprint(xy: bytes) -> str:
    """RFC 7638: the hash of the JWK's required members, in order, without white space."""
    x, y = b64u(xy[:32]), b64u(xy[32:])
    canonical = f'{{"crv":"{CURVE_NAME}","kty":"EC","x":"{x}","y":"{y}"}}'
    return b64u(sm3.digest(canonical.encode()))
