"""Certificates of an authority: made, read, and refused in every other form."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import certificate, der, extensions, keys, signed, sm2, sm3
from crypto.certificate import Certificate, Fields
from crypto.errors import CryptoError, InvalidEncoding, InvalidKey, InvalidSignature
from crypto.extensions import Basic, Extensions, Usage
from tests.crypto import authority, hostile
from tests.crypto.authority import NOW, POLICY
from tests.crypto.samples import vectors

PARTIES = [
    authority.root,
    authority.issuing,
    authority.person,
    authority.secrecy,
    authority.responder,
]
PERSON = authority.person().certificate
DATA = PERSON.der()


@pytest.mark.parametrize("party", PARTIES, ids=lambda each: each.__name__)
def test_every_profile_comes_back(party: Callable[[], authority.Party]) -> None:
    made = party().certificate

    assert certificate.parse(made.der()) == made
    assert certificate.parse_pem(made.pem) == made
    issuer = authority.root() if party is authority.issuing else authority.issuing()
    signer = made if party is authority.root else issuer.certificate
    made.signed.verify(signer.fields.key)


def test_what_the_profiles_allow() -> None:
    said = {party.__name__: party().certificate.fields.extensions for party in PARTIES}

    assert said["root"].basic == Basic(True, 1)
    assert said["issuing"].basic == Basic(True, 0)
    assert said["issuing"].constraints is not None
    assert said["issuing"].constraints.permitted == (authority.name(),)
    for name in ("person", "secrecy", "responder"):
        assert said[name].basic == Basic(False)
        assert said[name].policies == (POLICY,)
        assert Usage.CERTIFICATE_SIGN not in said[name].usage
    assert said["person"].usage == {Usage.DIGITAL_SIGNATURE, Usage.NON_REPUDIATION}
    assert said["secrecy"].usage == {
        Usage.KEY_ENCIPHERMENT, Usage.DATA_ENCIPHERMENT, Usage.KEY_AGREEMENT,
    }  # fmt: skip
    assert said["responder"].extended == (extensions.OCSP_SIGNING,)
    assert said["responder"].no_check
    assert not said["person"].no_check


def test_a_certificate_names_itself() -> None:
    assert PERSON.digest == sm3.digest(DATA)
    assert PERSON.key_id == sm3.digest(PERSON.fields.key.spki())[:20]
    assert authority.root().certificate.self_issued()
    assert not PERSON.self_issued()
    bare = replace(PERSON.fields, extensions=Extensions(basic=Basic(False)))
    assert authority.issuing().issue(bare).key_id == PERSON.key_id


@given(serial=st.integers(1, certificate.MAX_SERIAL - 1))
def test_serial_numbers_come_back(serial: int) -> None:
    fields = replace(PERSON.fields, serial=serial)
    made = Certificate.issue(fields, lambda _: PERSON.signed.signature)
    assert certificate.parse(made.der()).fields.serial == serial


@pytest.mark.parametrize("serial", [0, certificate.MAX_SERIAL, -1])
def test_impossible_serial_numbers_are_refused(serial: int) -> None:
    with pytest.raises(InvalidEncoding, match="certificate_serial"):
        replace(PERSON.fields, serial=serial)


def test_it_ends_after_it_begins() -> None:
    with pytest.raises(InvalidEncoding, match="certificate_dates"):
        replace(PERSON.fields, not_after=NOW - timedelta(days=2))


@pytest.mark.parametrize("year", [2049, 2050])
def test_both_forms_of_time(year: int) -> None:
    until = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    made = authority.issuing().issue(replace(PERSON.fields, not_after=until))
    assert certificate.parse(made.der()).fields.not_after == until


def test_no_beginning_of_it_is_a_certificate() -> None:
    for data in hostile.truncated(DATA):
        with pytest.raises(CryptoError):
            certificate.parse(data)


def test_no_bit_can_be_changed() -> None:
    key = authority.issuing().private.public
    for data in hostile.flipped(DATA):
        with pytest.raises(CryptoError):
            certificate.parse(data).signed.verify(key)


def test_no_length_can_be_written_longer() -> None:
    spoilt = list(hostile.long_lengths(DATA))
    assert len(spoilt) > 60
    for data in (*spoilt, hostile.indefinite(DATA), DATA + b"\0"):
        with pytest.raises(CryptoError):
            certificate.parse(data)


# made by hand: signed by the right key, and still refused


def by_hand(old: bytes = b"", new: bytes = b"", *, algorithm: bytes = signed.ALGORITHM) -> bytes:
    """Return the certificate with one part of what is signed replaced, signed again."""
    content = der.Reader(PERSON.signed.content).take(der.SEQUENCE)
    assert content.count(old) == 1 or not old
    content = der.element(der.SEQUENCE, content.replace(old, new) if old else content)
    signature = authority.issuing().sign(content)
    return signed.Signed(content, signature, algorithm).der()


SHA256_WITH_ECDSA = der.element(der.SEQUENCE, der.oid("1.2.840.10045.4.3.2"))
WITH_NULL = der.element(der.SEQUENCE, der.oid("1.2.156.10197.1.501"), der.element(der.NULL))
EXTENSIONS = der.element(0xA3, PERSON.fields.extensions.der())
SERIAL = der.integer(PERSON.fields.serial)
BEGIN = der.instant(PERSON.fields.not_before)


def extended_by(*more: bytes) -> bytes:
    listed = der.Reader(PERSON.fields.extensions.der()).take(der.SEQUENCE)
    return der.element(0xA3, der.element(der.SEQUENCE, listed, *more))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (by_hand(signed.ALGORITHM, SHA256_WITH_ECDSA), "signed_algorithm"),
        (by_hand(algorithm=SHA256_WITH_ECDSA), "signed_algorithm"),
        (by_hand(signed.ALGORITHM, WITH_NULL), "signed_algorithm"),
        (by_hand(algorithm=WITH_NULL), "signed_algorithm"),
        (by_hand(SERIAL, b"\2\1\xff"), "der_integer"),
        (by_hand(SERIAL, b"\2\2\0\1"), "der_integer"),
        (by_hand(SERIAL, der.integer(0)), "certificate_serial"),
        (by_hand(SERIAL, der.integer(1 << 160)), "certificate_serial"),
        (by_hand(BEGIN, der.element(der.GENERALIZED_TIME, b"20261123080000.5Z")), "der_time"),
        (by_hand(BEGIN, der.element(der.GENERALIZED_TIME, b"20261123080000Z")), "der_time"),
        (by_hand(BEGIN, der.element(der.UTC_TIME, b"2611230800Z")), "der_time"),
        (by_hand(BEGIN, der.element(der.UTC_TIME, b"261123160000+0800")), "der_time"),
        (by_hand(BEGIN, der.instant(NOW + 2 * authority.YEAR)), "certificate_dates"),
        (by_hand(der.element(0xA0, der.integer(2)), b""), "certificate_version"),
        (by_hand(der.element(0xA0, der.integer(2)), der.element(0xA0, der.integer(1))),
         "certificate_version"),
        (by_hand(EXTENSIONS, b""), "der_tag"),
        (by_hand(EXTENSIONS, der.element(0x81, b"\0\1") + EXTENSIONS), "der_tag"),
        (by_hand(EXTENSIONS, EXTENSIONS + der.TRUE), "der_trailing"),
        (by_hand(EXTENSIONS, extended_by(extensions.one("1.2.3", b"", critical=True))),
         "extension_unknown"),
        (by_hand(EXTENSIONS, extended_by(extensions.one(extensions.BASIC, b"0\0"))),
         "extension_twice"),
    ],
)  # fmt: skip
def test_another_form_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        certificate.parse(data)


def test_by_hand_changes_only_what_it_is_told() -> None:
    assert certificate.parse(by_hand()).fields == PERSON.fields
    both = der.Reader(PERSON.signed.content).take(der.SEQUENCE)
    content = der.element(der.SEQUENCE, both.replace(signed.ALGORITHM, WITH_NULL))
    found = certificate.parse(
        signed.Signed(content, authority.issuing().sign(content), WITH_NULL).der()
    )
    found.signed.verify(authority.issuing().private.public)
    assert found.fields.der(WITH_NULL) == content


def test_a_key_of_another_curve_is_refused() -> None:
    p256 = der.oid("1.2.840.10045.3.1.7")
    with pytest.raises(InvalidKey, match="spki"):
        certificate.parse(by_hand(der.oid("1.2.156.10197.1.301"), p256))


def test_a_signature_that_nobody_can_make_is_refused() -> None:
    body = PERSON.signed.content + signed.ALGORITHM
    impossible = der.element(der.SEQUENCE, der.integer(0), der.integer(1))
    with pytest.raises(InvalidSignature, match="signature_range"):
        certificate.parse(der.element(der.SEQUENCE, body, der.bits(impossible)))
    good = sm2.to_der(PERSON.signed.signature)
    unused = der.element(der.BIT_STRING, b"\1", good)
    with pytest.raises(InvalidEncoding, match="der_bits"):
        certificate.parse(der.element(der.SEQUENCE, body, unused))


def test_certificates_of_another_implementation_are_read() -> None:
    """A public CA's, with the null parameters and text kinds that such have."""
    text = vectors("sm2_pki.json")["certificates"][0]["pem"]
    found = certificate.parse_pem(text)
    assert found.der() == keys.from_pem(certificate.LABEL, text)
    assert found.fields.extensions.basic is not None


def test_a_chain_is_several_blocks_of_text() -> None:
    chain = (PERSON, authority.issuing().certificate)
    text = "".join(each.pem for each in chain)

    assert certificate.parse_bundle(text) == chain
    assert certificate.parse_bundle(f"\n{PERSON.pem}\n\n") == (PERSON,)
    for wrong in ("", "text", text + "text", "text\n" + text, text.replace("CERT", "C", 1)):
        with pytest.raises(InvalidKey, match="pem"):
            certificate.parse_bundle(wrong)


def test_the_fields_are_a_value() -> None:
    fields = PERSON.fields
    assert isinstance(fields, Fields)
    assert fields == replace(fields)
    assert fields.der() == PERSON.signed.content
