"""Revocation lists: which certificates of one issuer are not to be relied on any more.

Standard   RFC 5280 clause 5, version 2; GM/T 0015-2023. SM2-with-SM3, the default ID.
Written    entries in ascending order of serial numbers, with the reason where there is one;
           the list's number, which only grows; the issuer's key identifier.
Read       complete lists only: a list with an unknown critical extension, such as a delta or a
           list of some reasons, is refused and leaves the status unchecked.
Errors     InvalidEncoding: crl_version, crl_dates, crl_entry, crl_extension and those of
           crypto.extensions, names, signed and der; InvalidCertificate: crl_issuer;
           InvalidSignature.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from crypto import der, extensions, names, signed
from crypto.certificate import MAX_SERIAL, Certificate
from crypto.errors import InvalidCertificate, InvalidEncoding
from crypto.extensions import Usage
from crypto.keys import from_pem, to_pem
from crypto.names import Name
from crypto.revocation import UNCHECKED, Outcome, Reason, Revoked, Standing
from crypto.signed import SignBytes, Signed

LABEL: Final = "X509 CRL"
_NUMBER, _REASON, _INVALIDITY = "2.5.29.20", "2.5.29.21", "2.5.29.24"
_VERSION_2 = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate that was revoked."""

    serial: int
    revoked: Revoked

    def der(self) -> bytes:
        """Return the entry."""
        reason = b""
        if self.revoked.reason is not Reason.UNSPECIFIED:
            value = der.element(der.ENUMERATED, bytes((self.revoked.reason,)))
            reason = der.element(der.SEQUENCE, extensions.one(_REASON, value))
        return der.element(
            der.SEQUENCE, der.integer(self.serial), der.instant(self.revoked.at), reason
        )


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One list."""

    issuer: Name
    this_update: datetime
    next_update: datetime
    entries: tuple[Entry, ...]
    number: int
    authority_key: bytes
    signed: Signed

    @classmethod
    def issue(
        cls,
        issuer: Certificate,
        entries: Iterable[Entry],
        *,
        number: int,
        this_update: datetime,
        next_update: datetime,
        sign: SignBytes,
    ) -> Self:
        """Return a list of all that the issuer revoked; `sign` has the issuer's private key."""
        if this_update >= next_update:
            raise ValueError("a list ends after it begins")
        listed = tuple(sorted(entries, key=lambda each: each.serial))
        marks = der.element(
            der.SEQUENCE,
            extensions.one(
                extensions.AUTHORITY_KEY,
                der.element(der.SEQUENCE, der.element(0x80, issuer.key_id)),
            ),
            extensions.one(_NUMBER, der.integer(number)),
        )
        name = issuer.fields.subject
        content = der.element(
            der.SEQUENCE,
            der.integer(_VERSION_2),
            signed.ALGORITHM,
            name.der(),
            der.instant(this_update),
            der.instant(next_update),
            # an empty list has no element at all
            der.element(der.SEQUENCE, *(each.der() for each in listed)) if listed else b"",
            der.element(0xA0, marks),
        )
        made = Signed.make(content, sign)
        return cls(name, this_update, next_update, listed, number, issuer.key_id, made)

    def der(self) -> bytes:
        """Return the list."""
        return self.signed.der()

    @property
    def pem(self) -> str:
        """The list as PEM text."""
        return to_pem(LABEL, self.der())

    def verify(self, issuer: Certificate) -> None:
        """Check that this issuer, who may sign lists, signed this one."""
        fields = issuer.fields
        if self.issuer.parts != fields.subject.parts or self.authority_key != issuer.key_id:
            raise InvalidCertificate("crl_issuer")
        if Usage.CRL_SIGN not in fields.extensions.usage:
            raise InvalidCertificate("crl_issuer")
        self.signed.verify(fields.key)

    def standing(self, serial: int, now: datetime) -> Standing:
        """Return what the verified list says now of a certificate of its issuer."""
        if not self.this_update <= now < self.next_update:
            return UNCHECKED
        entry = next((each for each in self.entries if each.serial == serial), None)
        if entry is None:
            return Standing(Outcome.GOOD, self.this_update, self.next_update)
        return Standing(Outcome.REVOKED, self.this_update, self.next_update, entry.revoked)


def parse(data: bytes) -> RevocationList:
    """Return the list of exactly these bytes. Verifies nothing."""
    found = signed.parse(data)
    reader = der.Reader(found.content).inside(der.SEQUENCE)
    if reader.integer() != _VERSION_2:
        raise InvalidEncoding("crl_version")
    if signed.read_algorithm(reader) != found.algorithm:
        raise InvalidEncoding("signed_algorithm")
    issuer = names.read(reader)
    this_update, next_update = reader.instant(), reader.instant()
    if this_update >= next_update:
        raise InvalidEncoding("crl_dates")
    entries = _entries(reader) if reader.next_is(der.SEQUENCE) else ()
    wrapped = reader.inside(0xA0)
    reader.end()
    number, authority_key = _marks(wrapped)
    wrapped.end()
    return RevocationList(issuer, this_update, next_update, entries, number, authority_key, found)


def parse_pem(text: str) -> RevocationList:
    """Return the list of one PEM block. Raises InvalidKey("pem") for another text."""
    return parse(from_pem(LABEL, text))


def _entries(reader: der.Reader) -> tuple[Entry, ...]:
    rest, found = reader.inside(der.SEQUENCE), []
    while rest.more():
        inner = rest.inside(der.SEQUENCE)
        serial, at = inner.integer(), inner.instant()
        reason = _reason(inner) if inner.more() else Reason.UNSPECIFIED
        inner.end()
        if not 1 <= serial < MAX_SERIAL:
            raise InvalidEncoding("crl_entry")
        found.append(Entry(serial, Revoked(at, reason)))
    if not found or len({each.serial for each in found}) != len(found):
        raise InvalidEncoding("crl_entry")
    return tuple(found)


def _reason(reader: der.Reader) -> Reason:
    reason = Reason.UNSPECIFIED
    for oid, critical, value in extensions.each(reader):
        if oid == _REASON:
            inner = der.Reader(value)
            reason = read_reason(inner)
            inner.end()
        elif critical or oid != _INVALIDITY:  # the day of the compromise, which decides nothing
            raise InvalidEncoding("crl_extension", oid=oid)
    return reason


def read_reason(reader: der.Reader) -> Reason:
    """Return the next element, a reason."""
    octets = reader.take(der.ENUMERATED)
    if len(octets) != 1 or octets[0] not in set(Reason):
        raise InvalidEncoding("crl_entry")
    return Reason(octets[0])


def _marks(reader: der.Reader) -> tuple[int, bytes]:
    """Return number and key identifier."""
    number, authority_key = None, None
    for oid, critical, value in extensions.each(reader):
        inner = der.Reader(value)
        if oid == _NUMBER:
            number = inner.integer()
        elif oid == extensions.AUTHORITY_KEY:
            sequence = inner.inside(der.SEQUENCE)
            authority_key = sequence.take(0x80)
            sequence.end()
        elif critical:
            raise InvalidEncoding("crl_extension", oid=oid)
        else:
            continue
        inner.end()
    if number is None or authority_key is None:
        raise InvalidEncoding("crl_extension", oid=_NUMBER)
    return number, authority_key
