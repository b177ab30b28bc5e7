"""SM2: sign, verify, encrypt, decrypt on the recommended curve.

Standard   GB/T 32918.2 (signature), .4 (encryption), .5 (curve); formats GM/T 0009-2023.
Digest     e = SM3(Z || message), Z = SM3(ENTL || ID || a || b || G || public key).
ID         at most 8,191 bytes; everywhere in this project DEFAULT_ID, as GM/T 0009 says.
Signature  r||s, 64 bytes; `to_der` and `from_der` for the formats that want
           SEQUENCE{INTEGER r, INTEGER s}.
Ciphertext DER SEQUENCE{INTEGER x, INTEGER y, OCTET STRING C3, OCTET STRING C2}.
Errors     InvalidSignature: signature_length, signature_range, signature_mismatch;
           InvalidCiphertext; InvalidEncoding for DER; CryptoUnavailable.
Speed      about 0.3 ms to sign or verify; keys and Z are kept, contexts are not.
"""

from functools import lru_cache
from typing import Final

from crypto import curve, der, gate, libcrypto, sm3
from crypto.errors import InvalidCiphertext, InvalidEncoding, InvalidSignature
from crypto.keys import PrivateKey, PublicKey

DEFAULT_ID: Final = b"1234567812345678"
SIGNATURE_SIZE: Final = 64
_MAX_ID_SIZE = 0xFFFF // 8  # ENTL counts bits in two bytes
_CURVE = b"".join(value.to_bytes(32) for value in (curve.A, curve.B, curve.GX, curve.GY))


def generate() -> PrivateKey:
    """Return a new private key from the library's random generator."""
    gate.check()
    pair = libcrypto.library().generate()
    return PrivateKey(pair.scalar(), PublicKey(pair.point()))


def z(public: PublicKey, ident: bytes = DEFAULT_ID) -> bytes:
    """Return Z, the digest of the signer's ID, the curve and the public key."""
    gate.check()
    return _z(public.xy, ident)


def e_value(public: PublicKey, message: bytes, *, ident: bytes = DEFAULT_ID) -> bytes:
    """Return e, the 32 bytes that are signed for `message`."""
    return sm3.digest(z(public, ident) + message)


def sign(private: PrivateKey, message: bytes, *, ident: bytes = DEFAULT_ID) -> bytes:
    """Return r||s over `message`."""
    return sign_e(private, e_value(private.public, message, ident=ident))


def verify(
    public: PublicKey, message: bytes, signature: bytes, *, ident: bytes = DEFAULT_ID
) -> None:
    """Check r||s over `message`. Raises InvalidSignature."""
    verify_e(public, e_value(public, message, ident=ident), signature)


def sign_e(private: PrivateKey, e: bytes) -> bytes:
    """Return r||s over a finished digest."""
    gate.check()
    _require_digest(e)
    return from_der(private.native().sign(e))


def verify_e(public: PublicKey, e: bytes, signature: bytes) -> None:
    """Check r||s over a finished digest. Raises InvalidSignature."""
    gate.check()
    _require_digest(e)
    if not _verifier(public.xy).verifies(e, to_der(signature)):
        raise InvalidSignature("signature_mismatch")


def to_der(signature: bytes) -> bytes:
    """Return r||s as DER. Raises InvalidSignature if it can be nobody's signature."""
    if len(signature) != SIGNATURE_SIZE:
        raise InvalidSignature("signature_length", length=len(signature))
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    _require_range(r, s)
    return der.element(der.SEQUENCE, der.integer(r), der.integer(s))


def from_der(signature: bytes) -> bytes:
    """Return a DER signature as r||s. Raises InvalidEncoding, InvalidSignature."""
    outer = der.Reader(signature)
    pair = outer.inside(der.SEQUENCE)
    outer.end()
    r, s = pair.integer(), pair.integer()
    pair.end()
    _require_range(r, s)
    return r.to_bytes(32) + s.to_bytes(32)


def encrypt(public: PublicKey, plaintext: bytes) -> bytes:
    """Return `plaintext`, at least one byte, encrypted for the holder of `public`."""
    gate.check()
    if not plaintext:
        raise ValueError("SM2 does not encrypt nothing")
    while True:
        sealed = _verifier(public.xy).encrypt(plaintext)
        # GB/T 32918.4 clause 6.1 A5: a key stream of zeros is thrown away. It happens to one
        # in 256 one-byte texts, and libcrypto does not look.
        if _parts(sealed) != plaintext:
            return sealed


def decrypt(private: PrivateKey, ciphertext: bytes) -> bytes:
    """Return the plaintext. Raises InvalidCiphertext, InvalidEncoding."""
    gate.check()
    masked = _parts(ciphertext)
    plaintext = private.native().decrypt(ciphertext)
    if plaintext is None or plaintext == masked:
        raise InvalidCiphertext("ciphertext_mismatch")
    return plaintext


def _parts(ciphertext: bytes) -> bytes:
    """Check the form of a ciphertext and that its point is on the curve; return C2."""
    outer = der.Reader(ciphertext)
    inner = outer.inside(der.SEQUENCE)
    outer.end()
    x, y = inner.integer(), inner.integer()
    digest, masked = inner.take(der.OCTETS), inner.take(der.OCTETS)
    inner.end()
    if not curve.holds(x, y):
        raise InvalidCiphertext("ciphertext_off_curve")
    if len(digest) != sm3.DIGEST_SIZE or not masked:
        raise InvalidCiphertext("ciphertext_length")
    return masked


def _require_range(r: int, s: int) -> None:
    """GB/T 32918.2 clause 7.1 B1, B2, B5: 1 <= r, s < n and r + s is not n."""
    if not (1 <= r < curve.N and 1 <= s < curve.N and r + s != curve.N):
        raise InvalidSignature("signature_range")


def _require_digest(e: bytes) -> None:
    if len(e) != sm3.DIGEST_SIZE:
        raise ValueError(f"e has 32 bytes, not {len(e)}")


@lru_cache(maxsize=1024)
def _z(point: bytes, ident: bytes) -> bytes:
    if len(ident) > _MAX_ID_SIZE:
        raise InvalidEncoding("ident_too_long", length=len(ident))
    return sm3.digest((len(ident) * 8).to_bytes(2) + ident + _CURVE + point)


@lru_cache(maxsize=256)
def _verifier(point: bytes) -> libcrypto.Key:
    """Keep the library's form of recent keys; an evicted one is freed after its last use."""
    return libcrypto.library().public_key(point)
