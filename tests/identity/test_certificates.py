"""What Kexin says in certificates, and reads out of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import sm2
from crypto.certificate import Certificate, Fields, parse
from crypto.certificate_profiles import Places
from crypto.chain import Sources
from crypto.crl import Entry, RevocationList
from crypto.errors import InvalidCertificate
from crypto.extensions import DOCUMENT_SIGNING, Policy, Usage
from crypto.keys import PrivateKey
from crypto.names import COMMON_NAME, COUNTRY, ORGANISATION, Name
from crypto.provider import KeyRef, Provider, Use
from crypto.providers.software import SoftwareDevice
from crypto.revocation import Outcome, Revoked
from identity import certificates, codes
from identity.certificates import OWN_AUTHORITY, Authority, Kind, Trust
from identity.errors import InvalidCode, InvalidSubject
from tests.crypto.samples import ID_OPTION, openssl
from tests.identity.samples import NODE, NOW, SCHOOL, Sequence, private_key

EDU_ID = "E417KQ2M9XW4HD0RT4"
PLACES = Places(("http://ca.example/1.crl",), ("http://ca.example/ocsp",), ())
RANDOM = Sequence("serials")
ROOT_KEY, ISSUING_KEY, KEY = (private_key(name) for name in ("ca-root", "ca-issuing", "person"))


def signer(key: PrivateKey) -> Callable[[bytes], bytes]:
    return lambda message: sm2.sign(key, message)


def issued(fields: Fields, by: PrivateKey = ISSUING_KEY) -> Certificate:
    made = Certificate.issue(fields, signer(by))
    assert parse(made.der()) == made
    return made


ROOT = issued(certificates.root(NODE, ROOT_KEY.public, now=NOW, random=RANDOM), ROOT_KEY)
ISSUING = issued(
    certificates.issuing(NODE, ISSUING_KEY.public, ROOT, places=PLACES, now=NOW, random=RANDOM),
    ROOT_KEY,
)
AUTHORITY = Authority(NODE, ISSUING, PLACES)
TRUST = Trust.in_own(ROOT, ISSUING)

Make = Callable[..., Fields]
ENDS: list[tuple[Kind, Make, str]] = [
    (Kind.PERSON, certificates.person, EDU_ID),
    (Kind.INSTITUTION_SIGNING, certificates.institution_signing, SCHOOL),
    (Kind.INSTITUTION_ENCRYPTION, certificates.institution_encryption, SCHOOL),
]


def end(make: Make, identifier: str, authority: Authority = AUTHORITY) -> Certificate:
    return issued(make(authority, identifier, KEY.public, now=NOW, random=RANDOM))


PERSON = end(certificates.person, EDU_ID)


@pytest.mark.parametrize(("kind", "make", "identifier"), ENDS)
def test_whose_it_is_comes_out_again(kind: Kind, make: Make, identifier: str) -> None:
    made = end(make, identifier)
    found = certificates.verify(made, TRUST, now=NOW, kind=kind)

    assert (found.kind, found.identifier, found.node) == (kind, identifier, NODE)
    assert (found.key, found.own) == (KEY.public, True)
    assert found.certificates == (made, ISSUING, ROOT)
    assert found.standing.outcome is Outcome.UNCHECKED


@pytest.mark.parametrize(("kind", "make", "identifier"), ENDS)
def test_a_subject_holds_one_identifier_and_nothing_else(
    kind: Kind, make: Make, identifier: str
) -> None:
    fields = end(make, identifier).fields
    assert fields.subject.attributes == (
        (COUNTRY, "CN"), (ORGANISATION, NODE), (COMMON_NAME, identifier),
    )  # fmt: skip
    assert fields.extensions.policies == (OWN_AUTHORITY,)
    assert fields.not_after - fields.not_before == certificates.LIFETIME[kind]
    assert fields.extensions.unknown == frozenset()


def test_every_certificate_below_the_root_says_what_the_authority_is_not() -> None:
    notice = OWN_AUTHORITY.notice
    assert notice is not None
    assert "自建CA,非依法设立的电子认证服务机构" in notice
    assert "not a licensed" in notice
    responder = issued(certificates.responder(AUTHORITY, KEY.public, now=NOW, random=RANDOM))
    for each in (ISSUING, PERSON, responder):
        assert each.fields.extensions.policies == (OWN_AUTHORITY,)
    for each in (ROOT, ISSUING):
        assert "not licensed" in str(each.fields.subject)


def test_the_openssl_command_prints_the_sentence_and_verifies(tmp_path: Path) -> None:
    for name, each in (("root", ROOT), ("issuing", ISSUING), ("person", PERSON)):
        (tmp_path / f"{name}.pem").write_text(each.pem)
    text = openssl("x509", "-in", tmp_path / "person.pem", "-noout", "-text").decode()
    assert f"Explicit Text: {OWN_AUTHORITY.notice}" in text
    for above, below in (("root", "issuing"), ("issuing", "person")):
        said = openssl(
            "verify", "-vfyopt", ID_OPTION, "-partial_chain", "-x509_strict", "-attime",
            str(int(NOW.timestamp())), "-CAfile", tmp_path / f"{above}.pem",
            tmp_path / f"{below}.pem",
        )  # fmt: skip
        assert said.endswith(b"OK\n")


@pytest.mark.parametrize(
    ("make", "identifier"),
    [
        (certificates.person, SCHOOL),
        (certificates.person, "11010519491231002X"),
        (certificates.person, "E417KQ2M9XW4HD0RT5"),
        (certificates.institution_signing, EDU_ID),
        (certificates.institution_signing, "4111010001"),
        (certificates.institution_encryption, EDU_ID),
    ],
)
def test_another_identifier_is_refused(make: Make, identifier: str) -> None:
    with pytest.raises(InvalidCode):
        end(make, identifier)


def test_the_shown_form_of_an_edu_id_is_written_without_hyphens() -> None:
    made = end(certificates.person, codes.show_edu_id(EDU_ID))
    assert made.fields.subject == PERSON.fields.subject


def test_a_kind_is_not_taken_for_another() -> None:
    school = end(certificates.institution_signing, SCHOOL)
    for made, kind in ((PERSON, Kind.INSTITUTION_SIGNING), (school, Kind.PERSON)):
        with pytest.raises(InvalidSubject) as caught:
            certificates.verify(made, TRUST, now=NOW, kind=kind)
        assert (caught.value.code, caught.value.params) == ("subject_kind", {"wanted": kind.value})
    for made, kind in (
        (school, Kind.INSTITUTION_ENCRYPTION),
        (end(certificates.institution_encryption, SCHOOL), Kind.INSTITUTION_SIGNING),
    ):
        with pytest.raises(InvalidCertificate, match="chain_usage"):
            certificates.verify(made, TRUST, now=NOW, kind=kind)


@pytest.mark.parametrize(
    "subject",
    [
        Name.of((COUNTRY, "CN"), (ORGANISATION, NODE)),
        Name.of((COUNTRY, "CN"), (ORGANISATION, NODE), ("2.5.4.11", "x"), (COMMON_NAME, EDU_ID)),
        Name.of((COUNTRY, "CN"), (ORGANISATION, NODE), ("2.5.4.4", EDU_ID)),
        certificates.subject(NODE, codes.show_edu_id(EDU_ID)),
    ],
    ids=str,
)
def test_a_name_in_another_form_names_nobody(subject: Name) -> None:
    made = issued(replace(PERSON.fields, subject=subject))
    with pytest.raises(InvalidSubject, match="subject_foreign"):
        certificates.verify(made, TRUST, now=NOW, kind=Kind.PERSON)


def test_a_name_that_is_no_identifier_names_nobody() -> None:
    made = issued(replace(PERSON.fields, subject=certificates.subject(NODE, "张三")))
    with pytest.raises(InvalidCode):
        certificates.verify(made, TRUST, now=NOW, kind=Kind.PERSON)


def test_another_nodes_person_cannot_be_named() -> None:
    other = certificates.subject("kexin.other.example", EDU_ID)
    made = issued(replace(PERSON.fields, subject=other))
    with pytest.raises(InvalidCertificate, match="chain_names"):
        certificates.verify(made, TRUST, now=NOW, kind=Kind.PERSON)


def test_a_certificate_without_the_sentence_is_none_of_ours() -> None:
    silent = replace(AUTHORITY, policy=Policy("2.25.1"))
    with pytest.raises(InvalidCertificate, match="chain_policy"):
        certificates.verify(
            end(certificates.person, EDU_ID, silent), TRUST, now=NOW, kind=Kind.PERSON
        )


def test_revocation_is_told_with_its_time() -> None:
    def listed(issuer: Certificate, key: PrivateKey, *serials: int) -> RevocationList:
        return RevocationList.issue(
            issuer, [Entry(serial, Revoked(NOW)) for serial in serials], number=1,
            this_update=NOW, next_update=NOW + timedelta(days=1), sign=signer(key),
        )  # fmt: skip

    above = listed(ROOT, ROOT_KEY)
    for serials, outcome in (
        ((), Outcome.GOOD),
        ((PERSON.fields.serial,), Outcome.REVOKED),
    ):
        sources = Sources([above, listed(ISSUING, ISSUING_KEY, *serials)])
        found = certificates.verify(PERSON, TRUST, now=NOW, kind=Kind.PERSON, sources=sources)
        assert found.standing.outcome is outcome


def test_a_licensed_authoritys_certificate_is_known_by_its_digest() -> None:
    trust = Trust.in_licensed([ROOT], [ISSUING])
    found = certificates.verify(PERSON, trust, now=NOW, kind=Kind.PERSON)
    assert (found.kind, found.identifier, found.node, found.own) == (None, None, None, False)
    assert found.key == KEY.public
    with pytest.raises(InvalidCertificate, match="chain_policy"):
        certificates.verify(
            PERSON, Trust.in_licensed([ROOT], [ISSUING], "2.25.1"), now=NOW, kind=Kind.PERSON
        )


def test_nothing_outlives_its_issuer() -> None:
    late = ISSUING.fields.not_after - timedelta(days=1)
    fields = certificates.person(AUTHORITY, EDU_ID, KEY.public, now=late, random=RANDOM)
    assert fields.not_after == ISSUING.fields.not_after
    for now in (ISSUING.fields.not_after, NOW - timedelta(seconds=1)):
        with pytest.raises(InvalidSubject, match="authority_expired"):
            certificates.person(AUTHORITY, EDU_ID, KEY.public, now=now, random=RANDOM)


def test_the_root_issues_authorities_and_they_issue_the_rest() -> None:
    at_root = replace(AUTHORITY, certificate=ROOT)
    with pytest.raises(InvalidSubject, match="authority_kind"):
        end(certificates.person, EDU_ID, at_root)
    for wrong in (ISSUING, PERSON):
        with pytest.raises(InvalidSubject, match="authority_kind"):
            certificates.issuing(NODE, KEY.public, wrong, places=PLACES, now=NOW, random=RANDOM)
    bare = replace(PERSON.fields.extensions, basic=None)
    beside = replace(AUTHORITY, certificate=issued(replace(PERSON.fields, extensions=bare)))
    with pytest.raises(InvalidSubject, match="authority_kind"):
        end(certificates.person, EDU_ID, beside)


@pytest.mark.parametrize("url", ["https://ca.example/1.crl", "ldap://x", "http://证.example"])
def test_addresses_are_http(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        replace(AUTHORITY, places=Places((url,)))


@given(numbers=st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=3))
def test_serial_numbers_are_random_and_positive(numbers: list[bytes]) -> None:
    queue = [*numbers, b"\1" * 16]
    fields = certificates.person(
        AUTHORITY, EDU_ID, KEY.public, now=NOW, random=lambda size: queue.pop(0)
    )
    assert 1 <= fields.serial < 1 << 127


def test_a_serial_number_of_zeros_is_thrown_away() -> None:
    queue = [bytes(16), bytes(15) + b"\1", bytes(15) + b"\2"]
    fields = certificates.person(
        AUTHORITY, EDU_ID, KEY.public, now=NOW, random=lambda size: queue.pop(0)
    )
    assert fields.serial == 1


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=91), None),
        (timedelta(days=90), 90),
        (timedelta(days=31), 90),
        (timedelta(days=30), 30),
        (timedelta(days=7), 7),
        (timedelta(0), 7),
        (timedelta(seconds=-1), 0),
    ],
)
def test_an_alarm_comes_three_times(left: timedelta, expected: int | None) -> None:
    assert certificates.alarm(PERSON, PERSON.fields.not_after - left) == expected


def test_the_provider_signs_certificates_with_an_authoritys_key_alone() -> None:
    def never(*_: object) -> None:
        raise AssertionError

    provider = Provider(SoftwareDevice(bytes(32)), check=never)
    ref: KeyRef = provider.generate(Use.AUTHORITY)
    fields = certificates.root(NODE, ref.public, now=NOW, random=RANDOM)
    made = Certificate.issue(fields, provider.signer(ref, "kexin-certificate"))
    made.signed.verify(ref.public)


def test_what_a_person_may_sign_with_it() -> None:
    said: Any = PERSON.fields.extensions
    assert said.usage == {Usage.DIGITAL_SIGNATURE, Usage.NON_REPUDIATION}
    assert said.extended == (DOCUMENT_SIGNING,)
