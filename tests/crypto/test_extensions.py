"""Extensions: what is written comes back, what is not understood is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import der, extensions
from crypto.errors import CryptoError, InvalidEncoding
from crypto.extensions import Basic, Extensions, NameConstraints, Policy, Usage
from tests.crypto import authority

ALL = Extensions(
    authority_key=bytes(20),
    subject_key=b"\1" * 20,
    usage=frozenset(Usage),
    policies=(Policy("2.25.1", "自建CA"), Policy("2.25.2")),
    basic=Basic(True, 3),
    constraints=NameConstraints((authority.name(),), (authority.name("no"),)),
    extended=(extensions.DOCUMENT_SIGNING, extensions.OCSP_SIGNING),
    crl_urls=("http://a.example/1.crl", "http://b.example/1.crl"),
    ocsp_urls=("http://a.example/ocsp",),
    issuer_urls=("http://a.example/issuer.cer",),
    no_check=True,
)


def read(data: bytes) -> Extensions:
    reader = der.Reader(data)
    found = extensions.read(reader)
    reader.end()
    return found


def listed(*parts: bytes) -> bytes:
    return der.element(der.SEQUENCE, *parts)


def test_all_of_them_come_back() -> None:
    assert read(ALL.der()) == ALL


@given(
    usage=st.frozensets(st.sampled_from(Usage), min_size=1),
    length=st.none() | st.integers(0, 300),
    keyid=st.binary(min_size=1, max_size=64),
    ca=st.booleans(),
)
def test_values_come_back(
    usage: frozenset[Usage], length: int | None, keyid: bytes, ca: bool
) -> None:
    basic = Basic(ca, length if ca else None)
    value = Extensions(usage=usage, basic=basic, subject_key=keyid, authority_key=keyid)
    assert read(value.der()) == value


def test_only_what_restricts_is_critical() -> None:
    found = {oid: critical for oid, critical, _ in extensions.each(der.Reader(ALL.der()))}
    critical = {oid for oid, each in found.items() if each}
    assert critical == {extensions.BASIC, extensions.KEY_USAGE, extensions.CONSTRAINTS}
    assert len(found) == 10


def test_one_that_is_unknown_is_kept_by_name_unless_it_is_critical() -> None:
    strange = extensions.one("1.2.3.4", b"anything")
    assert read(listed(strange)).unknown == {"1.2.3.4"}
    assert replace(ALL, unknown=frozenset({"1.2.3.4"})).der() == ALL.der()
    with pytest.raises(InvalidEncoding) as caught:
        read(listed(extensions.one("1.2.3.4", b"anything", critical=True)))
    assert (caught.value.code, caught.value.params) == ("extension_unknown", {"oid": "1.2.3.4"})


def test_none_comes_twice() -> None:
    one = extensions.one(extensions.BASIC, der.element(der.SEQUENCE))
    for twice in ((one, one), (extensions.one("1.2.3", b""), extensions.one("1.2.3", b"x"))):
        with pytest.raises(InvalidEncoding, match="extension_twice"):
            read(listed(*twice))


def test_a_notice_has_a_length() -> None:
    for text in ("", "n" * 201):
        with pytest.raises(ValueError, match="200 characters"):
            Extensions(policies=(Policy("2.25.1", text),)).der()


def test_issuer_and_serial_beside_the_key_identifier_are_read_over() -> None:
    value = der.element(
        der.SEQUENCE,
        der.element(0x80, b"\1"),
        der.element(0xA1, der.element(0xA4, authority.name().der())),
        der.element(0x82, b"\5"),
    )
    assert read(listed(extensions.one(extensions.AUTHORITY_KEY, value))).authority_key == b"\1"


def test_the_address_of_a_practice_statement_is_read_over() -> None:
    practice = der.element(
        der.SEQUENCE, der.oid("1.3.6.1.5.5.7.2.1"), der.element(der.IA5, b"http://a.example/cps")
    )
    value = der.element(
        der.SEQUENCE,
        der.element(der.SEQUENCE, der.oid("2.25.1"), der.element(der.SEQUENCE, practice)),
    )
    found = read(listed(extensions.one(extensions.POLICIES, value)))
    assert found.policies == (Policy("2.25.1"),)


def test_another_way_to_ask_about_status_is_read_over() -> None:
    value = der.element(
        der.SEQUENCE, der.element(der.SEQUENCE, der.oid("1.2.3"), der.element(0x86, b"http://a"))
    )
    assert read(listed(extensions.one(extensions.AUTHORITY_INFO, value))) == Extensions()


def test_other_ways_to_name_a_list_are_read_over() -> None:
    def point(*parts: bytes) -> bytes:
        return der.element(der.SEQUENCE, *parts)

    directory = der.element(0xA4, authority.name().der())
    address = der.element(0x86, b"http://a.example/1.crl")
    full = der.element(0xA0, der.element(0xA0, directory, address))
    relative = der.element(0xA0, der.element(0xA1, b""))
    value = der.element(
        der.SEQUENCE, point(full), point(relative), point(der.element(0x81, b"\1\2"))
    )
    found = read(listed(extensions.one(extensions.CRL_POINTS, value)))
    assert found.crl_urls == ("http://a.example/1.crl",)


SEQUENCE = der.element(der.SEQUENCE)
NAME = der.element(0xA4, authority.name().der())
DNS = der.element(der.SEQUENCE, der.element(0x82, b"zz.example"))
POLICY = der.element(der.SEQUENCE, der.oid("2.25.1"))


def policy(*qualifiers: bytes) -> bytes:
    inner = der.element(der.SEQUENCE, *qualifiers)
    return der.element(der.SEQUENCE, der.element(der.SEQUENCE, der.oid("2.25.1"), inner))


MALFORMED = {
    "no extensions": b"",
    "basic: default written": (extensions.BASIC, der.element(der.SEQUENCE, b"\1\1\0")),
    "basic: another truth": (extensions.BASIC, der.element(der.SEQUENCE, b"\1\1\1")),
    "basic: a length without ca": (extensions.BASIC, der.element(der.SEQUENCE, der.integer(1))),
    "basic: negative": (extensions.BASIC, der.element(der.SEQUENCE, der.TRUE, b"\2\1\xff")),
    "basic: more after it": (extensions.BASIC, SEQUENCE + der.TRUE),
    "usage: no bits": (extensions.KEY_USAGE, b"\3\1\0"),
    "usage: a bit that has no name": (extensions.KEY_USAGE, der.named_bits({0, 9})),
    "subject key: empty": (extensions.SUBJECT_KEY, der.element(der.OCTETS)),
    "subject key: long": (extensions.SUBJECT_KEY, der.element(der.OCTETS, bytes(65))),
    "authority key: none": (extensions.AUTHORITY_KEY, SEQUENCE),
    "authority key: half of a name": (
        extensions.AUTHORITY_KEY,
        der.element(der.SEQUENCE, der.element(0x80, b"\1"), der.element(0xA1)),
    ),
    "policies: none": (extensions.POLICIES, SEQUENCE),
    "policies: twice": (extensions.POLICIES, der.element(der.SEQUENCE, POLICY, POLICY)),
    "policies: empty qualifiers": (extensions.POLICIES, policy()),
    "policies: unknown qualifier": (
        extensions.POLICIES,
        policy(der.element(der.SEQUENCE, der.oid("1.2.3"), der.element(der.IA5, b"x"))),
    ),
    "constraints: none": (extensions.CONSTRAINTS, SEQUENCE),
    "constraints: empty": (extensions.CONSTRAINTS, der.element(der.SEQUENCE, der.element(0xA0))),
    "constraints: of another kind": (
        extensions.CONSTRAINTS,
        der.element(der.SEQUENCE, der.element(0xA0, DNS)),
    ),
    "constraints: a distance": (
        extensions.CONSTRAINTS,
        der.element(
            der.SEQUENCE,
            der.element(0xA0, der.element(der.SEQUENCE, NAME, der.element(0x81, b"\1"))),
        ),
    ),
    "extended: none": (extensions.EXTENDED, SEQUENCE),
    "crl: no name": (
        extensions.CRL_POINTS,
        der.element(der.SEQUENCE, der.element(der.SEQUENCE, der.element(0xA0))),
    ),
    "no check: a value": (extensions.NO_CHECK, b"\5\1\0"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_another_form_is_refused(case: str) -> None:
    match MALFORMED[case]:
        case (str() as oid, bytes() as value):
            data = listed(extensions.one(oid, value))
        case _:
            data = listed()
    with pytest.raises(InvalidEncoding):
        read(data)


@given(at=st.integers(0, len(ALL.der()) - 1), byte=st.integers(1, 255))
def test_a_changed_byte_is_refused_or_says_something_else(at: int, byte: int) -> None:
    data = bytearray(ALL.der())
    data[at] ^= byte
    try:
        found = read(bytes(data))
    except CryptoError:
        return
    assert found != ALL or _criticality_only(bytes(data))


def _criticality_only(data: bytes) -> bool:
    """A different identifier of something that is read over changes nothing that we hold."""
    return extensions.each(der.Reader(data)) != extensions.each(der.Reader(ALL.der()))
