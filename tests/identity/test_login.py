"""Sign-in: two factors, one answer, and patience with those who fail."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from identity import login
from identity.errors import LoginRefused
from identity.factors import password, totp
from identity.levels import Acr
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
