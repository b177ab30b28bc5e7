"""Instants as the ledger writes them: RFC 3339, UTC, to the second, `2026-11-24T08:00:00Z`.

In        aware datetimes in UTC without a fraction of a second
Out       exactly 20 characters; reading takes nothing else, so that one instant has one text
Year      of a log: the calendar year in Asia/Shanghai, which has been UTC+8 all year since 1992
Errors    ValueError, from both directions; callers turn it into an error of their own format
"""

import re
from datetime import UTC, datetime, timedelta

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")


def to_text(time: datetime) -> str:
    """Return the one text of an instant; ValueError unless aware, UTC and whole seconds."""
    if time.utcoffset() != timedelta(0) or time.microsecond:
        raise ValueError("an instant is aware, in UTC and in whole seconds")
    return time.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """Return the instant of a text; ValueError unless it is the text to_text would write."""
    if not _FORM.fullmatch(text):
        raise ValueError("an instant is written as YYYY-MM-DDTHH:MM:SSZ")
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)


def log_year(time: datetime) -> int:
    """Return the year of the log to which an entry of this time belongs; at most 10000."""
    return time.year + (time >= datetime(time.year, 12, 31, 16, tzinfo=UTC))
