"""Requests for certificates: a name and a key, signed by that key.

Standard   RFC 2986 (PKCS#10), GM/T 0092; version 1, SM2-with-SM3, the default ID.
Attributes read over: a CA of ours takes nothing from a request but the key, whose possession the
           signature proves. What a certificate says comes from the CA's own records.
Errors     InvalidEncoding: request_form and those of crypto.signed, names and der; InvalidKey;
           InvalidSignature.
"""

from dataclasses import dataclass
from typing import Final

from crypto import der, names, signed
from crypto.errors import InvalidEncoding
from crypto.keys import PublicKey, from_pem, to_pem
from crypto.names import Name
from crypto.signed import SignBytes, Signed

LABEL: Final = "CERTIFICATE REQUEST"
_ATTRIBUTES: Final = 0xA0


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, for which key."""

    subject: Name
    key: PublicKey
    signed: Signed

    def der(self) -> bytes:
        """Return the request."""
        return self.signed.der()

    @property
    def pem(self) -> str:
        """The request as PEM text."""
        return to_pem(LABEL, self.der())


def make(subject: Name, key: PublicKey, sign: SignBytes) -> Request:
    """Return a request; `sign` has the private key."""
    content = der.element(
        der.SEQUENCE, der.integer(0), subject.der(), key.spki(), der.element(_ATTRIBUTES)
    )
    return Request(subject, key, Signed.make(content, sign))


def verify(data: bytes) -> Request:
    """Return the request of exactly these bytes, whose key signed it."""
    found = signed.parse(data)
    reader = der.Reader(found.content).inside(der.SEQUENCE)
    if reader.integer() != 0:
        raise InvalidEncoding("request_form")
    subject = names.read(reader)
    key = PublicKey.from_spki(reader.raw(der.SEQUENCE))
    attributes = reader.inside(_ATTRIBUTES)
    reader.end()
    while attributes.more():
        attribute = attributes.inside(der.SEQUENCE)
        attribute.oid()
        attribute.take(der.SET)
        attribute.end()
    found.verify(key)
    return Request(subject, key, found)


def verify_pem(text: str) -> Request:
    """Return the request of one PEM block. Raises InvalidKey("pem") for another text."""
    return verify(from_pem(LABEL, text))
