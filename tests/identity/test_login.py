"""Sign-in: two factors, one answer, and patience with those who fail."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from identity import actions, login
from identity.actions import Action, Policy
from identity.errors import CloneSuspected, LoginRefused
from identity.factors import password, totp
from identity.factors.protocol import Attempt, Proof
from identity.levels import Acr, FactorKind
from identity.login import Account, Login
from tests.identity.samples import NOW, Sequence

ROUNDS = 2
TEXT = "correct horse 7"
SEED = totp.new_seed(Sequence("seed"))
STEP = totp.step(NOW)
ACCOUNT = Account(password.encode(TEXT, rounds=ROUNDS, random=Sequence("salt")), SEED, STEP - 5)
CODE = totp.code(SEED, STEP)


def attempt(account: Account | None = ACCOUNT, **changes: Any) -> Login:
    arguments: dict[str, Any] = {
        "password_text": TEXT,
        "otp": CODE,
        "rounds": ROUNDS,
        "now": NOW,
        **changes,
    }
    return login.authenticate(account, **arguments)


def refusal(act: Callable[[], object]) -> LoginRefused:
    with pytest.raises(LoginRefused) as caught:
        act()
    return caught.value


def test_both_factors_open_a_session_of_the_second_level() -> None:
    assert attempt() == Login(Acr.AAL2, STEP, NOW, password_outdated=False)


def test_a_password_of_fewer_rounds_is_to_be_stored_again() -> None:
    assert attempt(rounds=ROUNDS + 1).password_outdated


USED = replace(ACCOUNT, totp_step=STEP)


@pytest.mark.parametrize(
    ("account", "changes"),
    [
        (None, {}),
        (ACCOUNT, {"password_text": "wrong"}),
        (ACCOUNT, {"password_text": ""}),
        (ACCOUNT, {"otp": "000000"}),
        (ACCOUNT, {"otp": ""}),
        (ACCOUNT, {"otp": totp.code(SEED, STEP - 2)}),
        (USED, {}),
        (ACCOUNT, {"password_text": "wrong", "otp": "000000"}),
    ],
)
def test_every_failure_is_the_same(account: Account | None, changes: dict[str, Any]) -> None:
    error = refusal(lambda: attempt(account, **changes))

    assert (error.code, error.params, str(error)) == ("login_refused", {}, "login_refused")
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("account", "changes"),
    [(None, {}), (ACCOUNT, {}), (ACCOUNT, {"otp": "000000"}), (ACCOUNT, {"password_text": "x"})],
)
def test_every_attempt_costs_the_same_work(
    account: Account | None, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    derive, code = password._derive, totp.code

    def counted_derive(text: str, salt: bytes, rounds: int) -> bytes:
        done.append(f"derive {rounds}")
        return derive(text, salt, rounds)

    def counted_code(seed: bytes, step: int) -> str:
        done.append("code")
        return code(seed, step)

    monkeypatch.setattr(password, "_derive", counted_derive)
    monkeypatch.setattr(totp, "code", counted_code)
    with suppress(LoginRefused):
        attempt(account, **changes)
    assert done == ["code"] * 3 + [f"derive {ROUNDS}"]


def test_nobody_unknown_gets_in_with_the_code_of_the_decoy() -> None:
    for offset in (-1, 0, 1):
        decoy = totp.code(bytes(totp.SEED_SIZE), STEP + offset)
        with pytest.raises(LoginRefused):
            attempt(None, otp=decoy)


def proof(kind: FactorKind) -> Callable[[], Proof[Any]]:
    return lambda: Proof(kind, None, NOW)


def failing(error: LoginRefused) -> Callable[[], Proof[Any]]:
    def check() -> Proof[Any]:
        raise error

    return check


def test_factors_are_put_together() -> None:
    text, seed = ACCOUNT.password, totp.Seed(SEED, 0)
    attempt = Attempt(NOW)
    proved = login.prove(
        [
            lambda: password.Password().verify(text, TEXT, attempt),
            lambda: totp.Totp().verify(seed, CODE, attempt),
        ]
    )

    assert proved.acr is Acr.AAL2
    assert proved.kinds == {FactorKind.PASSWORD, FactorKind.TOTP}
    assert [each.stored for each in proved.proofs] == [text, totp.Seed(SEED, STEP)]
    assert proved.standing().proved_at == NOW
    assert proved.standing(recovered_at=NOW - timedelta(days=1)).recovered_at is not None


def test_every_check_is_made_also_after_one_failed() -> None:
    done: list[str] = []

    def noting() -> Proof[Any]:
        done.append("checked")
        return Proof(FactorKind.TOTP, None, NOW)

    refused = failing(LoginRefused("something", reason="told to nobody"))
    error = refusal(lambda: login.prove([refused, noting, refused]))
    assert (error.code, error.params, done) == ("login_refused", {}, ["checked"])


def test_a_copied_passkey_is_not_overlooked_behind_a_wrong_password() -> None:
    wrong, copied = LoginRefused("login_refused"), CloneSuspected("login_refused")

    error = refusal(lambda: login.prove([failing(wrong), failing(copied)]))
    assert isinstance(error, CloneSuspected)


def test_without_a_factor_nobody_is_proved() -> None:
    assert refusal(lambda: login.prove([])).code == "login_refused"


def test_a_recovery_just_now_holds_what_binds_already() -> None:
    proved = login.prove([proof(FactorKind.PASSWORD), proof(FactorKind.RECOVERY_CODE)])

    assert proved.acr is Acr.RECOVERY
    standing = proved.standing()
    assert standing.recovered_at == NOW
    actions.check(Action.FACTOR_ADD, standing, policy=Policy.MLPS3, now=NOW)
    held = refusal(lambda: actions.check(Action.SIGN, standing, policy=Policy.DEFAULT, now=NOW))
    assert held.code == "recovery_hold"
