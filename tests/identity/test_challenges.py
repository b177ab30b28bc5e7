"""A challenge serves one purpose, one session, one account, for minutes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from identity import challenges
from identity.challenges import LIFE, Challenge, Purpose
from identity.errors import LoginRefused
from tests.identity.samples import NOW, Sequence

SESSION = bytes(32)
SECOND = timedelta(seconds=1)


def fresh(**changes: Any) -> Challenge:
    made = challenges.new(
        Purpose.SIGN_IN, session=SESSION, account="a", now=NOW, random=Sequence("challenge")
    )
    return replace(made, **changes)


def check(challenge: Challenge, **changes: Any) -> None:
    known: dict[str, Any] = {"purpose": Purpose.SIGN_IN, "session": SESSION, "account": "a"}
    challenges.check(challenge, **{**known, "now": NOW, **changes})


def test_a_challenge_is_256_random_bits() -> None:
    random = Sequence("x")
    made = [
        challenges.new(Purpose.ACT, session=SESSION, account=None, now=NOW, random=random)
        for _ in range(2)
    ]
    assert made[0].value != made[1].value
    assert len(made[0].value) == 32


@pytest.mark.parametrize(
    ("changes", "situation"),
    [
        ({}, {}),
        ({"account": None}, {"account": "b"}),
        ({}, {"now": NOW + LIFE - SECOND}),
        ({}, {"now": NOW + 59 * SECOND, "life": timedelta(minutes=1)}),
    ],
)
def test_the_right_answer_is_awaited(changes: dict[str, Any], situation: dict[str, Any]) -> None:
    check(fresh(**changes), **situation)


@pytest.mark.parametrize(
    ("changes", "situation"),
    [
        ({"purpose": Purpose.ENROL}, {}),
        ({}, {"purpose": Purpose.ACT}),
        ({}, {"session": b"\x01" * 32}),
        ({}, {"account": "b"}),
        ({}, {"now": NOW - SECOND}),
        ({}, {"now": NOW + LIFE}),
        ({"expires_at": NOW + SECOND}, {"now": NOW + SECOND}),
        ({}, {"now": NOW + timedelta(minutes=1), "life": timedelta(minutes=1)}),
    ],
)
def test_any_other_is_refused_alike(changes: dict[str, Any], situation: dict[str, Any]) -> None:
    with pytest.raises(LoginRefused) as caught:
        check(fresh(**changes), **situation)
    assert (caught.value.code, caught.value.params) == ("login_refused", {})
