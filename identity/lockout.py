"""How failures slow down and stop whoever guesses: per factor of an account, and per address.

Before     an attempt is counted as a failure in a transaction of its own *before* anything is
           compared, and given back after a success: so of a hundred guesses at one moment a
           hundred are counted
Only       failures count. Ten thousand pupils behind one address who type correctly are none
Account    a counter for each (account, kind of factor): after FREE_FAILURES in a row waits that
           double from FIRST_WAIT_SECONDS, after LOCK_AFTER_FAILURES a lock until recovery. A
           locked code locks no recovery code
Address    a bucket for each identity.addresses.source: MOST_OF_ADDRESS failures, of which one is
           forgotten every DRAIN. It slows down whoever tries one password on many accounts
Lock       ends the sign-in that is under way; the caller ends its half-made session too
Errors     LoginRefused: login_wait (seconds), login_locked. What is shown to a visitor is the one
           text of every failure
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from identity.errors import LoginRefused

FREE_FAILURES = 5
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 900
LOCK_AFTER_FAILURES = 100

MOST_OF_ADDRESS = 100
DRAIN = timedelta(seconds=6)


@dataclass(frozen=True, slots=True)
class Counter:
    """Failures in a row of one factor of one account; after a success a new one is stored."""

    failures: int = 0
    last_failure_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Failures of one address that are not forgotten yet, counted back to `since`."""

    failures: int
    since: datetime


def count(counter: Counter, *, now: datetime) -> Counter:
    """Return the counter to store before anything is compared. Raises LoginRefused."""
    check_attempts(counter.failures, counter.last_failure_at, now)
    return Counter(counter.failures + 1, now)


def count_address(bucket: Bucket | None, *, now: datetime) -> Bucket:
    """Return the bucket to store before anything is compared; None is an empty one.

    Raises LoginRefused("login_wait").
    """
    held = _drained(bucket or Bucket(0, now), now)
    if held.failures >= MOST_OF_ADDRESS:
        left = held.since + DRAIN - now
        raise LoginRefused("login_wait", seconds=max(1, int(left.total_seconds())))
    return Bucket(held.failures + 1, held.since)


def given_back(bucket: Bucket) -> Bucket:
    """Return the bucket to store after a success: this attempt was no failure, others were."""
    return Bucket(max(0, bucket.failures - 1), bucket.since)


def check_attempts(failures: int, last_failure_at: datetime | None, now: datetime) -> None:
    """Refuse an attempt that comes too early after `failures` in a row, or after too many.

    The caller has not yet counted this attempt. Raises LoginRefused.
    """
    if failures >= LOCK_AFTER_FAILURES:
        raise LoginRefused("login_locked")
    if last_failure_at is None:
        return
    waited = int((now - last_failure_at).total_seconds())
    if waited < wait_seconds(failures):
        raise LoginRefused("login_wait", seconds=wait_seconds(failures) - waited)


def wait_seconds(failures: int) -> int:
    """Return how long to wait after this many failures in a row: none, then 30 s, doubling."""
    if failures < FREE_FAILURES:
        return 0
    return int(min(FIRST_WAIT_SECONDS << (failures - FREE_FAILURES), LONGEST_WAIT_SECONDS))


def _drained(bucket: Bucket, now: datetime) -> Bucket:
    """Forget a failure for every DRAIN that passed; what is left of a DRAIN is not lost."""
    forgotten = max(0, (now - bucket.since) // DRAIN)
    if forgotten >= bucket.failures:
        return Bucket(0, now)
    return Bucket(bucket.failures - forgotten, bucket.since + forgotten * DRAIN)
