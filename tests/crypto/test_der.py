"""DER: one spelling of each element."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import der
from crypto.errors import InvalidEncoding


@given(st.integers(0, 2**300))
def test_a_number_comes_back(value: int) -> None:
    reader = der.Reader(der.integer(value))
    assert reader.integer() == value
    reader.end()


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_a_length_comes_back(size: int) -> None:
    data = der.element(der.OCTETS, bytes(size))
    reader = der.Reader(data)
    assert reader.take(der.OCTETS) == bytes(size)
    reader.end()


@given(st.binary(max_size=12))
def test_what_is_read_would_be_written_the_same(data: bytes) -> None:
    reader = der.Reader(data)
    try:
        value = reader.integer()
        reader.end()
    except InvalidEncoding:
        return
    assert der.integer(value) == data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "der_tag"),
        ("0401ff", "der_tag"),
        ("02", "der_truncated"),
        ("0201", "der_truncated"),
        ("020200", "der_truncated"),
        ("0200", "der_integer"),
        ("0201ff", "der_integer"),
        ("02020001", "der_integer"),
        ("02020000", "der_integer"),
        ("0280", "der_length"),
        ("028101ff", "der_length"),
        ("02820001", "der_length"),
        ("0281", "der_length"),
        ("02820100", "der_truncated"),
        ("028500000000ff", "der_length"),
        ("02ff", "der_length"),
    ],
)
def test_other_spellings_are_refused(data: str, code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        der.Reader(bytes.fromhex(data)).integer()


def test_bytes_after_the_end_are_refused() -> None:
    reader = der.Reader(bytes.fromhex("02010100"))
    reader.integer()
    with pytest.raises(InvalidEncoding, match="der_trailing"):
        reader.end()


@pytest.mark.parametrize(
    ("dotted", "encoded"),
    [
        ("1.2.156.10197.1.301", "06082a811ccf5501822d"),
        ("1.2.840.10045.2.1", "06072a8648ce3d0201"),
        ("1.2.156.10197.1.104.2", "06082a811ccf55016802"),
    ],
)
def test_object_identifiers(dotted: str, encoded: str) -> None:
    assert der.oid(dotted).hex() == encoded
