"""Failures are counted before they happen, successes not at all, neighbours not together."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import addresses, lockout
from identity.errors import LoginRefused
from identity.lockout import DRAIN, MOST_OF_ADDRESS, Bucket, Counter
from tests.identity.samples import NOW

SECOND = timedelta(seconds=1)


def refusal(act: Callable[[], object]) -> LoginRefused:
    with pytest.raises(LoginRefused) as caught:
        act()
    return caught.value


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (11, 900), (99, 900)],
)
def test_failures_make_everybody_wait_longer(failures: int, seconds: int) -> None:
    assert lockout.wait_seconds(failures) == seconds


def test_an_attempt_before_its_time_is_refused_with_the_rest() -> None:
    last = NOW - 20 * SECOND

    lockout.check_attempts(4, last, NOW)
    error = refusal(lambda: lockout.check_attempts(5, last, NOW))
    assert (error.code, error.params) == ("login_wait", {"seconds": 10})
    lockout.check_attempts(5, last, NOW + 10 * SECOND)


def test_a_hundred_failures_lock_the_factor() -> None:
    assert refusal(lambda: lockout.check_attempts(100, None, NOW)).code == "login_locked"
    full = Counter(100, NOW - timedelta(days=365))
    assert refusal(lambda: lockout.count(full, now=NOW)).code == "login_locked"


def test_without_a_failure_nobody_waits() -> None:
    lockout.check_attempts(0, None, NOW)


def test_an_attempt_counts_before_it_is_compared() -> None:
    assert lockout.count(Counter(), now=NOW) == Counter(1, NOW)


def test_guesses_at_one_moment_are_all_counted() -> None:
    counter = Counter()
    for _ in range(5):
        counter = lockout.count(counter, now=NOW)
    assert refusal(lambda: lockout.count(counter, now=NOW)).params == {"seconds": 30}


def test_a_factor_is_locked_after_a_hundred_patient_guesses_and_not_the_next_one() -> None:
    by_kind = {"totp": Counter(), "recovery_code": Counter()}
    now = NOW
    while by_kind["totp"].failures < 100:
        by_kind["totp"] = lockout.count(by_kind["totp"], now=now)
        now += timedelta(minutes=15)
    assert refusal(lambda: lockout.count(by_kind["totp"], now=now)).code == "login_locked"
    lockout.count(by_kind["recovery_code"], now=now)


def test_ten_thousand_successes_from_one_address_pass() -> None:
    bucket: Bucket | None = None
    for _ in range(10_000):
        bucket = lockout.given_back(lockout.count_address(bucket, now=NOW))
    assert bucket == Bucket(0, NOW)


def test_as_many_at_one_moment_as_a_bucket_holds() -> None:
    bucket: Bucket | None = None
    for _ in range(MOST_OF_ADDRESS):
        bucket = lockout.count_address(bucket, now=NOW)
    error = refusal(lambda: lockout.count_address(bucket, now=NOW + SECOND))
    assert (error.code, error.params) == ("login_wait", {"seconds": 5})
    assert lockout.count_address(bucket, now=NOW + DRAIN).failures == MOST_OF_ADDRESS


def test_failures_of_an_address_are_forgotten_one_by_one() -> None:
    full = Bucket(MOST_OF_ADDRESS, NOW)

    after = lockout.count_address(full, now=NOW + 3 * DRAIN + SECOND)
    assert after == Bucket(MOST_OF_ADDRESS - 2, NOW + 3 * DRAIN)
    assert lockout.count_address(full, now=NOW + MOST_OF_ADDRESS * DRAIN).failures == 1
    empty = NOW + DRAIN + SECOND
    assert lockout.count_address(Bucket(1, NOW), now=empty) == Bucket(1, empty)


@given(gaps=st.lists(st.integers(0, 9), max_size=300))
def test_an_address_never_fails_faster_than_its_bucket_drains(gaps: list[int]) -> None:
    bucket: Bucket | None = None
    now, passed = NOW, 0
    for gap in gaps:
        now += gap * SECOND
        with suppress(LoginRefused):
            bucket = lockout.count_address(bucket, now=now)
            passed += 1
    assert passed <= MOST_OF_ADDRESS + (now - NOW) // DRAIN


def test_a_clock_that_goes_back_forgets_nothing() -> None:
    assert lockout.count_address(Bucket(7, NOW), now=NOW - timedelta(hours=1)) == Bucket(8, NOW)


def test_nothing_is_given_back_twice() -> None:
    assert lockout.given_back(Bucket(0, NOW)) == Bucket(0, NOW)


def test_all_of_a_64_share_a_bucket() -> None:
    buckets: dict[str, Bucket] = {}
    for host in range(MOST_OF_ADDRESS):
        source = addresses.source(f"2001:db8::{host:x}")
        buckets[source] = lockout.count_address(buckets.get(source), now=NOW)
    (only,) = buckets.values()
    assert refusal(lambda: lockout.count_address(only, now=NOW)).code == "login_wait"
