"""Lines that devices sign: no break inside a line, one word for each use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import sm2
from identity.errors import LoginRefused
from identity.factors import signed_lines
from identity.factors.signed_lines import Domain
from tests.identity.samples import private_key

KEY = private_key("device")


def test_the_bytes_are_the_lines() -> None:
    assert signed_lines.message(Domain.AUTH, "a", "是") == "EDU-AUTH-V1\na\n是".encode()


@pytest.mark.parametrize("line", ["", "a\nb", "a\rb", "\x00", "a\u2028b", "\x85", "\ud800"])
def test_a_line_cannot_hold_another(line: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        signed_lines.message(Domain.AUTH, "a", line)


@given(
    lists=st.lists(
        st.lists(st.text("ab-", min_size=1, max_size=3), max_size=3), min_size=2, max_size=2
    )
)
def test_different_lines_are_different_bytes(lists: list[list[str]]) -> None:
    first, second = lists
    same = signed_lines.message(Domain.QR, *first) == signed_lines.message(Domain.QR, *second)
    assert same == (first == second)


def test_only_the_key_and_the_bytes_fit() -> None:
    signed = signed_lines.message(Domain.ENROL, "a")
    signature = sm2.sign(KEY, signed)

    signed_lines.verify(KEY.public, signed, signature)
    for public, message, given_signature in (
        (private_key("other").public, signed, signature),
        (KEY.public, signed + b"b", signature),
        (KEY.public, signed, bytes(64)),
        (KEY.public, signed, b""),
    ):
        with pytest.raises(LoginRefused) as caught:
            signed_lines.verify(public, message, given_signature)
        assert caught.value.code == "login_refused"
