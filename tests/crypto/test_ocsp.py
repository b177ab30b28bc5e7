"""Questions about the status of one certificate, and answers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crypto import der, extensions, ocsp, signed
from crypto.certificate import Certificate
from crypto.errors import CryptoError, InvalidCertificate, InvalidEncoding, InvalidSignature
from crypto.extensions import Extensions
from crypto.ocsp import Answer, CertificateId, Failure, Question
from crypto.revocation import UNCHECKED, Outcome, Reason, Revoked, Standing
from tests.crypto import authority, hostile
from tests.crypto.authority import NOW

ISSUING, RESPONDER = authority.issuing(), authority.responder()
ISSUER = ISSUING.certificate
SERIAL = authority.person().certificate.fields.serial
LATER = NOW + timedelta(hours=1)
NONCE = bytes(range(32))
QUESTION = ocsp.ask(SERIAL, ISSUER, NONCE)
GOOD = Standing(Outcome.GOOD, NOW, LATER)
REVOKED = Standing(Outcome.REVOKED, NOW, LATER, Revoked(NOW, Reason.SUPERSEDED))


def answer(
    standing: Standing = GOOD,
    question: Question = QUESTION,
    by: authority.Party = RESPONDER,
) -> Answer:
    return Answer.issue(question, standing, responder=by.certificate, produced_at=NOW, sign=by.sign)


DATA = answer().der()


@pytest.mark.parametrize("nonce", [NONCE, b"\1", None])
def test_a_question_comes_back(nonce: bytes | None) -> None:
    question = ocsp.ask(SERIAL, ISSUER, nonce)
    found = ocsp.parse_question(question.der())

    assert found == question
    assert found.certificate.issued_by(ISSUER)
    assert not found.certificate.issued_by(authority.root().certificate)


@pytest.mark.parametrize(
    "standing",
    [
        GOOD,
        REVOKED,
        Standing(Outcome.REVOKED, NOW, LATER, Revoked(NOW)),
        Standing(Outcome.UNCHECKED, NOW, LATER),
    ],
    ids=lambda each: each.outcome.value,
)
def test_an_answer_comes_back(standing: Standing) -> None:
    made = answer(standing)
    found = ocsp.parse(made.der())

    assert found == made
    found.verify(ISSUER, now=NOW)
    assert found.standing(QUESTION, NOW) == standing


def test_the_issuer_may_answer_itself() -> None:
    made = answer(by=ISSUING)
    ocsp.parse(made.der()).verify(ISSUER, now=NOW)
    forged = replace(made, signed=signed.Signed.make(made.signed.content, RESPONDER.sign))
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        forged.verify(ISSUER, now=NOW)


def test_the_time_of_an_answer_ends() -> None:
    for other in (NOW - timedelta(seconds=1), LATER):
        assert answer().standing(QUESTION, other) == UNCHECKED
    with pytest.raises(ValueError, match="from when"):
        answer(UNCHECKED)


def test_an_answer_to_another_question_is_refused() -> None:
    other = ocsp.ask(SERIAL + 1, ISSUER, NONCE)
    with pytest.raises(InvalidCertificate, match="ocsp_certificate"):
        answer().standing(other, NOW)
    with pytest.raises(InvalidCertificate, match="ocsp_certificate"):
        answer().verify(authority.root().certificate, now=NOW)
    for nonce in (bytes(32), b"\0"):
        with pytest.raises(InvalidCertificate, match="ocsp_nonce"):
            answer().standing(ocsp.ask(SERIAL, ISSUER, nonce), NOW)
    without = answer(question=ocsp.ask(SERIAL, ISSUER, None))
    with pytest.raises(InvalidCertificate, match="ocsp_nonce"):
        without.standing(QUESTION, NOW)
    assert answer().standing(ocsp.ask(SERIAL, ISSUER, None), NOW) == GOOD


def named(extensions_: Extensions, **more: Any) -> authority.Party:
    """Return a responder's namesake with other rights."""
    fields = replace(RESPONDER.certificate.fields, extensions=extensions_)
    return authority.Party(ISSUING.issue(replace(fields, **more)), RESPONDER.private)


RIGHTS = RESPONDER.certificate.fields.extensions


@pytest.mark.parametrize(
    "party",
    [
        named(replace(RIGHTS, extended=(extensions.DOCUMENT_SIGNING,))),
        named(replace(RIGHTS, extended=())),
        named(replace(RIGHTS, usage=frozenset())),
        named(RIGHTS, not_after=NOW - timedelta(seconds=1)),
        named(RIGHTS, not_before=NOW + timedelta(seconds=1)),
        authority.person(),
        authority.secrecy(),
        authority.root(),
    ],
    ids=["signs documents", "no purpose", "no usage", "over", "not yet", "a person", "secrecy",
         "root"],
)  # fmt: skip
def test_who_may_not_answer_is_refused(party: authority.Party) -> None:
    with pytest.raises(InvalidCertificate, match="ocsp_responder"):
        answer(by=party).verify(ISSUER, now=NOW)


def test_a_responder_that_the_issuer_did_not_name_is_refused() -> None:
    fields = RESPONDER.certificate.fields
    own = authority.Party(Certificate.issue(fields, RESPONDER.sign), RESPONDER.private)
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        answer(by=own).verify(ISSUER, now=NOW)
    alone = replace(answer(), certificates=())
    with pytest.raises(InvalidCertificate, match="ocsp_responder"):
        alone.verify(ISSUER, now=NOW)
    beside = replace(answer(), certificates=(ISSUER, *answer().certificates))
    beside.verify(ISSUER, now=NOW)


@pytest.mark.parametrize("reason", Failure)
def test_a_failure_says_why(reason: Failure) -> None:
    with pytest.raises(InvalidCertificate) as caught:
        ocsp.parse(ocsp.failure(reason))
    assert caught.value.params == {"status": f"{reason:02x}"}


def test_questions_and_answers_are_whole() -> None:
    question = QUESTION.der()
    for data in (*hostile.truncated(DATA), *hostile.long_lengths(DATA), DATA + b"\0"):
        with pytest.raises(CryptoError):
            ocsp.parse(data)
    for data in (*hostile.truncated(question), *hostile.long_lengths(question), question + b"\0"):
        with pytest.raises(CryptoError):
            ocsp.parse_question(data)
    for data in (hostile.indefinite(DATA), hostile.indefinite(question)):
        with pytest.raises(CryptoError):
            ocsp.parse(data)


def test_no_bit_of_an_answer_can_be_changed_unnoticed() -> None:
    """What is signed and by whom; certificates that were only sent along do not count."""
    whole = answer(by=ISSUING)
    for data in hostile.flipped(replace(whole, certificates=()).der()):
        with pytest.raises(CryptoError):
            ocsp.parse(data).verify(ISSUER, now=NOW)


def test_the_algorithm_is_repeated_as_it_was_asked() -> None:
    asked = Question(replace(QUESTION.certificate, with_null=True), None)
    found = ocsp.parse_question(asked.der())
    assert found == asked
    assert ocsp.parse(answer(question=found).der()).certificate.with_null
    assert ocsp.parse(answer(question=found).der()).standing(QUESTION_WITHOUT, NOW) == GOOD


QUESTION_WITHOUT = ocsp.ask(SERIAL, ISSUER, None)


# made by hand


def question_by_hand(identifier: bytes, more: bytes = b"") -> bytes:
    one = der.element(der.SEQUENCE, identifier)
    inner = der.element(der.SEQUENCE, der.element(der.SEQUENCE, one), more)
    return der.element(der.SEQUENCE, inner)


def identifier(
    algorithm: str = "1.2.156.10197.1.401", size: int = 32, serial: bytes = der.integer(5)
) -> bytes:
    return der.element(
        der.SEQUENCE,
        der.element(der.SEQUENCE, der.oid(algorithm)),
        der.element(der.OCTETS, bytes(size)),
        der.element(der.OCTETS, bytes(size)),
        serial,
    )


def marks(*listed: bytes, tag: int = 0xA2) -> bytes:
    return der.element(tag, der.element(der.SEQUENCE, *listed))


def nonce(octets: bytes) -> bytes:
    return extensions.one("1.3.6.1.5.5.7.48.1.2", der.element(der.OCTETS, octets))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (question_by_hand(identifier("1.3.14.3.2.26", 20)), "ocsp_algorithm"),
        (question_by_hand(identifier("2.16.840.1.101.3.4.2.1")), "ocsp_algorithm"),
        (question_by_hand(identifier(size=20)), "ocsp_form"),
        (question_by_hand(identifier(serial=der.integer(0))), "ocsp_form"),
        (question_by_hand(identifier(serial=b"\2\1\xff")), "der_integer"),
        (question_by_hand(identifier(), marks(nonce(b""))), "ocsp_nonce"),
        (question_by_hand(identifier(), marks(nonce(bytes(33)))), "ocsp_nonce"),
        (question_by_hand(identifier(), marks(nonce(b"\1"), nonce(b"\2"))), "extension_twice"),
        (question_by_hand(identifier(), marks(extensions.one("1.2.3", b"", critical=True))),
         "extension_unknown"),
        (question_by_hand(identifier() + identifier()), "der_trailing"),
        (question_by_hand(identifier(), der.TRUE), "der_trailing"),
    ],
)  # fmt: skip
def test_another_form_of_question_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        ocsp.parse_question(data)


def test_what_else_a_question_says_is_read_over() -> None:
    found = ocsp.parse_question(
        question_by_hand(identifier(), marks(extensions.one("1.3.6.1.5.5.7.48.1.4", b"")))
    )
    assert found == Question(CertificateId(bytes(32), bytes(32), 5), None)


def replaced(old: bytes, new: bytes) -> bytes:
    """Return an answer with a part of what is signed replaced, signed by the responder."""
    content = der.Reader(answer().signed.content).take(der.SEQUENCE)
    assert content.count(old) == 1
    content = der.element(der.SEQUENCE, content.replace(old, new))
    return replace(answer(), signed=signed.Signed.make(content, RESPONDER.sign)).der()


def single(status: bytes) -> tuple[bytes, bytes]:
    """Return the one answer as it is, and with another status."""
    one = ocsp._single(QUESTION.certificate, Outcome.GOOD, None, NOW, LATER)
    inner = der.Reader(one).take(der.SEQUENCE).replace(b"\x80\0\x18", status + b"\x18")
    other = der.element(der.SEQUENCE, inner)
    return der.element(der.SEQUENCE, one), der.element(der.SEQUENCE, other)


WRAPPED = der.element(0xA1, RESPONDER.certificate.fields.subject.der())
BY_KEY = der.element(0xA2, der.element(der.OCTETS, bytes(20)))
PRODUCED = der.generalized(NOW)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (replaced(WRAPPED, BY_KEY), "der_tag"),
        (replaced(*single(b"\x83\0")), "der_tag"),
        (replaced(*single(b"\x80\1\0")), "ocsp_form"),
        (replaced(*single(b"\x82\1\0")), "ocsp_form"),
        (replaced(*single(der.element(0xA1, der.generalized(NOW), der.element(0xA0, b"\x0a\1\7")))),
         "crl_entry"),
        (replaced(*single(der.element(0xA1, der.instant(NOW)))), "der_tag"),
        (DATA.replace(der.oid("1.3.6.1.5.5.7.48.1.1"), der.oid("1.3.6.1.5.5.7.48.1.3")),
         "ocsp_form"),
    ],
)  # fmt: skip
def test_another_form_of_answer_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        ocsp.parse(data)


def test_an_answer_may_come_without_certificates() -> None:
    basic = der.element(der.SEQUENCE, answer(by=ISSUING).signed.parts())
    inner = der.element(
        der.SEQUENCE, der.oid("1.3.6.1.5.5.7.48.1.1"), der.element(der.OCTETS, basic)
    )
    data = der.element(der.SEQUENCE, der.element(der.ENUMERATED, b"\0"), der.element(0xA0, inner))
    found = ocsp.parse(data)
    found.verify(ISSUER, now=NOW)
    assert found.certificates == ()
