"""Status of single certificates, asked and answered.

Standard   RFC 6960 and RFC 8954 (nonce); GM/T 0014 names the same protocol. SM3 names a
           certificate's issuer; the answer is signed SM2-with-SM3 with the default ID.
Responder  the issuer itself, or a certificate that the issuer gave for answering; its name says
           who answers, because the other way of saying it is defined over SHA-1 only.
Read       one certificate an answer. A question with another hash than SM3 is refused.
Errors     InvalidEncoding: ocsp_form, ocsp_algorithm, ocsp_nonce and those of crypto.signed,
           names, extensions and der; InvalidCertificate: ocsp_status, ocsp_nonce,
           ocsp_certificate, ocsp_responder; InvalidSignature.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final, Self

from crypto import certificate, der, extensions, names, signed, sm3
from crypto.certificate import MAX_SERIAL, Certificate
from crypto.crl import read_reason
from crypto.errors import InvalidCertificate, InvalidEncoding
from crypto.extensions import OCSP_SIGNING, Usage
from crypto.names import Name
from crypto.revocation import UNCHECKED, Outcome, Reason, Revoked, Standing
from crypto.signed import SignBytes, Signed

NONCE_SIZE: Final = 32
_NONCE: Final = "1.3.6.1.5.5.7.48.1.2"
_BASIC: Final = der.oid("1.3.6.1.5.5.7.48.1.1")
_SM3: Final = der.oid("1.2.156.10197.1.401")
_ALGORITHMS: Final = (_SM3, _SM3 + der.element(der.NULL))
_GOOD, _REVOKED, _UNKNOWN = 0x80, 0xA1, 0x82


class Failure(IntEnum):
    """Answers without a signature."""

    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    SIGNATURE_REQUIRED = 5
    UNAUTHORIZED = 6


@dataclass(frozen=True, slots=True)
class CertificateId:
    """A certificate, by its issuer's name and key and its serial number."""

    issuer_name: bytes
    issuer_key: bytes
    serial: int
    with_null: bool = False
    """How the other side spells the hash algorithm: an answer repeats it."""

    @classmethod
    def of(cls, serial: int, issuer: Certificate) -> Self:
        """Name a certificate of `issuer`."""
        fields = issuer.fields
        return cls(sm3.digest(fields.subject.der()), sm3.digest(b"\4" + fields.key.xy), serial)

    def issued_by(self, issuer: Certificate) -> bool:
        """Return whether the certificate is one of this issuer's."""
        wanted = CertificateId.of(self.serial, issuer)
        return (self.issuer_name, self.issuer_key) == (wanted.issuer_name, wanted.issuer_key)

    def der(self) -> bytes:
        """Return the CertID."""
        return der.element(
            der.SEQUENCE,
            der.element(der.SEQUENCE, _ALGORITHMS[self.with_null]),
            der.element(der.OCTETS, self.issuer_name),
            der.element(der.OCTETS, self.issuer_key),
            der.integer(self.serial),
        )


@dataclass(frozen=True, slots=True)
class Question:
    """Which certificate is asked about, and what the answer must repeat."""

    certificate: CertificateId
    nonce: bytes | None

    def der(self) -> bytes:
        """Return the request."""
        asked = der.element(der.SEQUENCE, self.certificate.der())
        listed = der.element(der.SEQUENCE, asked)
        return der.element(
            der.SEQUENCE, der.element(der.SEQUENCE, listed, _nonce(self.nonce, 0xA2))
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a responder says of one certificate, and the signature over it."""

    responder: Name
    produced_at: datetime
    certificate: CertificateId
    outcome: Outcome
    revoked: Revoked | None
    this_update: datetime
    next_update: datetime
    nonce: bytes | None
    signed: Signed
    certificates: tuple[Certificate, ...]

    @classmethod
    def issue(
        cls,
        question: Question,
        standing: Standing,
        *,
        responder: Certificate,
        produced_at: datetime,
        sign: SignBytes,
    ) -> Self:
        """Answer; `standing` has both its times, `sign` the responder's private key."""
        this_update, next_update = standing.as_of, standing.next_update
        if this_update is None or next_update is None:
            raise ValueError("an answer says from when to when it holds")
        said = (question.certificate, standing.outcome, standing.revoked, this_update, next_update)
        name = responder.fields.subject
        content = der.element(
            der.SEQUENCE,
            der.element(0xA1, name.der()),
            der.generalized(produced_at),
            der.element(der.SEQUENCE, _single(*said)),
            _nonce(question.nonce, 0xA1),
        )
        made = Signed.make(content, sign)
        return cls(name, produced_at, *said, question.nonce, made, (responder,))

    def der(self) -> bytes:
        """Return the response."""
        held = der.element(der.SEQUENCE, *(each.der() for each in self.certificates))
        basic = der.element(der.SEQUENCE, self.signed.parts(), der.element(0xA0, held))
        inner = der.element(der.SEQUENCE, _BASIC, der.element(der.OCTETS, basic))
        return der.element(
            der.SEQUENCE, der.element(der.ENUMERATED, b"\0"), der.element(0xA0, inner)
        )

    def verify(self, issuer: Certificate, *, now: datetime) -> None:
        """Check that the issuer, or whom it gave a certificate for this, answered."""
        if not self.certificate.issued_by(issuer):
            raise InvalidCertificate("ocsp_certificate")
        if self.responder.parts == issuer.fields.subject.parts:
            self.signed.verify(issuer.fields.key)
            return
        for each in self.certificates:
            if each.fields.subject.parts == self.responder.parts:
                _require_responder(each, issuer, now)
                self.signed.verify(each.fields.key)
                return
        raise InvalidCertificate("ocsp_responder")

    def standing(self, question: Question, now: datetime) -> Standing:
        """Return what the verified answer says now to this question."""
        asked, answered = question.certificate, self.certificate
        if (asked.issuer_name, asked.issuer_key, asked.serial) != (
            answered.issuer_name,
            answered.issuer_key,
            answered.serial,
        ):
            raise InvalidCertificate("ocsp_certificate")
        if question.nonce is not None and question.nonce != self.nonce:
            raise InvalidCertificate("ocsp_nonce")
        if not self.this_update <= now < self.next_update:
            return UNCHECKED
        return Standing(self.outcome, self.this_update, self.next_update, self.revoked)


def ask(serial: int, issuer: Certificate, nonce: bytes | None) -> Question:
    """Return the question for a certificate of `issuer`; the nonce is random, NONCE_SIZE bytes."""
    return Question(CertificateId.of(serial, issuer), nonce)


def parse_question(data: bytes) -> Question:
    """Return the question of exactly these bytes; signatures of questions are not read."""
    outer = der.Reader(data)
    request = outer.inside(der.SEQUENCE)
    outer.end()
    inner = request.inside(der.SEQUENCE)
    request.end()
    listed = inner.inside(der.SEQUENCE)
    asked = listed.inside(der.SEQUENCE)
    listed.end()
    identifier = _read_id(asked)
    asked.end()
    nonce = _read_nonce(inner, 0xA2)
    inner.end()
    return Question(identifier, nonce)


def failure(reason: Failure) -> bytes:
    """Return an answer that says nothing but why there is none."""
    return der.element(der.SEQUENCE, der.element(der.ENUMERATED, bytes((reason,))))


def parse(data: bytes) -> Answer:
    """Return the answer of exactly these bytes. Verifies nothing.

    Raises InvalidCertificate("ocsp_status") where the responder says why it does not answer.
    """
    outer = der.Reader(data)
    response = outer.inside(der.SEQUENCE)
    outer.end()
    status = response.take(der.ENUMERATED)
    if status != b"\0":
        raise InvalidCertificate("ocsp_status", status=status.hex())
    wrapped = response.inside(0xA0)
    response.end()
    typed = wrapped.inside(der.SEQUENCE)
    wrapped.end()
    if typed.raw(der.OID) != _BASIC:
        raise InvalidEncoding("ocsp_form")
    octets = typed.inside(der.OCTETS)
    typed.end()
    basic = octets.inside(der.SEQUENCE)
    octets.end()
    return _read_basic(basic)


def _require_responder(responder: Certificate, issuer: Certificate, now: datetime) -> None:
    """RFC 6960 clause 4.2.2.2: given by the issuer itself, for answering, and in its time."""
    fields = responder.fields
    if fields.issuer.parts != issuer.fields.subject.parts:
        raise InvalidCertificate("ocsp_responder")
    if OCSP_SIGNING not in fields.extensions.extended:
        raise InvalidCertificate("ocsp_responder")
    if Usage.DIGITAL_SIGNATURE not in fields.extensions.usage:
        raise InvalidCertificate("ocsp_responder")
    if not fields.not_before <= now <= fields.not_after:
        raise InvalidCertificate("ocsp_responder")
    responder.signed.verify(issuer.fields.key)


def _single(
    identifier: CertificateId,
    outcome: Outcome,
    revoked: Revoked | None,
    this_update: datetime,
    next_update: datetime,
) -> bytes:
    if outcome is Outcome.REVOKED and revoked is not None:
        reason = b""
        if revoked.reason is not Reason.UNSPECIFIED:
            value = der.element(der.ENUMERATED, bytes((revoked.reason,)))
            reason = der.element(0xA0, value)
        status = der.element(_REVOKED, der.generalized(revoked.at), reason)
    else:
        status = der.element(_GOOD if outcome is Outcome.GOOD else _UNKNOWN)
    return der.element(
        der.SEQUENCE,
        identifier.der(),
        status,
        der.generalized(this_update),
        der.element(0xA0, der.generalized(next_update)),
    )


def _nonce(nonce: bytes | None, tag: int) -> bytes:
    if nonce is None:
        return b""
    one = extensions.one(_NONCE, der.element(der.OCTETS, nonce))
    return der.element(tag, der.element(der.SEQUENCE, one))


def _read_nonce(reader: der.Reader, tag: int) -> bytes | None:
    """Return the nonce among the extensions that follow, if any do."""
    if not reader.next_is(tag):
        return None
    wrapped, nonce = reader.inside(tag), None
    for oid, critical, value in extensions.each(wrapped):
        if oid == _NONCE:
            inner = der.Reader(value)
            nonce = inner.take(der.OCTETS)
            inner.end()
            if not 1 <= len(nonce) <= NONCE_SIZE:
                raise InvalidEncoding("ocsp_nonce")
        elif critical:
            raise InvalidEncoding("extension_unknown", oid=oid)
    wrapped.end()
    return nonce


def _read_id(reader: der.Reader) -> CertificateId:
    inner = reader.inside(der.SEQUENCE)
    algorithm = inner.take(der.SEQUENCE)
    if algorithm not in _ALGORITHMS:
        raise InvalidEncoding("ocsp_algorithm")
    name, key, serial = inner.take(der.OCTETS), inner.take(der.OCTETS), inner.integer()
    inner.end()
    if (len(name), len(key)) != (sm3.DIGEST_SIZE, sm3.DIGEST_SIZE) or not 1 <= serial < MAX_SERIAL:
        raise InvalidEncoding("ocsp_form")
    return CertificateId(name, key, serial, with_null=algorithm == _ALGORITHMS[1])


def _read_basic(basic: der.Reader) -> Answer:
    found = signed.read(basic)
    certificates = []
    if basic.next_is(0xA0):
        wrapped = basic.inside(0xA0)
        held = wrapped.inside(der.SEQUENCE)
        wrapped.end()
        while held.more():
            certificates.append(certificate.parse(held.raw(der.SEQUENCE)))
    basic.end()
    reader = der.Reader(found.content).inside(der.SEQUENCE)
    by_name = reader.inside(0xA1)
    responder = names.read(by_name)
    by_name.end()
    produced_at = reader.generalized()
    listed = reader.inside(der.SEQUENCE)
    single = listed.inside(der.SEQUENCE)
    listed.end()
    identifier = _read_id(single)
    outcome, revoked = _read_status(single)
    this_update = single.generalized()
    next_wrapped = single.inside(0xA0)
    next_update = next_wrapped.generalized()
    next_wrapped.end()
    single.end()
    nonce = _read_nonce(reader, 0xA1)
    reader.end()
    return Answer(
        responder, produced_at, identifier, outcome, revoked, this_update, next_update, nonce,
        found, tuple(certificates),
    )  # fmt: skip


def _read_status(reader: der.Reader) -> tuple[Outcome, Revoked | None]:
    if reader.next_is(_REVOKED):
        inner = reader.inside(_REVOKED)
        at, reason = inner.generalized(), Reason.UNSPECIFIED
        if inner.more():
            wrapped = inner.inside(0xA0)
            reason = read_reason(wrapped)
            wrapped.end()
        inner.end()
        return Outcome.REVOKED, Revoked(at, reason)
    outcome = Outcome.GOOD if reader.next_is(_GOOD) else Outcome.UNCHECKED
    if reader.take(_GOOD if outcome is Outcome.GOOD else _UNKNOWN):
        raise InvalidEncoding("ocsp_form")
    return outcome, None
