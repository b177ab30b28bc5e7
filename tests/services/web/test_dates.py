"""Days, instants and counts as people of both languages read them."""

from datetime import UTC, datetime

import pytest

from services.platform.texts import EN, ZH
from services.web import dates

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "shown"), [(ZH, "2026年6月1日"), (EN, "1 June 2026")], ids=["zh", "en"]
)
def test_a_day(lang: str, shown: str) -> None:
    assert dates.day("2026-06-01", lang) == shown


def test_a_text_that_is_no_day_is_shown_as_it_is() -> None:
    assert dates.day("2026-02-30", ZH) == "2026-02-30"


@pytest.mark.parametrize(
    ("instant", "lang", "shown"),
    [
        (datetime(2026, 6, 18, 6, 38, tzinfo=UTC), ZH, "6月18日 14:38"),
        (datetime(2026, 6, 18, 6, 38, tzinfo=UTC), EN, "18 June, 14:38"),
        (datetime(2025, 12, 31, 16, tzinfo=UTC), ZH, "1月1日 00:00"),
        (datetime(2025, 12, 31, 15, 59, tzinfo=UTC), EN, "31 December 2025, 23:59"),
    ],
)
def test_an_instant_by_the_clocks_of_shanghai(instant: datetime, lang: str, shown: str) -> None:
    assert dates.moment(instant, lang, NOW) == shown


def test_counts_stand_in_groups_and_other_numbers_do_not() -> None:
    assert dates.counts({"count": 12345, "year": 2026, "number": "3441000001"}) == {
        "count": "12,345",
        "year": 2026,
        "number": "3441000001",
    }
