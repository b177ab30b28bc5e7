"""The device's key: what it signs is for one site, session, challenge and use."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crypto import jws, sm2
from crypto.errors import InvalidKey, InvalidSignature
from crypto.keys import PublicKey
from identity import challenges
from identity.challenges import Challenge, Purpose
from identity.errors import InvalidFactor, LoginRefused
from identity.factors import device_key
from identity.factors.device_key import SIGN_IN_LIFE, DeviceKey, DeviceKeys
from identity.factors.protocol import Attempt, Proof
from identity.levels import FactorKind
from tests.identity.samples import NOW, SESSION, SITE, Sequence, private_key

PRIVATE = private_key("device")
STORED = DeviceKey(PRIVATE.public, "我的手机", FactorKind.DEVICE_KEY, NOW)
FACTOR = DeviceKeys(SITE)
SECOND = timedelta(seconds=1)


def challenge(purpose: Purpose = Purpose.SIGN_IN, account: str | None = None) -> Challenge:
    return challenges.new(
        purpose, session=SESSION, account=account, now=NOW, random=Sequence(purpose)
    )


def attempt(**changes: Any) -> Attempt:
    return replace(Attempt(NOW, challenge(), session=SESSION, account="a"), **changes)


def verify(answer: bytes, stored: DeviceKey = STORED, **changes: Any) -> Proof[DeviceKey]:
    return FACTOR.verify(stored, answer, attempt(**changes))


def refused(answer: bytes, stored: DeviceKey = STORED, **changes: Any) -> None:
    with pytest.raises(LoginRefused) as caught:
        verify(answer, stored, **changes)
    assert (caught.value.code, caught.value.params) == ("login_refused", {})
    assert caught.value.__cause__ is None


def signed(**changes: Any) -> bytes:
    """Sign the message of a sign-in in which something is another."""
    site = changes.pop("site", SITE)
    made = changes.pop("challenge", challenge())
    return sm2.sign(PRIVATE, device_key.auth_message(site, made, **changes))


def test_the_lines_of_a_sign_in() -> None:
    text = device_key.auth_message(SITE, challenge()).decode()

    assert text.split("\n") == [
        "EDU-AUTH-V1",
        "kexin.zz.example",
        "https://kexin.zz.example",
        jws.b64u(challenge().value),
        jws.b64u(SESSION),
        "2026-11-24T08:00:00Z",
        "-",
        "-",
    ]


def test_the_key_proves_itself() -> None:
    assert verify(signed()) == Proof(FactorKind.DEVICE_KEY, STORED, NOW)
    verify(signed(), now=NOW + SIGN_IN_LIFE - SECOND)


def test_a_two_party_key_answers_alike() -> None:
    stored = replace(STORED, kind=FactorKind.TWO_PARTY)
    assert verify(signed(), stored).kind is FactorKind.TWO_PARTY


@pytest.mark.parametrize(
    "changes",
    [
        {"site": replace(SITE, rp_id="kexin.zz.example.org")},
        {"site": replace(SITE, origin="http://kexin.zz.example")},
        {"challenge": replace(challenge(), value=bytes(32))},
        {"challenge": replace(challenge(), session=bytes(32))},
        {"challenge": replace(challenge(), issued_at=NOW + SECOND)},
        {"action": "sign"},
        {"payload": bytes(32)},
    ],
)
def test_a_signature_over_anything_else_is_refused(changes: dict[str, Any]) -> None:
    refused(signed(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"now": NOW + SIGN_IN_LIFE},
        {"now": NOW - SECOND},
        {"session": bytes(32)},
        {"challenge": None},
        {"challenge": challenge(Purpose.ACT)},
        {"challenge": challenge(Purpose.ENROL)},
        {"challenge": challenge(account="b")},
        {"purpose": Purpose.ACT},
        {"action": "sign"},
        {"payload": bytes(32)},
    ],
)
def test_an_answer_in_another_situation_is_refused(changes: dict[str, Any]) -> None:
    refused(signed(), **changes)


def test_another_key_is_refused() -> None:
    refused(signed(), replace(STORED, public=private_key("other").public))


@pytest.mark.parametrize("answer", [b"", bytes(64), b"\xff" * 64, bytes(63), bytes(65)])
def test_what_is_no_signature_is_refused(answer: bytes) -> None:
    refused(answer)


def test_an_act_has_minutes_and_its_own_lines() -> None:
    made = challenge(Purpose.ACT, account="a")
    known: dict[str, Any] = {"challenge": made, "action": "revoke", "payload": bytes(32)}
    answer = signed(**known)
    late = NOW + timedelta(minutes=4)

    verify(answer, purpose=Purpose.ACT, now=late, **known)
    refused(answer, purpose=Purpose.ACT, **{**known, "action": "sign"})
    refused(answer, purpose=Purpose.ACT, **{**known, "payload": b"\x01" * 32})
    refused(answer, purpose=Purpose.ACT, now=NOW + timedelta(minutes=5), **known)


def test_a_login_signature_never_verifies_as_a_document() -> None:
    """Whatever stands in the lines: a JWS signing input begins otherwise and has no LF."""
    message = device_key.auth_message(SITE, challenge())
    token = jws.compact(
        jws.signing_input(payload=message, typ="kexin-approval+jws", kid=PRIVATE.public.kid),
        signed(),
    )

    with pytest.raises(InvalidSignature):
        jws.verify_compact(token, PRIVATE.public, typ="kexin-approval+jws")
    assert not message.startswith(b"eyJ")


def enrolled(
    signature: bytes | None = None, *, name: str = "我的手机", **changes: Any
) -> DeviceKey:
    kind = changes.pop("kind", FactorKind.DEVICE_KEY)
    known = attempt(**{"challenge": challenge(Purpose.ENROL, "a"), **changes})
    made = challenge(Purpose.ENROL, "a")
    message = device_key.enrol_message(made, account="a", name="我的手机")
    return device_key.enrol(
        PRIVATE.public,
        sm2.sign(PRIVATE, message) if signature is None else signature,
        known,
        name=name,
        kind=kind,
    )


def test_a_device_enrols_by_proving_its_key() -> None:
    assert enrolled() == STORED
    assert enrolled(kind=FactorKind.TWO_PARTY).kind is FactorKind.TWO_PARTY


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "another name"},
        {"account": "b", "challenge": challenge(Purpose.ENROL)},
        {"challenge": challenge()},
        {"challenge": None},
        {"session": bytes(32)},
        {"now": NOW + timedelta(minutes=5)},
        {"signature": signed()},
    ],
)
def test_an_enrolment_for_another_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(LoginRefused) as caught:
        enrolled(**changes)
    assert caught.value.code == "login_refused"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 61])
def test_a_name_is_one_short_line(name: str) -> None:
    with pytest.raises(InvalidFactor) as caught:
        enrolled(name=name)
    assert (caught.value.code, caught.value.params) == ("device_name", {"most": 60})


def test_a_password_is_no_device() -> None:
    with pytest.raises(InvalidFactor) as caught:
        enrolled(kind=FactorKind.PASSWORD)
    assert caught.value.code == "device_kind"


@pytest.mark.parametrize("point", [bytes(64), b"\x01" * 64, PRIVATE.public.xy[:63]])
def test_a_point_off_the_curve_is_no_key(point: bytes) -> None:
    with pytest.raises(InvalidKey):
        PublicKey(point)
