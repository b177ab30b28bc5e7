"""Passwords: what is stored, what fits, and what is too weak to store."""

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import kdf
from crypto.jws import b64u
from identity.errors import LoginRefused, WeakPassword
from identity.factors import password
from identity.factors.password import MLPS, NIST, Policy
from tests.identity.samples import NOW, Sequence

ROUNDS = 2
TEXT = "正确的 horse 电池 7"
STORED = password.encode(TEXT, rounds=ROUNDS, random=Sequence("salt"))


def test_what_is_stored_names_its_algorithm_rounds_and_salt() -> None:
    salt = Sequence("salt")(16)
    key = kdf.pbkdf2(TEXT.encode(), salt, rounds=ROUNDS, length=32)

    assert f"$pbkdf2-sm3$2${b64u(salt)}${b64u(key)}" == STORED


def test_the_password_fits() -> None:
    password.verify(TEXT, STORED)


@given(text=st.text(max_size=20).filter(lambda text: text != TEXT))
def test_any_other_password_does_not(text: str) -> None:
    with pytest.raises(LoginRefused) as caught:
        password.verify(text, STORED)
    assert (caught.value.code, caught.value.params) == ("login_refused", {})


def test_two_spellings_of_one_character_are_one_password() -> None:
    stored = password.encode("Ａ\u00e9", rounds=ROUNDS, random=Sequence("x"))

    password.verify("Ae\u0301", stored)


def test_equal_passwords_are_stored_differently() -> None:
    assert password.encode(TEXT, rounds=ROUNDS, random=Sequence("other")) != STORED


@given(text=st.text(max_size=20))
def test_nothing_fits_the_decoy(text: str) -> None:
    with pytest.raises(LoginRefused):
        password.verify(text, password.decoy(ROUNDS))


def test_an_endless_password_costs_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    original = kdf.pbkdf2

    def spy(octets: bytes, *arguments: Any, **options: Any) -> bytes:
        lengths.append(len(octets))
        return original(octets, *arguments, **options)

    monkeypatch.setattr(kdf, "pbkdf2", spy)
    with pytest.raises(LoginRefused):
        password.verify("x" * 1_000_000, STORED)
    assert lengths == [password.MOST_CHARACTERS + 1]


@pytest.mark.parametrize(
    "stored",
    ["", "$pbkdf2-sm3$0$" + STORED[14:], STORED[:-1], STORED.replace("sm3", "sha256"), "plain"],
)
def test_what_is_not_stored_by_us_is_a_fault_of_ours(stored: str) -> None:
    with pytest.raises(ValueError, match="stored password"):
        password.verify(TEXT, stored)


def test_fewer_rounds_than_today_are_outdated() -> None:
    assert password.outdated(STORED, ROUNDS + 1)
    assert not password.outdated(STORED, ROUNDS)


def test_a_wrapping_key_is_another_key_for_each_salt() -> None:
    keys = {password.wrapping_key(TEXT, salt=bytes([n]) * 16, rounds=ROUNDS) for n in range(3)}

    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)


def weakness(text: str, **options: Any) -> WeakPassword:
    with pytest.raises(WeakPassword) as caught:
        password.require_strength(text, **{"login": "zhang.san", **options})
    assert text not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("kurz", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("aaaabbbbcccc", "password_too_simple"),
        ("my-Zhang.san-77", "password_holds_login"),
        ("Password2026!", "password_common"),
    ],
)
@pytest.mark.parametrize("policy", [NIST, MLPS])
def test_a_weak_password_is_refused(text: str, code: str, policy: Policy) -> None:
    assert weakness(text, policy=policy).code == code


@pytest.mark.parametrize("policy", [NIST, MLPS])
def test_a_good_password_is_accepted(policy: Policy) -> None:
    password.require_strength(TEXT, login="zhang.san", policy=policy)


def test_a_password_that_stands_alone_is_longer() -> None:
    text = "horse battery "[:14]

    password.require_strength(text, login="zhang.san")
    assert weakness(text, alone=True).params == {"least": 15}
    password.require_strength(text + "7", login="zhang.san", alone=True)


@pytest.mark.parametrize(
    "text",
    ["correct horse battery", "correcthorsebattery", "CORRECTHORSEbattery", "01972865413 ab"],
)
def test_classes_are_asked_for_under_one_policy_only(text: str) -> None:
    password.require_strength(text, login="zhang.san", policy=NIST)
    if len(password_classes(text)) < 3:
        error = weakness(text, policy=MLPS)
        assert (error.code, error.params) == ("password_too_few_classes", {"least": 3})
    else:
        password.require_strength(text, login="zhang.san", policy=MLPS)


def password_classes(text: str) -> set[str]:
    """Sort by the categories of the standard library, not by the code's own tests."""
    names = {"Ll": "small", "Lu": "capital", "Nd": "digit"}
    return {names.get(unicodedata.category(each), "other") for each in text}


def test_passwords_expire_under_one_policy_only() -> None:
    assert password.expires_at(NOW, NIST) is None
    assert password.expires_at(NOW, MLPS) == NOW + timedelta(days=90)


def test_a_new_password_is_none_of_the_last() -> None:
    earlier = [STORED, password.encode("another", rounds=ROUNDS, random=Sequence("b"))]

    password.require_new("a third", earlier)
    for text in (TEXT, "another"):
        with pytest.raises(WeakPassword) as caught:
            password.require_new(text, earlier)
        assert caught.value.code == "password_used_before"
