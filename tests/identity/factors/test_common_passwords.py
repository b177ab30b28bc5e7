"""What is tried first is no password, and what is rare is not refused."""

import pytest

from crypto import entropy
from identity.factors.common_passwords import WORDS, is_common


@pytest.mark.parametrize(
    "text",
    [
        "password",
        "Password2026!",
        "!!admin888",
        "WoAiNi1314",
        "1234567890",
        "87654321",
        "19920315",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "QWERasdf1234",
        "abcdefgh",
        "zyxwvuts",
        "abc7abc7abc7",
        "管理员2026",
        "!@#$%^&*()",
    ],
)
def test_common_passwords_are_known(text: str) -> None:
    assert is_common(text)


@pytest.mark.parametrize(
    "text",
    ["correct horse battery", "passwort-am-Morgen", "abcd-xk29", "我家的猫叫八月", "tr0ub4dor&3"],
)
def test_others_are_not(text: str) -> None:
    assert not is_common(text)


def test_random_passwords_are_not_common() -> None:
    assert not any(is_common(entropy.token(9)) for _ in range(500))


def test_the_words_are_folded_and_bare() -> None:
    assert all(word == word.casefold() and is_common(word) for word in WORDS)
