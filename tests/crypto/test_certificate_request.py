"""Requests for certificates: the key's possession, and nothing else, is taken from them."""

import pytest

from crypto import certificate_request, der, signed
from crypto.errors import CryptoError, InvalidEncoding, InvalidSignature
from tests.crypto import authority, hostile

PERSON = authority.person()
REQUEST = certificate_request.make(authority.name("x"), PERSON.private.public, PERSON.sign)
DATA = REQUEST.der()


def with_content(*parts: bytes) -> bytes:
    content = der.element(der.SEQUENCE, *parts)
    return signed.Signed.make(content, PERSON.sign).der()


SUBJECT, SPKI = authority.name("x").der(), PERSON.private.public.spki()
ATTRIBUTE = der.element(
    der.SEQUENCE, der.oid("1.2.840.113549.1.9.7"), der.element(der.SET, der.element(der.UTF8, b"x"))
)


def test_a_request_comes_back_with_its_key() -> None:
    assert certificate_request.verify(DATA) == REQUEST
    assert certificate_request.verify_pem(REQUEST.pem) == REQUEST
    assert REQUEST.key == PERSON.private.public


def test_attributes_are_read_over() -> None:
    data = with_content(der.integer(0), SUBJECT, SPKI, der.element(0xA0, ATTRIBUTE, ATTRIBUTE))
    assert certificate_request.verify(data).subject == REQUEST.subject


def test_somebody_elses_key_cannot_be_asked_for() -> None:
    stolen = certificate_request.make(
        authority.name("x"), PERSON.private.public, authority.root().sign
    )
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        certificate_request.verify(stolen.der())


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((der.integer(1), SUBJECT, SPKI, der.element(0xA0)), "request_form"),
        ((der.integer(0), SUBJECT, SPKI), "der_tag"),
        ((der.integer(0), SUBJECT, SPKI, der.element(0xA0), der.TRUE), "der_trailing"),
        ((der.integer(0), SUBJECT, SPKI, der.element(0xA0, der.TRUE)), "der_tag"),
        ((der.integer(0), SUBJECT, SPKI, der.element(0xA0, ATTRIBUTE[:-3])), "der_truncated"),
    ],
)
def test_another_form_is_refused(parts: tuple[bytes, ...], code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        certificate_request.verify(with_content(*parts))


def test_it_is_whole_and_unchanged() -> None:
    spoilt = [*hostile.truncated(DATA), *hostile.flipped(DATA), *hostile.long_lengths(DATA)]
    for data in (*spoilt, DATA + b"\0", hostile.indefinite(DATA)):
        with pytest.raises(CryptoError):
            certificate_request.verify(data)
