"""DER: one spelling of each element."""

from datetime import UTC, datetime, timedelta, timezone

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


@given(
    st.datetimes(
        datetime(2000, 1, 1),  # noqa: DTZ001 hypothesis adds the zone
        datetime(2099, 12, 31, 23, 59, 59),  # noqa: DTZ001
        timezones=st.just(UTC),
    )
)
def test_an_instant_comes_back(at: datetime) -> None:
    whole = at.replace(microsecond=0)
    reader = der.Reader(der.instant(whole))
    assert reader.instant() == whole
    reader.end()


def test_an_instant_is_written_in_utc() -> None:
    beijing = timezone(timedelta(hours=8))
    assert der.instant(datetime(2026, 1, 1, 8, tzinfo=beijing)) == b"\x17\x0d260101000000Z"
    assert der.instant(datetime(2050, 1, 1, tzinfo=UTC)) == b"\x18\x0f20500101000000Z"


@pytest.mark.parametrize(
    "at", [datetime(1999, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)]
)
def test_an_instant_of_another_kind_is_refused(at: datetime) -> None:
    with pytest.raises(ValueError, match="no instant"):
        der.instant(at)


@pytest.mark.parametrize(
    "data",
    [
        b"\x17\x0d260132000000Z",
        b"\x17\x0b2601010000Z",
        b"\x17\x11260101080000+0800",
        b"\x17\x0d260101000000z",
        b"\x17\x0d500101000000Z",
        b"\x17\x0d26 101000000Z",
        b"\x17\x0d\xff60101000000Z",
        b"\x18\x0f20260101000000Z",
        b"\x18\x0f19990101000000Z",
        b"\x18\x1120500101000000.5Z",
    ],
)
def test_other_spellings_of_an_instant_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidEncoding, match="der_time"):
        der.Reader(data).instant()
