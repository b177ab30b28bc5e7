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


def test_an_instant_of_general_form_comes_back() -> None:
    at = datetime(2026, 11, 24, 8, 0, 1, tzinfo=UTC)
    reader = der.Reader(der.generalized(at))

    assert reader.generalized() == at
    assert der.generalized(at.astimezone(timezone(timedelta(hours=8)))) == der.generalized(at)
    for impossible in (at.replace(year=1999), at.replace(year=2100), at.replace(microsecond=1)):
        with pytest.raises(ValueError, match="no instant"):
            der.generalized(impossible)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x18\x0f20261124080000Z"[:-1], "der_truncated"),
        (b"\x18\x1120261124080000.5Z", "der_time"),
        (b"\x18\x1320261124160000+0800", "der_time"),
        (b"\x18\x0d202611240800Z", "der_time"),
        (b"\x18\x0f19991124080000Z", "der_time"),
        (b"\x18\x0f2026112408000 Z", "der_time"),
        (b"\x18\x0f\xff0261124080000Z", "der_time"),
        (b"\x17\x0d261124080000Z", "der_tag"),
    ],
)
def test_another_general_time_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        der.Reader(data).generalized()


@pytest.mark.parametrize(
    "dotted",
    ["2.5.29.15", "1.2.156.10197.1.501", "0.9.2342", "1.39", "2.999", "2.25.2439549009600"],
)
def test_an_identifier_comes_back(dotted: str) -> None:
    reader = der.Reader(der.oid(dotted))
    assert reader.oid() == dotted
    reader.end()


@pytest.mark.parametrize(
    "data", ["0600", "060180", "06028001", "060355801d", "0603551d80", "06022a80"]
)
def test_another_spelling_of_an_identifier_is_refused(data: str) -> None:
    with pytest.raises(InvalidEncoding, match="der_oid"):
        der.Reader(bytes.fromhex(data)).oid()


def test_an_endless_identifier_is_refused() -> None:
    with pytest.raises(InvalidEncoding, match="der_oid"):
        der.Reader(der.element(der.OID, b"\x81" * 64 + b"\1")).oid()


@given(st.binary(max_size=8))
def test_an_identifier_has_one_spelling(body: bytes) -> None:
    data = der.element(der.OID, body)
    try:
        dotted = der.Reader(data).oid()
    except InvalidEncoding:
        return
    assert der.oid(dotted) == data


def test_bits_come_back() -> None:
    assert der.Reader(der.bits(b"\1\2")).bits() == b"\1\2"
    for data in ("0300", "030101", "03020780"):
        with pytest.raises(InvalidEncoding, match="der_bits"):
            der.Reader(bytes.fromhex(data)).bits()


@given(st.frozensets(st.integers(0, 20), min_size=1))
def test_named_bits_come_back(places: frozenset[int]) -> None:
    assert der.Reader(der.named_bits(places)).named_bits() == places


@pytest.mark.parametrize(
    "data", ["0300", "030100", "03020000", "03020680", "030306c000", "03020781", "03020980"]
)
def test_other_spellings_of_named_bits_are_refused(data: str) -> None:
    with pytest.raises(InvalidEncoding, match="der_bits"):
        der.Reader(bytes.fromhex(data)).named_bits()


def test_truth_is_written_or_left_away() -> None:
    assert der.Reader(der.TRUE).truth()
    assert not der.Reader(b"").truth()
    assert not der.Reader(der.integer(1)).truth()
    for data in ("010100", "010101", "0100", "0102ffff"):
        with pytest.raises(InvalidEncoding, match="der_boolean"):
            der.Reader(bytes.fromhex(data)).truth()


def test_a_text_is_of_one_of_the_kinds() -> None:
    assert (
        der.Reader(der.element(der.UTF8, "可信".encode())).text(der.PRINTABLE, der.UTF8) == "可信"
    )
    assert der.Reader(der.element(der.IA5, b"a")).text(der.IA5) == "a"
    for data in (der.element(der.UTF8, b"\xff"), der.element(der.IA5, b"\xe4"), der.integer(1)):
        with pytest.raises(InvalidEncoding, match=r"der_t(ext|ag)"):
            der.Reader(data).text(der.UTF8, der.IA5)


def test_an_element_is_taken_as_it_stands() -> None:
    reader = der.Reader(der.integer(5) + der.TRUE)
    assert reader.more()
    assert reader.raw(der.INTEGER) == der.integer(5)
    assert reader.truth()
    assert not reader.more()
