"""Instants and days as our formats write them.

In documents   RFC 3339, UTC, to the second, one spelling only: 2026-11-24T08:00:00Z
In JWT claims  whole seconds since 1970-01-01T00:00:00Z
Days           2026-11-24
Years          of a number: of the wall clock in Asia/Shanghai, UTC+8 all year since 1992
Errors         ValueError, in both directions; each format turns it into its own error
"""

import re
from datetime import UTC, date, datetime, timedelta

LATEST_SECONDS = 253402300799
"""9999-12-31T23:59:59Z, the last instant that has this spelling."""

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def write(instant: datetime) -> str:
    """Return the instant as RFC 3339."""
    _require_whole(instant)
    return instant.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def read(text: str) -> datetime:
    """Return the instant of its one spelling."""
    if not _INSTANT.fullmatch(text):
        raise ValueError("not an instant")
    return datetime.fromisoformat(text)


def seconds(instant: datetime) -> int:
    """Return the instant as whole seconds."""
    _require_whole(instant)
    return int(instant.timestamp())


def from_seconds(value: int) -> datetime:
    """Return the instant, which lies in the years 1970 to 9999."""
    if not 0 <= value <= LATEST_SECONDS:
        raise ValueError("not an instant")
    return datetime.fromtimestamp(value, UTC)


def read_day(text: str) -> date:
    """Return the day of its one spelling."""
    if not _DAY.fullmatch(text):
        raise ValueError("not a day")
    return date.fromisoformat(text)


def shanghai_year(instant: datetime) -> int:
    """Return the year on the wall in Asia/Shanghai; 10000 in the last hours of 9999."""
    return instant.year + (instant >= datetime(instant.year, 12, 31, 16, tzinfo=UTC))


def _require_whole(instant: datetime) -> None:
    if instant.utcoffset() != timedelta(0) or instant.microsecond:
        raise ValueError("an instant is aware, in UTC and in whole seconds")
