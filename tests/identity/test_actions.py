"""Who may do what with which proof: the whole matrix, and the clock."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from identity import actions
from identity.actions import (
    HOLD,
    REQUIREMENTS,
    SIGNED_LIFE,
    SIGNERS,
    Action,
    Policy,
    Signed,
    Standing,
)
from identity.errors import LoginRefused
from identity.levels import FactorKind
from tests.identity.samples import NOW

K = FactorKind
SECOND = timedelta(seconds=1)
READING = {Action.READ}
WORKING = {Action.CONSOLE}
OWN = {Action.CONSENT, Action.SHARING}
BINDING = {Action.SIGN, Action.REVOKE, Action.ROLE_CHANGE, Action.EXPORT, Action.RECOVERY}
ADDING = {Action.FACTOR_ADD}
REMOVING = {Action.FACTOR_REMOVE}
ALL = set(Action)

UNSIGNED = {
    "password": set[Action](),
    "totp": set(),
    "sm3_otp": set(),
    "totp sm3_otp": set(),
    "outside": set(),
    "recovery_code": set(),
    "recovery_code password": READING | ADDING,
    "qr": READING | ADDING | WORKING,
    "qr password totp": READING | ADDING | WORKING,
    "qr device_key": READING | ADDING | WORKING,
    "password totp": ALL - BINDING,
    "password sm3_otp": ALL - BINDING,
    "device_key": ALL - BINDING,
    "two_party": ALL - BINDING,
    "outside_two": ALL - BINDING,
    "passkey": ALL - BINDING,
    "hardware_key": ALL - BINDING,
    "qr passkey": ALL - BINDING,
}
"""What each session may do without a signature, under the default policy."""

WITHOUT_NATIONAL = {
    "password totp",
    "outside_two",
    "passkey",
    "hardware_key",
    "recovery_code password",
}


def session(factors: str, **changes: Any) -> Standing:
    kinds = frozenset(K(each) for each in factors.split())
    return Standing(**{"factors": kinds, "proved_at": NOW, **changes})


def allowed(standing: Standing, policy: Policy, signer: K | None = None) -> set[Action]:
    return {each for each in Action if code(each, standing, policy, signer) == ""}


def code(
    action: Action, standing: Standing, policy: Policy = Policy.DEFAULT, signer: K | None = None
) -> str:
    signed = Signed(action, signer, NOW) if signer else None
    return told(action, standing, policy=policy, now=NOW, signed=signed)


def told(action: Action, standing: Standing, **known: Any) -> str:
    try:
        actions.check(action, standing, **known)
    except LoginRefused as error:
        return error.code
    return ""


@pytest.mark.parametrize("factors", UNSIGNED)
def test_what_a_session_may_do_without_a_signature(factors: str) -> None:
    assert allowed(session(factors), Policy.DEFAULT) == UNSIGNED[factors]


@pytest.mark.parametrize("factors", UNSIGNED)
def test_what_it_may_do_where_national_cryptography_is_asked_for(factors: str) -> None:
    expected = UNSIGNED[factors]
    if factors in WITHOUT_NATIONAL:
        expected = expected & (READING | ADDING)
    assert allowed(session(factors), Policy.MLPS3) == expected


SESSIONS = [frozenset(each) for size in (1, 2) for each in combinations(FactorKind, size)]


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("signer", FactorKind)
def test_who_may_sign_what_binds(signer: FactorKind, policy: Policy) -> None:
    """Every session of one or two kinds, every kind of signature, every act: written out anew."""
    sm2 = {K.DEVICE_KEY, K.TWO_PARTY}
    passkeys = {K.PASSKEY, K.HARDWARE_KEY}
    for kinds in SESSIONS:
        may_sign = signer in (sm2 if policy is Policy.MLPS3 else sm2 | passkeys)
        begun_elsewhere = K.QR in kinds and not (kinds | {signer}) & passkeys
        expected = BINDING if may_sign and not begun_elsewhere else set()
        standing = Standing(kinds, NOW)
        assert allowed(standing, policy, signer) & BINDING == expected, (kinds, signer)


@pytest.mark.parametrize("policy", Policy)
def test_a_code_on_another_screen_never_consents_shares_exports_or_signs(policy: Policy) -> None:
    never = BINDING | OWN | REMOVING
    for factors in ("qr", "qr password totp", "qr device_key two_party outside_two"):
        for signer in (None, K.QR, K.PASSWORD, K.TOTP, K.DEVICE_KEY, K.TWO_PARTY):
            assert not allowed(session(factors), policy, signer) & never


@pytest.mark.parametrize("policy", Policy)
def test_a_recovery_code_and_a_password_sign_nothing(policy: Policy) -> None:
    for signer in (None, K.RECOVERY_CODE, K.PASSWORD):
        may = allowed(session("recovery_code password"), policy, signer)
        assert not may & (BINDING | OWN | REMOVING | WORKING)


@pytest.mark.parametrize("policy", Policy)
def test_nothing_rests_on_a_password_alone(policy: Policy) -> None:
    assert allowed(session("password"), policy) == set()
    assert allowed(session("password"), policy, K.PASSWORD) == set()


@pytest.mark.parametrize(
    ("action", "factors", "policy", "signer", "expected"),
    [
        (Action.READ, "password", Policy.DEFAULT, None, "session_too_weak"),
        (Action.CONSENT, "qr", Policy.DEFAULT, None, "session_too_weak"),
        (Action.SIGN, "passkey", Policy.DEFAULT, None, "act_unsigned"),
        (Action.SIGN, "password totp", Policy.DEFAULT, K.TOTP, "act_factor"),
        (Action.SIGN, "password sm3_otp", Policy.MLPS3, K.PASSKEY, "act_factor"),
        (Action.CONSOLE, "passkey", Policy.MLPS3, None, "factor_national_missing"),
        (Action.SIGN, "passkey", Policy.MLPS3, K.PASSKEY, "factor_national_missing"),
    ],
)
def test_the_refusal_says_what_to_do(
    action: Action, factors: str, policy: Policy, signer: K | None, expected: str
) -> None:
    assert code(action, session(factors), policy, signer) == expected


@pytest.mark.parametrize(
    ("action", "minutes"),
    [
        (Action.CONSENT, 15),
        (Action.SHARING, 15),
        (Action.FACTOR_ADD, 5),
        (Action.FACTOR_REMOVE, 5),
    ],
)
def test_some_acts_ask_for_a_proof_of_just_now(action: Action, minutes: int) -> None:
    standing = session("passkey", proved_at=NOW - timedelta(minutes=minutes))
    with_policy: dict[str, Any] = {"policy": Policy.DEFAULT}

    assert told(action, standing, now=NOW, **with_policy) == ""
    assert told(action, standing, now=NOW + SECOND, **with_policy) == "session_not_fresh"
    future = session("passkey", proved_at=NOW + SECOND)
    assert told(action, future, now=NOW, **with_policy) == "session_not_fresh"


def test_the_rest_lasts_as_long_as_the_session() -> None:
    old = session("passkey", proved_at=NOW - timedelta(hours=11))

    assert allowed(old, Policy.DEFAULT) == READING | WORKING
    assert allowed(old, Policy.DEFAULT, K.PASSKEY) == READING | WORKING | BINDING


@pytest.mark.parametrize("action", sorted(BINDING))
def test_a_signature_serves_this_act_and_not_for_long(action: Action) -> None:
    standing = session("passkey")

    def of(signed: Signed, now: Any = NOW) -> str:
        return told(action, standing, policy=Policy.DEFAULT, now=now, signed=signed)

    other = next(each for each in BINDING if each is not action)
    assert of(Signed(other, K.PASSKEY, NOW)) == "act_unsigned"
    assert of(Signed(action, K.PASSKEY, NOW), NOW + SIGNED_LIFE) == ""
    assert of(Signed(action, K.PASSKEY, NOW), NOW + SIGNED_LIFE + SECOND) == "act_signature_old"
    assert of(Signed(action, K.PASSKEY, NOW + SECOND)) == "act_signature_old"


def test_after_a_recovery_signing_and_removing_wait_a_day() -> None:
    standing = session("passkey device_key", recovered_at=NOW - HOLD + SECOND)
    over = session("passkey device_key", recovered_at=NOW - HOLD)

    assert {
        each for each in Action if code(each, standing, signer=K.PASSKEY) == "recovery_hold"
    } == (BINDING | REMOVING)
    assert allowed(over, Policy.DEFAULT, K.PASSKEY) == ALL


def test_every_act_has_its_line() -> None:
    assert set(REQUIREMENTS) == set(Action)
    assert set(SIGNERS) == set(Policy)


def kinds(factors: Iterable[K]) -> set[str]:
    return {each.value for each in factors}


def test_only_keys_sign() -> None:
    assert kinds(SIGNERS[Policy.DEFAULT]) == {
        "passkey",
        "hardware_key",
        "device_key",
        "two_party",
    }
    assert kinds(SIGNERS[Policy.MLPS3]) == {"device_key", "two_party"}
