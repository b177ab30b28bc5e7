"""Failures are counted by place, and only failures."""

from datetime import timedelta

import pytest

from services.platform import limits
from services.platform.errors import TooMany
from services.platform.limits import Limits, place_of
from tests.services.conftest import Ticking


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "elsewhere"),
        (None, "elsewhere"),
    ],
)
def test_an_address_has_a_place(address: str | None, place: str) -> None:
    assert place_of(address) == place


def test_too_many_failures_have_to_wait(ticking: Ticking) -> None:
    limit = Limits(ticking, allowed=2, window_seconds=60)
    limit.failed("a")
    limit.check("a")
    limit.failed("a")
    ticking.now += timedelta(seconds=20)
    with pytest.raises(TooMany) as caught:
        limit.check("a")
    assert caught.value.params == {"retry_after_seconds": 40}
    limit.check("b")
    ticking.now += timedelta(seconds=40)
    limit.check("a")
    limit.failed("a")
    limit.check("a")


def test_success_forgets_failures(ticking: Ticking) -> None:
    limit = Limits(ticking, allowed=1, window_seconds=60)
    limit.failed("a")
    limit.succeeded("a")
    limit.check("a")


def test_only_so_many_places_are_remembered(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 2)
    limit = Limits(ticking, allowed=1, window_seconds=60)
    for place in "abc":
        limit.failed(place)
    limit.check("a")
    for place in "bc":
        with pytest.raises(TooMany):
            limit.check(place)
