"""Years are counted in Shanghai, seconds are whole."""

from datetime import UTC, datetime, timedelta

import pytest

from services.platform import clock


def test_the_system_clock_is_aware_utc_in_whole_seconds() -> None:
    now = clock.system()
    assert now.utcoffset() == timedelta(0)
    assert now.microsecond == 0


@pytest.mark.parametrize(
    ("instant", "year"),
    [
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), 2027),
        (datetime(2027, 1, 1, 0, 0, 0, tzinfo=UTC), 2027),
    ],
)
def test_the_year_turns_at_midnight_in_shanghai(instant: datetime, year: int) -> None:
    assert clock.year_of(instant) == year


def test_an_instant_without_a_zone_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.year_of(datetime(2026, 1, 1))  # noqa: DTZ001
