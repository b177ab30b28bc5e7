"""One instant, one text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import times

INSTANTS = st.datetimes(timezones=st.just(UTC)).map(lambda time: time.replace(microsecond=0))


@given(time=INSTANTS)
def test_what_is_written_reads_back(time: datetime) -> None:
    assert times.from_text(times.to_text(time)) == time


@given(first=INSTANTS, second=INSTANTS)
def test_texts_sort_like_instants(first: datetime, second: datetime) -> None:
    assert (first < second) == (times.to_text(first) < times.to_text(second))


def test_the_form() -> None:
    assert times.to_text(datetime(2026, 11, 24, 8, tzinfo=UTC)) == "2026-11-24T08:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T08:00:00",
        "2026-11-24T08:00:00+00:00",
        "2026-11-24t08:00:00z",
        "2026-11-24 08:00:00Z",
        "2026-11-24T08:00:00.0Z",
        "2026-11-24T08:00Z",
        "2026-02-30T08:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T08:00:60Z",
        "2026-11-24T08:00:00Z\n",
        "２026-11-24T08:00:00Z",
        "",
    ],
)
def test_no_other_text_is_read(text: str) -> None:
    with pytest.raises(ValueError):
        times.from_text(text)


@pytest.mark.parametrize(
    "time",
    [
        datetime(2026, 11, 24, 8),  # noqa: DTZ001  (a naive one is the point)
        datetime(2026, 11, 24, 8, tzinfo=timezone(timedelta(hours=8))),
        datetime(2026, 11, 24, 8, 0, 0, 1, tzinfo=UTC),
    ],
)
def test_naive_local_and_fractional_instants_are_refused(time: datetime) -> None:
    with pytest.raises(ValueError, match="aware, in UTC and in whole seconds"):
        times.to_text(time)


def test_the_year_turns_at_midnight_in_shanghai() -> None:
    assert times.log_year(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)) == 2026
    assert times.log_year(datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC)) == 2027
    assert times.log_year(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)) == 10000
