"""A signature for one shown text is none for another."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, sm2, sm3
from identity import actions, challenges, step_up
from identity.actions import Action, Policy, Signed, Standing
from identity.challenges import LIFE, Purpose
from identity.errors import LoginRefused
from identity.factors import device_key, password, webauthn
from identity.factors.device_key import DeviceKey, DeviceKeys
from identity.factors.protocol import Attempt, Site
from identity.factors.webauthn import Passkey, Passkeys
from identity.levels import FactorKind
from identity.step_up import Act, Confirmed, Order, Text
from tests.identity.authenticator import Authenticator
from tests.identity.samples import (
    ACT,
    CHANGE,
    NOW,
    ORDER,
    SESSION,
    SITE,
    Sequence,
    private_key,
)

PRIVATE = private_key("device")
DEVICE = DeviceKey(PRIVATE.public, "phone", FactorKind.DEVICE_KEY, NOW)


def enrolled_passkey(device: Authenticator) -> Passkey:
    enrol = challenges.new(
        Purpose.ENROL, session=SESSION, account="a", now=NOW, random=Sequence("enrol")
    )
    known = Attempt(NOW, enrol, session=SESSION, account="a")
    return webauthn.register(SITE, device.create(enrol.value), known, user_handle=bytes(32))


AUTHENTICATOR = Authenticator()
PASSKEY = enrolled_passkey(AUTHENTICATOR)


def device_answer(act: Act) -> bytes:
    message = device_key.auth_message(
        SITE, act.challenge(), action=act.action.value, payload=act.payload
    )
    return sm2.sign(PRIVATE, message)


def by_device(act: Act, answer: bytes, **changes: Any) -> Confirmed:
    known: dict[str, Any] = {"account": ACT.actor, "session": SESSION, "now": NOW, "site": SITE}
    return step_up.confirm(act, DeviceKeys(SITE), DEVICE, answer, **{**known, **changes})


def by_passkey(act: Act, answer: str, **changes: Any) -> Confirmed:
    known: dict[str, Any] = {"account": ACT.actor, "session": SESSION, "now": NOW, "site": SITE}
    return step_up.confirm(act, Passkeys(SITE), PASSKEY, answer, **{**known, **changes})


def refused(make: Callable[[], object]) -> None:
    with pytest.raises(LoginRefused) as caught:
        make()
    assert (caught.value.code, caught.value.params) == ("login_refused", {})


def test_what_is_shown_names_everything() -> None:
    shown = json.loads(ACT.encode())

    assert shown["text"]["zh"][0] == "撤销证书 34410000012026H000123W"
    assert ACT.payload == sm3.digest(ORDER.payload or b"")
    assert (ACT.issued_at, ACT.expires_at) == (NOW, NOW + LIFE)
    assert ACT.challenge().value == sm3.digest(ACT.encode())
    assert step_up.parse(ACT.encode()) == ACT


def test_the_same_act_twice_has_two_challenges() -> None:
    random = Sequence("twice")
    first, second = (
        step_up.prepare(ORDER, SITE, session=SESSION, now=NOW, random=random) for _ in range(2)
    )
    assert first.challenge().value != second.challenge().value


def test_both_kinds_of_key_sign_an_act() -> None:
    device = by_device(ACT, device_answer(ACT))
    passkey = by_passkey(ACT, AUTHENTICATOR.get(ACT.challenge().value))

    assert device == Confirmed(ACT, Signed(Action.REVOKE, FactorKind.DEVICE_KEY, NOW), DEVICE)
    assert passkey.signed.kind is FactorKind.PASSKEY
    assert isinstance(passkey.stored, Passkey)
    assert passkey.stored.sign_count == AUTHENTICATOR.count
    standing = Standing(frozenset({FactorKind.PASSWORD, FactorKind.TOTP}), NOW)
    for signed in (device.signed, passkey.signed):
        actions.check(Action.REVOKE, standing, policy=Policy.DEFAULT, now=NOW, signed=signed)


def test_an_act_without_a_payload_is_signed_too() -> None:
    order = replace(ORDER, action=Action.EXPORT, payload=None)
    act = step_up.prepare(order, SITE, session=SESSION, now=NOW, random=Sequence("x"))

    assert act.payload is None
    assert by_device(act, device_answer(act)).signed.action is Action.EXPORT


OTHERS: dict[str, Act] = {
    "another text": replace(ACT, text=replace(ACT.text, zh=("撤销证书 2",))),
    "another text in English": replace(ACT, text=replace(ACT.text, en=("Issue it",))),
    "another action": replace(ACT, action=Action.SIGN),
    "another payload": replace(ACT, payload=bytes(32)),
    "no payload": replace(ACT, payload=None),
    "another scope": replace(ACT, scope="node"),
    "another nonce": replace(ACT, nonce=bytes(16)),
    "another actor": replace(ACT, actor="opr_2"),
    "another session": replace(ACT, session=bytes(32)),
    "another time": replace(ACT, issued_at=NOW - timedelta(seconds=1)),
    "longer": replace(ACT, expires_at=NOW + LIFE - timedelta(seconds=1)),
    "another site": replace(ACT, rp_id="a.example"),
    "another origin": replace(ACT, origin="https://a.example"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_signature_of_one_act_is_none_of_another(name: str) -> None:
    other = OTHERS[name]

    refused(lambda: by_device(other, device_answer(ACT)))
    refused(lambda: by_device(ACT, device_answer(other)))
    refused(lambda: by_passkey(other, AUTHENTICATOR.get(ACT.challenge().value)))
    refused(lambda: by_passkey(ACT, AUTHENTICATOR.get(other.challenge().value)))


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "opr_2"},
        {"session": bytes(32)},
        {"now": NOW + LIFE},
        {"now": NOW - timedelta(seconds=1)},
        {"site": Site("a.example", "https://a.example", "a")},
    ],
)
def test_an_answer_from_elsewhere_or_too_late_is_refused(changes: dict[str, Any]) -> None:
    refused(lambda: by_device(ACT, device_answer(ACT), **changes))
    refused(lambda: by_passkey(ACT, AUTHENTICATOR.get(ACT.challenge().value), **changes))


def test_a_sign_in_confirms_nothing() -> None:
    sign_in = challenges.new(
        Purpose.SIGN_IN, session=SESSION, account=None, now=NOW, random=Sequence("x")
    )
    refused(lambda: by_device(ACT, sm2.sign(PRIVATE, device_key.auth_message(SITE, sign_in))))
    refused(lambda: by_passkey(ACT, AUTHENTICATOR.get(sign_in.value)))


def test_a_password_signs_no_text() -> None:
    stored = password.encode("correct horse", rounds=2, random=Sequence("salt"))

    refused(
        lambda: step_up.confirm(
            ACT,
            password.Password(),
            stored,
            "correct horse",
            site=SITE,
            account=ACT.actor,
            session=SESSION,
            now=NOW,
        )
    )


def test_an_archived_act_verifies_again_years_later() -> None:
    kept, answer = ACT.encode(), device_answer(ACT)

    assert by_device(step_up.parse(kept), answer).signed.at == NOW


BAD: dict[str, dict[str, Any]] = {
    "format": {"format": "kexin/action/v2"},
    "looking": {"action": "read"},
    "unknown": {"action": "fly"},
    "actor": {"actor": "a b"},
    "scope": {"scope": "school"},
    "text": {"text": {"zh": ["x"]}},
    "text, more": {"text": {"zh": ["x"], "en": ["x"], "fr": ["x"]}},
    "no line": {"text": {"zh": [], "en": ["x"]}},
    "a number": {"text": {"zh": ["x", 7], "en": ["x"]}},
    "a hidden turn": {"text": {"zh": ["x\u202e"], "en": ["x"]}},
    "a break": {"text": {"zh": ["x\ny"], "en": ["x"]}},
    "a long line": {"text": {"zh": ["x" * 201], "en": ["x"]}},
    "many lines": {"text": {"zh": ["x"] * 41, "en": ["x"]}},
    "payload": {"payload": "AA"},
    "site": {"rp_id": "KEXIN"},
    "origin": {"origin": "ftp://a"},
    "session": {"session": "AA"},
    "nonce": {"nonce": "AA"},
    "time": {"issued": "now"},
    "ends before": {"expires": "2026-11-24T08:00:00Z"},
    "lasts": {"expires": "2026-11-24T08:05:01Z"},
    "more": {"more": 1},
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_act_is_refused(name: str) -> None:
    value: dict[str, Any] = {**json.loads(ACT.encode()), **BAD[name]}
    refused(lambda: step_up.parse(canonical.dumps(value)))


@pytest.mark.parametrize("document", [b"", b"{", b"[]", ACT.encode() + b" "])
def test_what_is_no_canonical_object_is_refused(document: bytes) -> None:
    refused(lambda: step_up.parse(document))


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, action=Action.READ),
        replace(ORDER, action=Action.CONSOLE),
        replace(ORDER, text=Text(("",), ("x",))),
        replace(ORDER, text=Text((), ("x",))),
        replace(ORDER, text=Text(("\ud800",), ("x",))),
        replace(ORDER, actor=""),
    ],
)
def test_what_cannot_be_shown_is_a_fault_of_ours(order: Order) -> None:
    with pytest.raises(ValueError, match="shown"):
        step_up.prepare(order, SITE, session=SESSION, now=NOW, random=Sequence("x"))


LINE = st.text("ab 撤\u3000", min_size=1, max_size=4).filter(lambda text: text.strip() == text)
TEXTS = st.builds(
    Text,
    zh=st.lists(LINE, min_size=1, max_size=3).map(tuple),
    en=st.lists(LINE, min_size=1, max_size=3).map(tuple),
)


@given(first=TEXTS, second=TEXTS)
def test_different_texts_have_different_challenges(first: Text, second: Text) -> None:
    one, other = (replace(ACT, text=text).challenge().value for text in (first, second))
    assert (one == other) == (first == second)


def test_the_payload_of_the_example_is_the_change_that_it_shows() -> None:
    assert CHANGE.number in ACT.text.zh[0]
