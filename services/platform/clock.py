"""The only reader of the system's clock.

Instants are aware UTC in whole seconds everywhere in Kexin; a fraction of a second would have
no place in any of the formats. The calendar year of a log, a number or a roster is the year in
Asia/Shanghai, whatever the zone of the machine.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns now: aware UTC, whole seconds."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


def system() -> datetime:
    """Return the present instant, with the fraction of the second cut off."""
    return datetime.now(UTC).replace(microsecond=0)


def in_shanghai(instant: datetime) -> datetime:
    """Return the same instant as clocks in Asia/Shanghai show it."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone has no place in Shanghai's calendar")
    return instant.astimezone(SHANGHAI)


def year_of(instant: datetime) -> int:
    """Return the calendar year in Asia/Shanghai to which the instant belongs."""
    return in_shanghai(instant).year
