"""Certificates of a certification authority: made, and read strictly.

Standard   GM/T 0015-2023 (= RFC 5280, version 3) with SM2 keys, signed SM2-with-SM3 with the
           default ID. Profiles of our own CA: crypto.certificate_profiles.
Read       any such certificate, also of other authorities: extensions as crypto.extensions says,
           without unique identifiers; the algorithm outside is the one inside; the serial number
           is positive and has at most 20 bytes. The bytes are kept as they came.
Trust      none by itself: crypto.chain. The node's self-issued one: crypto.x509.
Errors     InvalidEncoding: certificate_form, certificate_version, certificate_serial,
           certificate_dates, signed_algorithm and those of crypto.extensions, names and der;
           InvalidKey for a key that is not SM2.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from crypto import der, extensions, names, signed, sm3
from crypto.errors import InvalidEncoding, InvalidKey
from crypto.extensions import KEY_ID_SIZE, Extensions
from crypto.keys import PublicKey, from_pem, to_pem
from crypto.names import Name
from crypto.signed import SignBytes, Signed

LABEL: Final = "CERTIFICATE"
MAX_SERIAL: Final = 1 << 159  # 20 bytes with the first bit clear
_VERSION_3 = der.element(0xA0, der.integer(2))


@dataclass(frozen=True, slots=True)
class Fields:
    """What a certificate says."""

    serial: int
    issuer: Name
    not_before: datetime
    not_after: datetime
    subject: Name
    key: PublicKey
    extensions: Extensions

    def __post_init__(self) -> None:
        if not 1 <= self.serial < MAX_SERIAL:
            raise InvalidEncoding("certificate_serial")
        if self.not_before > self.not_after:
            raise InvalidEncoding("certificate_dates")

    def der(self, algorithm: bytes = signed.ALGORITHM) -> bytes:
        """Return what is signed: the TBSCertificate."""
        validity = der.instant(self.not_before) + der.instant(self.not_after)
        return der.element(
            der.SEQUENCE,
            _VERSION_3,
            der.integer(self.serial),
            algorithm,
            self.issuer.der(),
            der.element(der.SEQUENCE, validity),
            self.subject.der(),
            self.key.spki(),
            der.element(0xA3, self.extensions.der()),
        )


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is said, and the issuer's signature over the bytes that say it."""

    fields: Fields
    signed: Signed

    @classmethod
    def issue(cls, fields: Fields, sign: SignBytes) -> Self:
        """Return the certificate; `sign` has the issuer's private key."""
        return cls(fields, Signed.make(fields.der(), sign))

    def der(self) -> bytes:
        """Return the certificate."""
        return self.signed.der()

    @property
    def pem(self) -> str:
        """The certificate as PEM text."""
        return to_pem(LABEL, self.der())

    @property
    def key_id(self) -> bytes:
        """How others name the key: as the certificate says, else as we would."""
        return self.fields.extensions.subject_key or key_id(self.fields.key)

    @property
    def digest(self) -> bytes:
        """SM3 of the certificate: the fingerprint that people compare."""
        return sm3.digest(self.der())

    def self_issued(self) -> bool:
        """Return whether issuer and subject are the same name."""
        return self.fields.issuer.parts == self.fields.subject.parts


def key_id(key: PublicKey) -> bytes:
    """Return the key identifier that we write: the first 20 bytes of SM3 of the key (RFC 7093)."""
    return sm3.digest(key.spki())[:KEY_ID_SIZE]


def parse(data: bytes) -> Certificate:
    """Return the certificate of exactly these bytes. Verifies nothing."""
    found = signed.parse(data)
    reader = der.Reader(found.content).inside(der.SEQUENCE)
    fields = _read(reader, found.algorithm)
    reader.end()
    return Certificate(fields, found)


def parse_pem(text: str) -> Certificate:
    """Return the certificate of one PEM block. Raises InvalidKey("pem") for another text."""
    return parse(from_pem(LABEL, text))


def parse_bundle(text: str) -> tuple[Certificate, ...]:
    """Return the certificates of one or more PEM blocks, as authorities hand out their chains."""
    end = f"-----END {LABEL}-----"
    blocks = text.strip().split(end)
    if len(blocks) == 1 or blocks[-1].strip():  # none, or something after the last one
        raise InvalidKey("pem", wanted=LABEL)
    return tuple(parse_pem(block + end) for block in blocks[:-1])


def _read(reader: der.Reader, algorithm: bytes) -> Fields:
    if not reader.next_is(0xA0) or reader.raw(0xA0) != _VERSION_3:
        raise InvalidEncoding("certificate_version")
    serial = reader.integer()
    if signed.read_algorithm(reader) != algorithm:
        raise InvalidEncoding("signed_algorithm")
    issuer = names.read(reader)
    validity = reader.inside(der.SEQUENCE)
    not_before, not_after = validity.instant(), validity.instant()
    validity.end()
    subject = names.read(reader)
    key = PublicKey.from_spki(reader.raw(der.SEQUENCE))
    wrapped = reader.inside(0xA3)
    known = extensions.read(wrapped)
    wrapped.end()
    return Fields(serial, issuer, not_before, not_after, subject, key, known)
