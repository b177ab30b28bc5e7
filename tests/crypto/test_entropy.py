"""Randomness."""

from crypto import entropy
from crypto.base64url import unb64u


def test_as_many_bytes_as_asked_and_never_the_same() -> None:
    assert len(entropy.system(16)) == 16
    assert entropy.system(0) == b""
    assert len({entropy.system(16) for _ in range(100)}) == 100


def test_a_token_is_base64url() -> None:
    assert len(unb64u(entropy.token(16))) == 16
