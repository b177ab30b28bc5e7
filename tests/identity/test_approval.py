"""Approvals: exactly what was approved is signed, and nothing else ever."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, jws, sm2, sm3
from crypto.errors import InvalidEncoding, NotAuthorized
from crypto.jws import b64u
from crypto.provider import KeyRef, Provider, Use
from identity import approval, credential
from identity.approval import Approval, Authorization, Change, Grounds
from identity.credential import Unsigned
from identity.errors import InvalidApproval
from identity.statement import Notice, Statement
from tests.identity import samples
from tests.identity.samples import APPROVAL, CLAIMS, NOW, SALTS, STATEMENT

ISSUER = samples.private_key("issuer").public
KID = ISSUER.kid
DOCUMENT = samples.sealed_approval()
SECOND_OF_TIME = timedelta(seconds=1)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidApproval) as caught:
        act()
    return caught.value.code


def message(unsigned: Unsigned, kid: str = KID, typ: str = credential.TYP) -> bytes:
    """Return the bytes that the issuer's key is asked to sign."""
    return f"{jws.header(kid=kid, typ=typ)}.{b64u(unsigned.payload)}".encode()


def authorization(unsigned: Unsigned, **changes: Any) -> Authorization:
    known = Authorization(
        grounds=samples.grounds(DOCUMENT),
        position=0,
        salt=SALTS[0],
        disclosures=unsigned.disclosures,
        decoys=unsigned.decoys,
    )
    return replace(known, **changes)


def checking(unsigned: Unsigned, **changes: Any) -> str:
    return refused(
        lambda: approval.check(
            KID, credential.TYP, message(unsigned), authorization(unsigned, **changes)
        )
    )


def with_grounds(**changes: Any) -> Grounds:
    return samples.grounds(**{"document": DOCUMENT, **changes})


def test_the_approved_rows_may_be_signed() -> None:
    for position, statement in enumerate((STATEMENT, samples.SECOND)):
        unsigned = samples.build(statement)
        grounds = authorization(unsigned, position=position, salt=SALTS[position])

        approval.check(KID, credential.TYP, message(unsigned), grounds)


def test_number_status_place_and_salts_come_after_the_approval() -> None:
    unsigned = samples.build(random=samples.Sequence("another day"), issued_at=NOW)

    approval.check(KID, credential.TYP, message(unsigned), authorization(unsigned))


@pytest.mark.parametrize(
    "statement",
    [
        replace(STATEMENT, claims={**CLAIMS, "name": "李四"}),
        replace(STATEMENT, claims={**CLAIMS, "rank": "first"}),
        replace(STATEMENT, claims={name: CLAIMS[name] for name in ("name", "award", "award_date")}),
        replace(STATEMENT, level="provincial"),
        replace(STATEMENT, notice=Notice("1")),
        replace(STATEMENT, supersedes=bytes(32)),
        replace(STATEMENT, expires_at=NOW + timedelta(days=900)),
        samples.SECOND,
    ],
)
def test_any_other_statement_is_not_signed(statement: Statement) -> None:
    assert checking(samples.build(statement)) == "approval_row"


@pytest.mark.parametrize(
    "changes",
    [
        {"position": 1},
        {"position": -1},
        {"position": 2},
        {"salt": SALTS[1]},
        {"salt": b""},
    ],
)
def test_a_row_has_its_place_and_salt(changes: dict[str, Any]) -> None:
    assert checking(samples.build(), **changes) == "approval_row"


def test_equal_rows_at_two_places_are_two_rows() -> None:
    first, second = (approval.issue_row(STATEMENT, place) for place in (0, 1))

    assert first != second


def test_a_claim_cannot_hide_among_the_decoys() -> None:
    # A dishonest builder puts the digest of an unapproved claim where a decoy should be.
    hidden = b64u(canonical.dumps([b64u(bytes(16)), "rank", "first"]))
    honest = samples.build()
    sealed = credential.seal((*honest.disclosures, hidden), honest.decoys[1:])
    payload = {**json.loads(honest.payload), "_sd": list(sealed)}
    unsigned = replace(honest, payload=canonical.dumps(payload))

    for decoys in (
        honest.decoys,
        honest.decoys[1:],
        (hidden.encode(), *honest.decoys[1:]),
    ):
        assert checking(unsigned, decoys=decoys) == "approval_digests"
    every = (*honest.disclosures, hidden)
    assert checking(unsigned, disclosures=every, decoys=honest.decoys[1:]) == "approval_digests"


def test_a_disclosure_held_back_is_missed() -> None:
    unsigned = samples.build()

    assert checking(unsigned, disclosures=unsigned.disclosures[:-1]) == "approval_digests"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"approver_key": samples.private_key("preparer").public}, "approval_signature"),
        ({"approver": "E417KQ2M9XW4HD0RT4"}, "approval_person"),
        ({"preparer": "E41B2C4D6E8F0G1H3J"}, "approval_person"),
        ({"institution": samples.BUREAU}, "approval_institution"),
        ({"now": APPROVAL.approved_at - approval.SKEW - SECOND_OF_TIME}, "approval_not_yet"),
        ({"now": APPROVAL.expires_at}, "approval_expired"),
        ({"document": DOCUMENT[:-1]}, "approval_unreadable"),
        ({"document": b"{}"}, "approval_unreadable"),
    ],
)
def test_an_approval_by_or_about_somebody_else_signs_nothing(
    changes: dict[str, Any], code: str
) -> None:
    assert checking(samples.build(), grounds=with_grounds(**changes)) == code


def test_an_approval_counts_until_its_last_second() -> None:
    unsigned = samples.build()
    for now in (APPROVAL.approved_at - approval.SKEW, APPROVAL.expires_at - SECOND_OF_TIME):
        grounds = authorization(unsigned, grounds=with_grounds(now=now))
        approval.check(KID, credential.TYP, message(unsigned), grounds)


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (replace(APPROVAL, action="revoke", template=None), "approval_action"),
        (replace(APPROVAL, institution=samples.BUREAU), "approval_institution"),
        (replace(APPROVAL, type="honour/2"), "approval_type"),
        (replace(APPROVAL, approver="E41B2C4D6E8F0G1H3K"), "approval_person"),
    ],
)
def test_an_approval_of_something_else_signs_nothing(manifest: Approval, code: str) -> None:
    grounds = samples.grounds(samples.sealed_approval(manifest))

    assert checking(samples.build(), grounds=grounds) == code


def test_an_approval_of_another_institution_signs_nothing_here() -> None:
    manifest = replace(APPROVAL, institution=samples.BUREAU)
    grounds = samples.grounds(samples.sealed_approval(manifest), institution=samples.BUREAU)

    assert checking(samples.build(), grounds=grounds) == "approval_institution"


def test_nobody_approves_what_he_prepared() -> None:
    same = replace(APPROVAL, preparer=APPROVAL.approver)
    grounds = samples.grounds(samples.sealed_approval(same), preparer=APPROVAL.approver)

    assert checking(samples.build(), grounds=grounds) == "approval_same_person"


def test_two_signatures_are_one_too_many() -> None:
    document = canonical.dumps(
        samples.seal(APPROVAL.to_json(), approval.TYP, "approver", "preparer")
    )

    assert checking(samples.build(), grounds=samples.grounds(document)) == "approval_signature"


@given(data=st.data())
def test_one_changed_byte_of_the_approval_signs_nothing(data: st.DataObject) -> None:
    raw = bytearray(DOCUMENT)
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))

    assert checking(samples.build(), grounds=samples.grounds(bytes(raw)))


@pytest.mark.parametrize(
    "asked",
    [
        b"",
        b"x",
        b"\xff",
        message(samples.build(), kid=samples.kid("other")),
        message(samples.build(), typ="JWT"),
        message(samples.build()) + b".x",
        message(replace(samples.build(), payload=b"{}")),
        message(replace(samples.build(), payload=b"{ }")),
    ],
)
def test_what_is_no_credential_of_this_key_is_not_signed(asked: bytes) -> None:
    unsigned = samples.build()
    act: Callable[[], object] = lambda: approval.check(  # noqa: E731
        KID, credential.TYP, asked, authorization(unsigned)
    )

    assert refused(act) == "approval_message"


def test_another_type_is_not_signed_even_if_the_header_agrees() -> None:
    unsigned = samples.build()
    act: Callable[[], object] = lambda: approval.check(  # noqa: E731
        KID, "JWT", message(unsigned, typ="JWT"), authorization(unsigned)
    )

    assert refused(act) == "approval_message"


@pytest.mark.parametrize("given_instead", [None, "yes", APPROVAL, {}])
def test_only_an_authorization_authorizes(given_instead: object) -> None:
    unsigned = samples.build()
    act: Callable[[], object] = lambda: approval.check(  # noqa: E731
        KID, credential.TYP, message(unsigned), given_instead
    )

    assert refused(act) == "approval_message"


class Scripted:
    """A device that signs with the fixed issuer key."""

    name = "scripted"
    certified = False

    def generate(self, use: Use) -> KeyRef:
        return KeyRef(KID, use, ISSUER, b"")

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        return sm2.sign_e(samples.private_key("issuer"), e)


def test_a_provider_signs_with_the_approval_and_not_without() -> None:
    provider = Provider(Scripted(), check=approval.authorize)
    ref = provider.generate(Use.ISSUER)
    unsigned = samples.build()

    text = credential.sign(
        unsigned, kid=KID, sign=provider.signer(ref, credential.TYP, authorization(unsigned))
    )

    assert credential.verify(text, ISSUER).statement == STATEMENT
    with pytest.raises(NotAuthorized) as caught:
        provider.sign(
            ref,
            typ=credential.TYP,
            message=message(unsigned),
            authorization=authorization(unsigned, position=1),
        )
    assert caught.value.code == "approval_row"


def test_a_large_approval_is_verified_once() -> None:
    rows = tuple(sm3.digest(n.to_bytes(4)) for n in range(2000))
    document = samples.sealed_approval(replace(APPROVAL, rows=rows))
    key = samples.private_key("approver").public

    first = approval.verify(document, key)

    assert approval.verify(document, key) is first
    # Read from a database again and again it is another object, of megabytes perhaps.
    read = [samples.grounds(bytes(bytearray(document))).document for _ in range(2)]
    assert read[0] is read[1]
    assert approval.verify(read[0], key) is first
    assert first.rows == rows


CHANGE = samples.CHANGE
CHANGE_SALT = samples.Sequence("change")(16)
REVOCATION = replace(
    APPROVAL,
    action="revoke",
    template=None,
    rows=(approval.row_commitment(CHANGE_SALT, approval.change_row(CHANGE)),),
)


def check_change(change: Change = CHANGE, **changes: Any) -> Approval:
    arguments: dict[str, Any] = {"position": 0, "salt": CHANGE_SALT, **changes}
    grounds = samples.grounds(samples.sealed_approval(REVOCATION))
    return approval.check_change(grounds, change, **arguments)


def test_an_approved_change_of_status_passes() -> None:
    assert check_change() == REVOCATION


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"action": "suspend"}, "approval_action"),
        ({"reason": "mood"}, "approval_row"),
        ({"number": "34410000012026H000124C"}, "approval_row"),
        ({"credential": bytes(32)}, "approval_row"),
    ],
)
def test_another_change_of_status_does_not(change: dict[str, Any], code: str) -> None:
    assert refused(lambda: check_change(replace(CHANGE, **change))) == code


def test_a_change_has_its_place_and_salt() -> None:
    assert refused(lambda: check_change(position=1)) == "approval_row"
    assert refused(lambda: check_change(salt=bytes(16))) == "approval_row"


PAYLOAD: dict[str, Any] = APPROVAL.to_json()


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"format": "x"}, "format"),
        ({"surplus": 1}, "surplus"),
        ({"action": "delete"}, "action"),
        ({"action": "revoke"}, "template"),
        ({"template": None}, "template"),
        ({"template": ""}, "template"),
        ({"institution": "x"}, "institution"),
        ({"batch": ""}, "batch"),
        ({"type": "x"}, "type"),
        ({"count": 1}, "count"),
        ({"count": True}, "count"),
        ({"rows": []}, "rows"),
        ({"rows": [PAYLOAD["rows"][0]] * 2}, "rows"),
        ({"preparer": "张三"}, "preparer"),
        ({"approver": ""}, "approver"),
        ({"approved": "now"}, "approved"),
        ({"expires": PAYLOAD["approved"]}, "expires"),
        ({"expires": "2026-12-24T07:30:01Z"}, "expires"),
        ({"exclusions": -1}, "exclusions"),
    ],
)
def test_a_member_outside_the_rules_is_refused(change: dict[str, Any], member: str) -> None:
    with pytest.raises(InvalidApproval) as caught:
        approval.parse({**PAYLOAD, **change})
    assert (caught.value.code, caught.value.params) == ("approval_unreadable", {"member": member})


@pytest.mark.parametrize("name", sorted(PAYLOAD))
def test_no_member_may_be_missing(name: str) -> None:
    with pytest.raises(InvalidApproval) as caught:
        approval.parse({key: value for key, value in PAYLOAD.items() if key != name})
    assert caught.value.params == {"member": name}


def test_what_could_not_be_read_is_not_sealed() -> None:
    sign = samples.signer("approver")
    bad = replace(APPROVAL, expires_at=APPROVAL.approved_at)

    assert approval.seal(APPROVAL, kid=samples.kid("approver"), sign=sign) == DOCUMENT
    act: Callable[[], object] = lambda: approval.seal(bad, kid="x", sign=sign)  # noqa: E731
    assert refused(act) == "approval_unreadable"


def test_the_digest_is_of_the_document() -> None:
    assert approval.digest(DOCUMENT) == sm3.digest(DOCUMENT)


def test_a_commitment_needs_a_salt() -> None:
    with pytest.raises(ValueError, match="salt"):
        approval.row_commitment(b"", b"row")


def test_commitments_tell_nothing_without_their_salts() -> None:
    row = approval.issue_row(STATEMENT, 0)
    assert sm3.digest(row) not in APPROVAL.rows
    assert not any(value in DOCUMENT.decode() for value in CLAIMS.values())
    with pytest.raises(InvalidEncoding):
        canonical.loads(row + b" ")
