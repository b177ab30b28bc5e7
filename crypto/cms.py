"""A detached SM2 signature over a content, as GM/T 0010 writes it.

Standard   GM/T 0010-2023 (= GB/T 35275), SignedData version 1: its own object identifiers, SM3,
           SM2, one signer with its certificate, no content inside.
Signed     the DER SET of three attributes: content type, SM3 of the content, time of signing;
           with the signer's Z and the default ID. The signature is DER SEQUENCE{r, s}.
Form       one spelling: `parse` writes what it found anew and compares, so no byte can be changed,
           added or taken away unnoticed; attributes of another kind are refused.
Errors     InvalidEncoding: signed_data_form; InvalidSignature: content_mismatch,
           signature_mismatch. The key is not judged here: ask who it is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crypto import der, sm2, x509
from crypto.errors import CryptoError, InvalidEncoding, InvalidSignature
from crypto.x509 import Certificate, SignBytes

DIGEST_SIZE: Final = 32

_DATA = der.oid("1.2.156.10197.6.1.4.2.1")
_SIGNED_DATA = der.oid("1.2.156.10197.6.1.4.2.2")
_SM3 = der.element(der.SEQUENCE, der.oid("1.2.156.10197.1.401"))
_SM2 = der.element(der.SEQUENCE, der.oid("1.2.156.10197.1.301.1"))
_VERSION = der.integer(1)
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_SIGNING_TIME = der.oid("1.2.840.113549.1.9.5")


@dataclass(frozen=True, slots=True)
class SignedData:
    """Who signed which content when."""

    certificate: Certificate
    digest: bytes
    """SM3 of the content."""
    signed_at: datetime
    signature: bytes
    """r||s over `attributes`."""

    def der(self) -> bytes:
        """Return the message."""
        signer = der.element(
            der.SEQUENCE,
            _VERSION,
            self.certificate.names(),
            _SM3,
            der.element(0xA0, _attributes(self.digest, self.signed_at)),
            _SM2,
            der.element(der.OCTETS, sm2.to_der(self.signature)),
        )
        signed = der.element(
            der.SEQUENCE,
            _VERSION,
            der.element(der.SET, _SM3),
            der.element(der.SEQUENCE, _DATA),
            der.element(0xA0, self.certificate.der()),
            der.element(der.SET, signer),
        )
        return der.element(der.SEQUENCE, _SIGNED_DATA, der.element(0xA0, signed))


def attributes(digest: bytes, signed_at: datetime) -> bytes:
    """Return what is signed: the SET of the three attributes."""
    return der.element(der.SET, _attributes(digest, signed_at))


def sign(
    certificate: Certificate, digest: bytes, *, signed_at: datetime, sign: SignBytes
) -> SignedData:
    """Sign the content with this SM3; `sign` has the certificate's private key."""
    return SignedData(certificate, digest, signed_at, sign(attributes(digest, signed_at)))


def parse(data: bytes) -> SignedData:
    """Return the message of exactly the bytes that `SignedData.der` writes. Verifies nothing."""
    try:
        signed = _read(data)
        same = signed.der() == data
    except (ValueError, CryptoError) as error:
        raise InvalidEncoding("signed_data_form") from error
    if not same:
        raise InvalidEncoding("signed_data_form")
    return signed


def verify(signed: SignedData, digest: bytes) -> None:
    """Check that the certificate's key signed a content with this SM3. Raises InvalidSignature."""
    if signed.digest != digest:
        raise InvalidSignature("content_mismatch")
    x509.verify(signed.certificate)
    message = attributes(signed.digest, signed.signed_at)
    sm2.verify(signed.certificate.key, message, signed.signature)


def _read(data: bytes) -> SignedData:
    """Take the parts that differ from message to message; `parse` compares the rest."""
    outer = der.Reader(data).inside(der.SEQUENCE)
    outer.take(der.OID)
    signed = outer.inside(0xA0).inside(der.SEQUENCE)
    for tag in (der.INTEGER, der.SET, der.SEQUENCE):
        signed.take(tag)
    certificate = x509.parse(signed.take(0xA0))
    signer = signed.inside(der.SET).inside(der.SEQUENCE)
    for tag in (der.INTEGER, der.SEQUENCE, der.SEQUENCE):
        signer.take(tag)
    digest, signed_at = _read_attributes(signer.inside(0xA0))
    signer.take(der.SEQUENCE)
    signature = sm2.from_der(signer.take(der.OCTETS))
    return SignedData(certificate, digest, signed_at, signature)


def _read_attributes(found: der.Reader) -> tuple[bytes, datetime]:
    """Read the values in the order that DER gives them: by their encodings, short ones first."""
    _value(found)
    signed_at = _value(found).instant()
    digest = _value(found).take(der.OCTETS)
    if len(digest) != DIGEST_SIZE:
        raise InvalidEncoding("signed_data_form")
    return digest, signed_at


def _value(found: der.Reader) -> der.Reader:
    attribute = found.inside(der.SEQUENCE)
    attribute.take(der.OID)
    return attribute.inside(der.SET)


def _attributes(digest: bytes, signed_at: datetime) -> bytes:
    values = (
        (_CONTENT_TYPE, _DATA),
        (_SIGNING_TIME, der.instant(signed_at)),
        (_MESSAGE_DIGEST, der.element(der.OCTETS, digest)),
    )
    listed = [der.element(der.SEQUENCE, oid, der.element(der.SET, value)) for oid, value in values]
    return b"".join(sorted(listed))
