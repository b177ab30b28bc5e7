"""TOTP against RFC 6238, and one use for each code."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import instants
from identity.errors import LoginRefused
from identity.factors import totp
from tests.identity.samples import NOW, VECTORS, Sequence

FILE = json.loads((VECTORS / "totp.json").read_text("utf-8"))
SEED = FILE["seed_ascii"].encode()
STEP = totp.step(NOW)


def refused(otp: str, *, last_step: int = 0) -> None:
    with pytest.raises(LoginRefused) as caught:
        totp.authenticate(SEED, otp, last_step=last_step, now=NOW)
    assert (caught.value.code, caught.value.params) == ("login_refused", {})


@pytest.mark.parametrize("case", FILE["tests"], ids=lambda case: str(case["seconds"]))
def test_the_codes_of_the_standard(case: dict[str, Any]) -> None:
    now = instants.from_seconds(case["seconds"])

    assert totp.code(SEED, totp.step(now)) == case["code"]
    assert totp.authenticate(SEED, case["code"], last_step=0, now=now) == totp.step(now)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_one_step_early_or_late_is_accepted_and_named(offset: int) -> None:
    code = totp.code(SEED, STEP + offset)

    assert totp.authenticate(SEED, code, last_step=0, now=NOW) == STEP + offset


@pytest.mark.parametrize("offset", [-3, -2, 2, 3])
def test_two_steps_early_or_late_is_refused(offset: int) -> None:
    refused(totp.code(SEED, STEP + offset))


def test_a_code_is_used_once() -> None:
    code = totp.code(SEED, STEP)
    step = totp.authenticate(SEED, code, last_step=STEP - 1, now=NOW)

    refused(code, last_step=step)


def test_an_earlier_code_does_not_follow_a_later_one() -> None:
    refused(totp.code(SEED, STEP - 1), last_step=STEP)
    refused(totp.code(SEED, STEP), last_step=STEP + 1)
    assert totp.authenticate(SEED, totp.code(SEED, STEP + 1), last_step=STEP, now=NOW) == STEP + 1


@given(otp=st.text(max_size=8))
def test_anything_else_is_refused(otp: str) -> None:
    if otp not in {totp.code(SEED, STEP + offset) for offset in (-1, 0, 1)}:
        refused(otp)


@pytest.mark.parametrize("otp", ["", "\ud800", "１２３４５６", "287082 ", "0" * 1000])
def test_strange_codes_are_refused(otp: str) -> None:
    refused(otp)


def test_a_step_lasts_thirty_seconds() -> None:
    start = instants.from_seconds(STEP * 30)

    assert totp.step(start + timedelta(seconds=29)) == STEP
    assert totp.step(start + timedelta(seconds=30)) == STEP + 1


def test_a_new_seed_has_160_bits() -> None:
    assert len(totp.new_seed(Sequence("seed"))) == 20


def test_an_application_can_read_the_seed() -> None:
    uri = totp.provisioning_uri(SEED, login="zhang.san", issuer="可信")

    assert uri.startswith("otpauth://totp/")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in uri
