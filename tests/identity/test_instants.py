"""One instant, one spelling."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import instants

whole = st.datetimes(timezones=st.just(UTC)).map(lambda each: each.replace(microsecond=0))


@given(instant=whole)
def test_what_is_written_is_read(instant: datetime) -> None:
    assert instants.read(instants.write(instant)) == instant


@given(value=st.integers(0, instants.LATEST_SECONDS))
def test_seconds_come_back(value: int) -> None:
    assert instants.seconds(instants.from_seconds(value)) == value


@pytest.mark.parametrize("value", [-1, instants.LATEST_SECONDS + 1])
def test_seconds_outside_the_calendar_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="instant"):
        instants.from_seconds(value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T08:00:00",
        "2026-11-24T08:00:00+00:00",
        "2026-11-24T08:00:00.5Z",
        "2026-11-24 08:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-11-24T08:00:60Z",
        "２026-11-24T08:00:00Z",
        "2026-11-24T08:00:00Z\n",
        "",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        instants.read(text)


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 11, 24),  # noqa: DTZ001
        datetime(2026, 11, 24, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 24, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_only_whole_seconds_of_utc_are_written(instant: datetime) -> None:
    with pytest.raises(ValueError, match="UTC"):
        instants.write(instant)
    with pytest.raises(ValueError, match="UTC"):
        instants.seconds(instant)


def test_a_day_has_one_spelling() -> None:
    assert instants.read_day("2024-02-29") == date(2024, 2, 29)


@pytest.mark.parametrize("text", ["20240229", "2024-2-29", "2023-02-29", "2024-W09-4", ""])
def test_other_days_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        instants.read_day(text)


def test_the_year_changes_at_midnight_in_shanghai() -> None:
    assert instants.shanghai_year(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)) == 2026
    assert instants.shanghai_year(datetime(2026, 12, 31, 16, tzinfo=UTC)) == 2027
    assert instants.shanghai_year(datetime(9999, 12, 31, 16, tzinfo=UTC)) == 10000
