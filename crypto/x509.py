"""One self-issued SM2 certificate: what a reader of signed documents expects around a key.

Standard   GM/T 0015-2023 (= RFC 5280, version 3), SM2-with-SM3 without parameters, the default ID.
Form       fixed: one common name as issuer and subject, a serial number and key identifier made
           from the key, valid from a given instant and without an end, may sign and nothing else.
           Only this form is read: `parse` writes what it found anew and compares.
Trust      none comes from it. Who verifies knows the key from elsewhere; the certificate is only
           where the signature's format asks for one.
Errors     InvalidEncoding: certificate_form and those of crypto.der; InvalidKey;
           InvalidSignature.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crypto import der, sm2, sm3
from crypto.errors import CryptoError, InvalidEncoding
from crypto.keys import PublicKey

SM2_WITH_SM3: Final = der.element(der.SEQUENCE, der.oid("1.2.156.10197.1.501"))
MAX_NAME: Final = 64  # RFC 5280, ub-common-name

SignBytes = Callable[[bytes], bytes]

_VERSION_3 = der.element(0xA0, der.integer(2))
_COMMON_NAME = der.oid("2.5.4.3")
_WITHOUT_END = der.element(der.GENERALIZED_TIME, b"99991231235959Z")  # RFC 5280, 4.1.2.5
_CRITICAL = der.element(der.BOOLEAN, b"\xff")
_NO_CA = der.element(der.SEQUENCE)
_MAY_SIGN = der.element(der.BIT_STRING, b"\x06\xc0")  # digitalSignature, nonRepudiation


@dataclass(frozen=True, slots=True)
class Certificate:
    """A key under a name, signed by itself."""

    name: str
    key: PublicKey
    since: datetime
    signature: bytes
    """r||s over `to_be_signed`."""

    def der(self) -> bytes:
        """Return the certificate."""
        signature = der.element(der.BIT_STRING, b"\0" + sm2.to_der(self.signature))
        return der.element(
            der.SEQUENCE, to_be_signed(self.name, self.key, self.since), SM2_WITH_SM3, signature
        )

    def names(self) -> bytes:
        """Return the IssuerAndSerialNumber by which messages refer to it."""
        return der.element(der.SEQUENCE, _name(self.name), _serial(self.key))


def issue(name: str, key: PublicKey, since: datetime, sign: SignBytes) -> Certificate:
    """Return a certificate of `key`, signed by `sign`, which has the private key."""
    return Certificate(name, key, since, sign(to_be_signed(name, key, since)))


def to_be_signed(name: str, key: PublicKey, since: datetime) -> bytes:
    """Return what the key signs: the TBSCertificate. ValueError for an impossible name."""
    if not 1 <= len(name) <= MAX_NAME:
        raise ValueError("a common name has 1 to 64 characters")
    validity = der.element(der.SEQUENCE, der.instant(since), _WITHOUT_END)
    return der.element(
        der.SEQUENCE,
        _VERSION_3,
        _serial(key),
        SM2_WITH_SM3,
        _name(name),
        validity,
        _name(name),
        key.spki(),
        _extensions(key),
    )


def parse(data: bytes) -> Certificate:
    """Return the certificate of exactly the bytes that `issue` would make. Verifies nothing."""
    try:
        certificate = _read(data)
        same = certificate.der() == data
    except (ValueError, CryptoError) as error:
        raise InvalidEncoding("certificate_form") from error
    if not same:
        raise InvalidEncoding("certificate_form")
    return certificate


def verify(certificate: Certificate) -> None:
    """Check that the key signed its own certificate. Raises InvalidSignature."""
    signed = to_be_signed(certificate.name, certificate.key, certificate.since)
    sm2.verify(certificate.key, signed, certificate.signature)


def _read(data: bytes) -> Certificate:
    """Take the parts that differ from certificate to certificate; `parse` compares the rest."""
    outer = der.Reader(data).inside(der.SEQUENCE)
    signed = outer.inside(der.SEQUENCE)
    for tag in (0xA0, der.INTEGER, der.SEQUENCE):
        signed.take(tag)
    attribute = signed.inside(der.SEQUENCE).inside(der.SET).inside(der.SEQUENCE)
    attribute.take(der.OID)
    name = attribute.take(der.UTF8).decode()
    since = signed.inside(der.SEQUENCE).instant()
    signed.take(der.SEQUENCE)
    key = PublicKey.from_spki(der.element(der.SEQUENCE, signed.take(der.SEQUENCE)))
    outer.take(der.SEQUENCE)
    signature = sm2.from_der(outer.take(der.BIT_STRING)[1:])
    return Certificate(name, key, since, signature)


def _name(common_name: str) -> bytes:
    text = der.element(der.UTF8, common_name.encode())
    attribute = der.element(der.SEQUENCE, _COMMON_NAME, text)
    return der.element(der.SEQUENCE, der.element(der.SET, attribute))


def _serial(key: PublicKey) -> bytes:
    """Return a serial number of 16 bytes: positive, and the same for the same key."""
    return der.integer(int.from_bytes(sm3.digest(key.spki())[:16]) >> 1 | 1)


def _extensions(key: PublicKey) -> bytes:
    identifier = der.element(der.OCTETS, sm3.digest(key.spki())[:20])
    found = (
        ("2.5.29.19", _CRITICAL, _NO_CA),
        ("2.5.29.15", _CRITICAL, _MAY_SIGN),
        ("2.5.29.14", b"", identifier),
    )
    listed = [
        der.element(der.SEQUENCE, der.oid(oid), critical, der.element(der.OCTETS, value))
        for oid, critical, value in found
    ]
    return der.element(0xA3, der.element(der.SEQUENCE, *listed))
