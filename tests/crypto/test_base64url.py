"""base64url has one spelling."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.base64url import b64u, unb64u
from crypto.errors import InvalidEncoding


@given(st.binary(max_size=100))
def test_what_is_written_is_read(data: bytes) -> None:
    assert b64u(data) == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert unb64u(b64u(data)) == data


@given(st.text(alphabet="AQgwZ019-_+/= \n", max_size=8) | st.text(max_size=8))
def test_what_is_read_would_be_written_the_same(text: str) -> None:
    try:
        data = unb64u(text)
    except InvalidEncoding:
        return
    assert b64u(data) == text


@pytest.mark.parametrize(
    "text", ["A", "AAAAA", "AB", "AAB", "AA==", "AA=", "+A", "/A", "A A", "AA\n", " ", "é", "AA.A"]
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(InvalidEncoding, match="base64url"):
        unb64u(text)
