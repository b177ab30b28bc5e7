"""What certificates, requests, revocation lists and status answers have in common.

Form       SEQUENCE { what is signed, algorithm, BIT STRING signature }.
Algorithm  SM2-with-SM3, 1.2.156.10197.1.501, parameters absent (written) or NULL (read too);
           Z is that of the signer's key with the default ID; the signature is DER {r, s}.
Errors     InvalidEncoding: signed_algorithm and those of crypto.der; InvalidSignature.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from crypto import der, sm2
from crypto.errors import InvalidEncoding
from crypto.keys import PublicKey

ALGORITHM: Final = der.element(der.SEQUENCE, der.oid("1.2.156.10197.1.501"))
_WITH_NULL: Final = der.element(der.SEQUENCE, der.oid("1.2.156.10197.1.501"), der.element(der.NULL))

SignBytes = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Signed:
    """Bytes, and somebody's signature over them."""

    content: bytes
    """One SEQUENCE."""
    signature: bytes
    """r||s."""
    algorithm: bytes = ALGORITHM

    @classmethod
    def make(cls, content: bytes, sign: SignBytes) -> Self:
        """Sign."""
        return cls(content, sign(content))

    def parts(self) -> bytes:
        """Return the three elements without the SEQUENCE around them."""
        return self.content + self.algorithm + der.bits(sm2.to_der(self.signature))

    def der(self) -> bytes:
        """Return the whole."""
        return der.element(der.SEQUENCE, self.parts())

    def verify(self, key: PublicKey) -> None:
        """Check that `key` signed. Raises InvalidSignature."""
        sm2.verify(key, self.content, self.signature)


def parse(data: bytes) -> Signed:
    """Take exactly one such structure apart. Verifies nothing."""
    outer = der.Reader(data)
    inner = outer.inside(der.SEQUENCE)
    outer.end()
    found = read(inner)
    inner.end()
    return found


def read(reader: der.Reader) -> Signed:
    """Take the three elements that follow."""
    content = reader.raw(der.SEQUENCE)
    algorithm = read_algorithm(reader)
    return Signed(content, sm2.from_der(reader.bits()), algorithm)


def read_algorithm(reader: der.Reader) -> bytes:
    """Return the next element, which must be SM2-with-SM3."""
    algorithm = reader.raw(der.SEQUENCE)
    if algorithm not in (ALGORITHM, _WITH_NULL):
        raise InvalidEncoding("signed_algorithm")
    return algorithm
