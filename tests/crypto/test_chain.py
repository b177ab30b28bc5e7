"""The way from a certificate to an authority that is trusted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from crypto import certificate_profiles as profiles
from crypto import chain, ocsp
from crypto.certificate import Certificate
from crypto.chain import Chain, Sources
from crypto.crl import Entry, RevocationList
from crypto.errors import InvalidCertificate
from crypto.extensions import Basic, NameConstraints, Usage
from crypto.ocsp import Answer, Question
from crypto.revocation import Outcome, Reason, Revoked, Standing
from tests.crypto import authority
from tests.crypto.authority import NOW, POLICY, YEAR, Party

ROOT, ISSUING, PERSON = authority.root(), authority.issuing(), authority.person()
WEEK = timedelta(days=7)


def walk(first: Certificate = PERSON.certificate, **more: Any) -> Chain:
    values: dict[str, Any] = {
        "trusted": [ROOT.certificate],
        "between": [ISSUING.certificate],
        "now": NOW,
        "usage": Usage.DIGITAL_SIGNATURE,
    }
    return chain.verify(first, **(values | more))


def refused(code: str, first: Certificate = PERSON.certificate, **more: Any) -> None:
    with pytest.raises(InvalidCertificate) as caught:
        walk(first, **more)
    assert caught.value.code == code


def test_a_person_leads_to_the_root() -> None:
    found = walk()
    assert found.certificates == (PERSON.certificate, ISSUING.certificate, ROOT.certificate)
    assert found.standing.outcome is Outcome.UNCHECKED


def test_an_authority_in_the_middle_may_be_the_trusted_one() -> None:
    found = walk(trusted=[ISSUING.certificate], between=[])
    assert found.certificates == (PERSON.certificate, ISSUING.certificate)
    alone = walk(trusted=[PERSON.certificate], between=[])
    assert alone.certificates == (PERSON.certificate,)
    assert alone.standing == Standing(Outcome.GOOD)


def test_without_the_way_there_is_none() -> None:
    refused("chain_unknown_issuer", between=[])
    refused("chain_unknown_issuer", trusted=[])
    refused("chain_unknown_issuer", trusted=[authority.made_root(9).certificate])
    other = authority.made_root(9)
    refused("chain_unknown_issuer", trusted=[other.certificate])


def test_strangers_cannot_make_it_long() -> None:
    refused("chain_too_many", between=[ISSUING.certificate] * 9)
    loop = authority.made_root(40, "A").certificate
    refused("chain_unknown_issuer", loop, trusted=[ROOT.certificate], between=[loop],
            usage=Usage.CERTIFICATE_SIGN)  # fmt: skip


def test_a_way_has_an_end() -> None:
    certificates: list[Certificate] = []
    above = ROOT
    for number in range(50, 57):
        name = authority.name(f"CA {number}")
        extensions = replace(profiles.root(authority.key(number).public), basic=Basic(True))
        above = authority.below(above, number, name, extensions)
        certificates.append(above.certificate)
    refused(
        "chain_unknown_issuer", certificates[-1], between=certificates[:-1],
        usage=Usage.CERTIFICATE_SIGN,
    )  # fmt: skip


@pytest.mark.parametrize(
    "now", [NOW - timedelta(days=1, seconds=1), NOW + YEAR + timedelta(seconds=1)]
)
def test_dates(now: datetime) -> None:
    refused("chain_dates", now=now)


def test_the_last_second_counts() -> None:
    walk(now=NOW + YEAR)
    walk(now=NOW - timedelta(days=1))


def test_the_dates_of_the_trusted_one_count_too() -> None:
    old = authority.made_root(not_after=NOW - timedelta(seconds=1)).certificate
    refused("chain_dates", trusted=[old])


def issuing_with(**more: Any) -> Party:
    """Return an issuing authority with the usual key and other extensions."""
    said = replace(ISSUING.certificate.fields.extensions, **more)
    return authority.below(ROOT, 2, authority.name("Issuing"), said)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"basic": Basic(False)}, "chain_no_ca"),
        ({"basic": None}, "chain_no_ca"),
        ({"usage": frozenset({Usage.CRL_SIGN})}, "chain_no_ca"),
        ({"constraints": NameConstraints((authority.name("Pupils"),))}, "chain_names"),
        ({"constraints": NameConstraints((authority.name(node="other.example"),))}, "chain_names"),
        ({"constraints": NameConstraints(excluded=(authority.name("E417KQ2M9XW4HD0RT4"),))},
         "chain_names"),
        ({"policies": ()}, "chain_policy"),
    ],
)  # fmt: skip
def test_an_authority_without_the_right_is_none(more: dict[str, Any], code: str) -> None:
    refused(code, between=[issuing_with(**more).certificate], policy=POLICY.oid)


def test_names_that_are_permitted_or_not_excluded() -> None:
    for constraints in (
        NameConstraints((authority.name(node="other.example"), authority.name())),
        NameConstraints(excluded=(authority.name(node="other.example"),)),
        None,
    ):
        walk(between=[issuing_with(constraints=constraints).certificate])


def test_somebody_elses_name_cannot_be_issued() -> None:
    foreign = authority.below(
        ISSUING, 3, authority.name("E417KQ2M9XW4HD0RT4", node="other.example"),
        PERSON.certificate.fields.extensions,
    )  # fmt: skip
    refused("chain_names", foreign.certificate)


def test_a_person_issues_nothing() -> None:
    extensions = replace(
        PERSON.certificate.fields.extensions, authority_key=PERSON.certificate.key_id
    )
    child = authority.below(PERSON, 60, authority.name("E41"), extensions)
    between = [PERSON.certificate, ISSUING.certificate]
    refused("chain_no_ca", child.certificate, between=between)


def test_the_path_length_counts_authorities_below() -> None:
    said = replace(ISSUING.certificate.fields.extensions, authority_key=ISSUING.certificate.key_id)
    second = authority.below(ISSUING, 61, authority.name("Second"), said)
    pupil = authority.below(
        second, 62, authority.name("E41"),
        replace(PERSON.certificate.fields.extensions, authority_key=second.certificate.key_id),
    )  # fmt: skip
    between = [second.certificate, ISSUING.certificate]
    refused("chain_path_length", pupil.certificate, between=between)
    walk(pupil.certificate, trusted=[second.certificate], between=[])


def test_usage_and_policy_are_asked() -> None:
    refused("chain_usage", usage=Usage.KEY_ENCIPHERMENT)
    refused("chain_usage", authority.secrecy().certificate)
    walk(authority.secrecy().certificate, usage=Usage.KEY_ENCIPHERMENT, policy=POLICY.oid)
    walk(policy=POLICY.oid)
    refused("chain_policy", policy="2.25.1")


def test_of_two_ways_one_holds() -> None:
    """The same key and name, certified anew: the old certificate is over."""
    fields = replace(ISSUING.certificate.fields, not_after=NOW - timedelta(hours=1))
    old = ROOT.issue(fields)
    found = walk(between=[old, ISSUING.certificate])
    assert found.certificates[1] == ISSUING.certificate
    refused("chain_dates", between=[old])


def test_key_identifier_and_signature_must_fit() -> None:
    said = replace(PERSON.certificate.fields.extensions, authority_key=bytes(20))
    refused("chain_unknown_issuer", ISSUING.issue(replace(PERSON.certificate.fields,
            extensions=said)))  # fmt: skip
    without = replace(PERSON.certificate.fields.extensions, authority_key=None)
    walk(ISSUING.issue(replace(PERSON.certificate.fields, extensions=without)))
    forged = Certificate.issue(PERSON.certificate.fields, ROOT.sign)
    refused("chain_unknown_issuer", forged)


# revocation


def listed(*serials: int, by: Party = ISSUING, since: datetime = NOW - WEEK) -> RevocationList:
    entries = [Entry(serial, Revoked(NOW, Reason.KEY_COMPROMISE)) for serial in serials]
    return RevocationList.issue(
        by.certificate, entries, number=1, this_update=since, next_update=since + 2 * WEEK,
        sign=by.sign,
    )  # fmt: skip


def answered(standing: Outcome, serial: int, by: Party = ISSUING) -> tuple[Question, Answer]:
    question = ocsp.ask(serial, by.certificate, b"nonce")
    revoked = Revoked(NOW) if standing is Outcome.REVOKED else None
    answer = Answer.issue(
        question, Standing(standing, NOW - WEEK, NOW + WEEK, revoked), responder=by.certificate,
        produced_at=NOW, sign=by.sign,
    )  # fmt: skip
    return question, answer


SERIAL = PERSON.certificate.fields.serial
MIDDLE = ISSUING.certificate.fields.serial
ROOTS = listed(by=ROOT)


def outcome(lists: Sequence[RevocationList] = (), answers: Sequence[Any] = ()) -> Outcome:
    return walk(sources=Sources(lists, answers)).standing.outcome


def test_good_needs_the_whole_way() -> None:
    assert outcome([listed(5), ROOTS]) is Outcome.GOOD
    assert outcome([listed(5)]) is Outcome.UNCHECKED
    assert outcome([ROOTS]) is Outcome.UNCHECKED
    assert outcome([ROOTS], [answered(Outcome.GOOD, SERIAL)]) is Outcome.GOOD


def test_revoked_anywhere_is_revoked() -> None:
    assert outcome([listed(SERIAL), ROOTS]) is Outcome.REVOKED
    assert outcome([listed(5), listed(MIDDLE, by=ROOT)]) is Outcome.REVOKED
    assert outcome([listed(SERIAL)]) is Outcome.REVOKED
    both = answered(Outcome.GOOD, SERIAL)
    assert outcome([listed(SERIAL), ROOTS], [both]) is Outcome.REVOKED
    assert outcome([ROOTS], [answered(Outcome.REVOKED, SERIAL)]) is Outcome.REVOKED
    found = walk(sources=Sources([listed(SERIAL), ROOTS])).standing
    assert found.revoked == Revoked(NOW, Reason.KEY_COMPROMISE)


def test_what_does_not_count_leaves_it_unchecked() -> None:
    old, early = listed(since=NOW - 3 * WEEK), listed(since=NOW + WEEK)
    foreign = listed(SERIAL, by=authority.made_root(9))
    thief = Party(ISSUING.certificate, authority.key(99))
    forged = listed(by=thief)
    for each in (old, early, foreign, forged):
        assert outcome([each, ROOTS]) is Outcome.UNCHECKED
    question, answer = answered(Outcome.GOOD, SERIAL)
    other_question = ocsp.ask(SERIAL, ISSUING.certificate, b"another")
    forged_answer = replace(answer, signed=replace(answer.signed, signature=bytes(63) + b"\1"))
    for pair in (
        (other_question, answer),
        answered(Outcome.GOOD, SERIAL + 1),
        answered(Outcome.GOOD, SERIAL, by=ROOT),
        answered(Outcome.UNCHECKED, SERIAL),
        (question, forged_answer),
    ):
        assert outcome([ROOTS], [pair]) is Outcome.UNCHECKED
