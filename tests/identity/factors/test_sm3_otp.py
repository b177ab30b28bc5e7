"""One-time passwords over SM3 against the standard's ten examples, and one use for each code."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import instants
from identity.challenges import Purpose
from identity.errors import LoginRefused
from identity.factors import sm3_otp
from identity.factors.protocol import Attempt
from identity.factors.sm3_otp import Card, Sm3Otp
from identity.levels import FactorKind
from tests.identity.samples import NOW, VECTORS, Sequence

FILE = json.loads((VECTORS / "sm3_otp.json").read_text("utf-8"))
SEED = bytes(range(20))
STEP = sm3_otp.step(NOW)
CARD = Card(SEED, 0)
PAYLOAD = bytes(32)


def refused(otp: str, card: Card = CARD, question: str = "") -> None:
    with pytest.raises(LoginRefused) as caught:
        sm3_otp.authenticate(card, otp, now=NOW, question=question)
    assert (caught.value.code, caught.value.params) == ("login_refused", {})


@pytest.mark.parametrize("case", FILE["tests"], ids=lambda case: str(case["id"]))
def test_the_codes_of_the_standard(case: dict[str, Any]) -> None:
    seed = bytes.fromhex(case["seed"])
    assert case["code"] == sm3_otp.code(
        seed, case["step"], counter=case["counter"], question=case["question"]
    )


def test_there_are_ten_of_them() -> None:
    assert len(FILE["tests"]) == 10


@pytest.mark.parametrize("case", FILE["clock"], ids=lambda case: str(case["seconds"]))
def test_the_codes_of_a_clock(case: dict[str, Any]) -> None:
    card = Card(bytes.fromhex(case["seed"]), 0, step_seconds=case["step_seconds"])
    now = instants.from_seconds(case["seconds"])

    found = sm3_otp.authenticate(card, case["code"], now=now)
    assert found == sm3_otp.step(now, 60)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_one_step_early_or_late_is_accepted_and_named(offset: int) -> None:
    code = sm3_otp.code(SEED, STEP + offset)
    assert sm3_otp.authenticate(CARD, code, now=NOW) == STEP + offset


@pytest.mark.parametrize("offset", [-3, -2, 2, 3])
def test_two_steps_early_or_late_is_refused(offset: int) -> None:
    refused(sm3_otp.code(SEED, STEP + offset))


def test_a_code_is_used_once() -> None:
    code, factor = sm3_otp.code(SEED, STEP), Sm3Otp()
    proof = factor.verify(CARD, code, Attempt(NOW))

    assert proof.kind is FactorKind.SM3_OTP
    assert proof.stored == replace(CARD, last_step=STEP)
    refused(code, proof.stored)
    refused(sm3_otp.code(SEED, STEP - 1), proof.stored)


def test_a_code_of_an_act_fits_that_act_alone() -> None:
    factor, other = Sm3Otp(), bytes(31) + b"\1"
    attempt = Attempt(NOW, purpose=Purpose.ACT, action="export", payload=PAYLOAD)
    asked = sm3_otp.question("export", PAYLOAD)
    code = sm3_otp.code(SEED, STEP, question=asked)

    assert factor.verify(CARD, code, attempt).stored.last_step == STEP
    for wrong in (
        replace(attempt, action="sign"),
        replace(attempt, payload=other),
        replace(attempt, payload=None),
        replace(attempt, action="", payload=None),
    ):
        with pytest.raises(LoginRefused):
            factor.verify(CARD, code, wrong)
    with pytest.raises(LoginRefused):
        factor.verify(CARD, sm3_otp.code(SEED, STEP), attempt)


def test_a_step_used_for_one_thing_is_used_for_all() -> None:
    asked = sm3_otp.question("export", PAYLOAD)
    used = replace(CARD, last_step=STEP)
    refused(sm3_otp.code(SEED, STEP, question=asked), used, asked)


def test_a_question_has_eight_digits() -> None:
    questions = {sm3_otp.question("export", bytes((n,)) * 32) for n in range(200)}
    assert len(questions) == 200
    assert all(len(each) == 8 and each.isdecimal() for each in questions)
    assert sm3_otp.question("export", None) != sm3_otp.question("export\n", None)


@given(otp=st.text(max_size=8))
def test_anything_else_is_refused(otp: str) -> None:
    if otp not in {sm3_otp.code(SEED, STEP + offset) for offset in (-1, 0, 1)}:
        refused(otp)


@pytest.mark.parametrize("otp", ["", "\ud800", "１２３４５６", "287082 ", "0" * 1000])
def test_strange_codes_are_refused(otp: str) -> None:
    refused(otp)


@pytest.mark.parametrize("digits", [6, 8, 9])
def test_a_code_has_all_its_digits(digits: int) -> None:
    card = Card(SEED, 0, digits=digits)
    code = sm3_otp.code(SEED, STEP, digits=digits)
    assert len(code) == digits
    assert sm3_otp.authenticate(card, code, now=NOW) == STEP


def test_a_step_lasts_as_long_as_the_card_says() -> None:
    start = instants.from_seconds(STEP * 30)
    assert sm3_otp.step(start + timedelta(seconds=29)) == STEP
    assert sm3_otp.step(start + timedelta(seconds=30)) == STEP + 1
    assert sm3_otp.step(start, 60) == STEP * 30 // 60


@pytest.mark.parametrize(
    "more",
    [
        {"seed": bytes(15)},
        {"step_seconds": 0},
        {"step_seconds": 61},
        {"digits": 5},
        {"digits": 10},
        {"drift": 121},
        {"drift": -121},
    ],
)
def test_what_the_standard_excludes_is_no_card(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        replace(CARD, **more)


def test_a_seed_is_not_printed() -> None:
    assert len(sm3_otp.new_seed(Sequence("seed"))) == 20
    assert SEED.hex() not in repr(CARD)
    assert repr(CARD) == "Card(last_step=0, drift=0)"


# a card whose clock is off


def pair(drift: int) -> tuple[str, str]:
    return sm3_otp.code(SEED, STEP + drift - 1), sm3_otp.code(SEED, STEP + drift)


@pytest.mark.parametrize("drift", [-120, -2, 0, 5, 120])
def test_two_codes_in_a_row_show_the_drift(drift: int) -> None:
    found = sm3_otp.resynchronise(CARD, *pair(drift), now=NOW)

    assert (found.drift, found.last_step) == (drift, STEP + drift)
    refused(sm3_otp.code(SEED, STEP + drift), found)
    later = sm3_otp.code(SEED, STEP + drift + 1)
    assert sm3_otp.authenticate(found, later, now=NOW) == STEP + drift + 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (pair(5)[0], "000000"),
        ("000000", pair(5)[1]),
        (pair(5)[1], pair(5)[0]),
        pair(121),
        ("\ud800", ""),
    ],
)
def test_what_shows_no_drift_is_refused(first: str, second: str) -> None:
    with pytest.raises(LoginRefused, match="login_refused"):
        sm3_otp.resynchronise(CARD, first, second, now=NOW)


def test_used_codes_show_no_drift() -> None:
    with pytest.raises(LoginRefused, match="login_refused"):
        sm3_otp.resynchronise(replace(CARD, last_step=STEP + 4), *pair(5), now=NOW)
