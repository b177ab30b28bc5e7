"""Revocation lists."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import certificate_profiles as profiles
from crypto import crl, der, extensions, signed
from crypto.crl import Entry, RevocationList
from crypto.errors import CryptoError, InvalidCertificate, InvalidEncoding, InvalidSignature
from crypto.revocation import UNCHECKED, Outcome, Reason, Revoked, Standing
from tests.crypto import authority, hostile
from tests.crypto.authority import NOW

ISSUING = authority.issuing()
WEEK = timedelta(days=7)
ENTRIES = (
    Entry(77, Revoked(NOW, Reason.KEY_COMPROMISE)),
    Entry(9, Revoked(NOW - WEEK)),
    Entry(1 << 150, Revoked(NOW, Reason.CERTIFICATE_HOLD)),
)


def issued(*entries: Entry, number: int = 3, by: authority.Party = ISSUING) -> RevocationList:
    return RevocationList.issue(
        by.certificate,
        entries,
        number=number,
        this_update=NOW,
        next_update=NOW + WEEK,
        sign=by.sign,
    )


LIST = issued(*ENTRIES)
DATA = LIST.der()


def test_a_list_comes_back_in_the_order_of_serial_numbers() -> None:
    found = crl.parse(DATA)

    assert found == LIST == crl.parse_pem(LIST.pem)
    assert [entry.serial for entry in found.entries] == [9, 77, 1 << 150]
    assert (found.number, found.this_update, found.next_update) == (3, NOW, NOW + WEEK)
    found.verify(ISSUING.certificate)


def test_an_empty_list_is_a_list() -> None:
    found = crl.parse(issued().der())
    found.verify(ISSUING.certificate)
    assert found.entries == ()
    assert found.standing(1, NOW).outcome is Outcome.GOOD


@given(
    entries=st.dictionaries(st.integers(1, 1 << 100), st.sampled_from(Reason), max_size=5),
    number=st.integers(0, 1 << 100),
)
def test_any_list_comes_back(entries: dict[int, Reason], number: int) -> None:
    listed = [Entry(serial, Revoked(NOW, reason)) for serial, reason in entries.items()]
    made = issued(*listed, number=number)
    assert crl.parse(made.der()) == made


def test_what_it_says() -> None:
    times = (NOW, NOW + WEEK)

    assert LIST.standing(77, NOW) == Standing(Outcome.REVOKED, *times, ENTRIES[0].revoked)
    assert LIST.standing(78, NOW) == Standing(Outcome.GOOD, *times)
    for other in (NOW - timedelta(seconds=1), NOW + WEEK):
        assert LIST.standing(77, other) == UNCHECKED


def test_only_its_issuer_answers_for_it() -> None:
    with pytest.raises(InvalidCertificate, match="crl_issuer"):
        LIST.verify(authority.root().certificate)
    namesake = authority.below(
        authority.root(), 22, ISSUING.certificate.fields.subject,
        replace(ISSUING.certificate.fields.extensions, subject_key=bytes(20)),
    )  # fmt: skip
    with pytest.raises(InvalidCertificate, match="crl_issuer"):
        LIST.verify(namesake.certificate)
    thief = authority.below(
        authority.root(), 22, ISSUING.certificate.fields.subject,
        ISSUING.certificate.fields.extensions,
    )  # fmt: skip
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        LIST.verify(thief.certificate)


def test_who_may_not_sign_lists_signs_none() -> None:
    extensions_ = profiles.signing(
        authority.key(30).public, ISSUING.certificate, policy=authority.POLICY,
        places=authority.PLACES,
    )  # fmt: skip
    pretender = authority.below(ISSUING, 30, authority.name("inst"), extensions_)
    with pytest.raises(InvalidCertificate, match="crl_issuer"):
        issued(by=pretender).verify(pretender.certificate)


def test_a_list_ends_after_it_begins() -> None:
    with pytest.raises(ValueError, match="ends"):
        RevocationList.issue(
            ISSUING.certificate, (), number=1, this_update=NOW, next_update=NOW, sign=ISSUING.sign
        )


def test_it_is_whole_and_unchanged() -> None:
    spoilt = [*hostile.truncated(DATA), *hostile.flipped(DATA), *hostile.long_lengths(DATA)]
    for data in (*spoilt, DATA + b"\0", hostile.indefinite(DATA)):
        with pytest.raises(CryptoError):
            crl.parse(data).verify(ISSUING.certificate)


def by_hand(**more: Any) -> bytes:
    """Return a list with some parts replaced, signed by the issuer."""
    key = der.element(der.SEQUENCE, der.element(0x80, ISSUING.certificate.key_id))
    marks = der.element(
        der.SEQUENCE,
        extensions.one(extensions.AUTHORITY_KEY, key),
        extensions.one("2.5.29.20", der.integer(3)),
    )
    parts = {
        "version": der.integer(1),
        "algorithm": signed.ALGORITHM,
        "name": ISSUING.certificate.fields.subject.der(),
        "this": der.instant(NOW),
        "next": der.instant(NOW + WEEK),
        "entries": b"",
        "marks": der.element(0xA0, marks),
    }
    content = der.element(der.SEQUENCE, *(parts | more).values())
    return signed.Signed.make(content, ISSUING.sign).der()


def entries(*listed: bytes) -> bytes:
    return der.element(der.SEQUENCE, *listed)


def entry(serial: bytes = der.integer(5), *marks: bytes) -> bytes:
    more = der.element(der.SEQUENCE, *marks) if marks else b""
    return der.element(der.SEQUENCE, serial, der.instant(NOW), more)


def reason(value: bytes, **more: bool) -> bytes:
    return extensions.one("2.5.29.21", value, **more)


def marks(*listed: bytes) -> bytes:
    return der.element(0xA0, der.element(der.SEQUENCE, *listed))


KEY = extensions.one(extensions.AUTHORITY_KEY, der.element(der.SEQUENCE, der.element(0x80, b"\1")))
NUMBER = extensions.one("2.5.29.20", der.integer(3))


def test_what_other_authorities_write_is_read() -> None:
    invalidity = extensions.one("2.5.29.24", der.generalized(NOW))
    data = by_hand(
        entries=entries(entry(der.integer(5), invalidity), entry(der.integer(4))),
        marks=marks(extensions.one("1.2.3.4", b""), KEY, NUMBER),
    )
    found = crl.parse(data)
    assert [(each.serial, each.revoked.reason) for each in found.entries] == [
        (5, Reason.UNSPECIFIED),
        (4, Reason.UNSPECIFIED),
    ]
    assert crl.parse(by_hand()).number == 3


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"version": der.integer(0)}, "crl_version"),
        ({"version": b""}, "der_tag"),
        ({"algorithm": der.element(der.SEQUENCE, der.oid("1.2.840.10045.4.3.2"))},
         "signed_algorithm"),
        ({"algorithm": der.element(der.SEQUENCE, signed.ALGORITHM[2:], b"\5\0")},
         "signed_algorithm"),
        ({"next": b""}, "der_tag"),
        ({"next": der.instant(NOW)}, "crl_dates"),
        ({"this": der.element(der.GENERALIZED_TIME, b"20261124080000.0Z")}, "der_time"),
        ({"entries": entries()}, "crl_entry"),
        ({"entries": entries(entry(), entry())}, "crl_entry"),
        ({"entries": entries(entry(der.integer(0)))}, "crl_entry"),
        ({"entries": entries(entry(b"\2\1\xff"))}, "der_integer"),
        ({"entries": entries(entry(der.integer(5), reason(b"\x0a\1\7")))}, "crl_entry"),
        ({"entries": entries(entry(der.integer(5), reason(b"\x0a\2\0\1")))}, "crl_entry"),
        ({"entries": entries(entry(der.integer(5), reason(b"\x0a\1\1\0")))}, "der_trailing"),
        ({"entries": entries(entry(der.integer(5), reason(b"\x0a\1\1"), reason(b"\x0a\1\1")))},
         "extension_twice"),
        ({"entries": entries(entry(der.integer(5), extensions.one("1.2.3", b"")))},
         "crl_extension"),
        ({"entries": entries(
            entry(der.integer(5), extensions.one("2.5.29.29", b"", critical=True)))},
         "crl_extension"),
        ({"marks": b""}, "der_tag"),
        ({"marks": marks(KEY)}, "crl_extension"),
        ({"marks": marks(NUMBER)}, "crl_extension"),
        ({"marks": marks(KEY, NUMBER, extensions.one("2.5.29.27", der.integer(1), critical=True))},
         "crl_extension"),
        ({"marks": marks(KEY, NUMBER, extensions.one("2.5.29.28", b"0\0", critical=True))},
         "crl_extension"),
        ({"marks": marks(KEY, NUMBER, NUMBER)}, "extension_twice"),
        ({"marks": marks(KEY, NUMBER) + der.TRUE}, "der_trailing"),
    ],
)  # fmt: skip
def test_another_form_is_refused(more: dict[str, bytes], code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        crl.parse(by_hand(**more))
