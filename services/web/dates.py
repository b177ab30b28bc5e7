"""Days, instants and counts as people read them, in Chinese and English.

Clocks       of Asia/Shanghai
day          2026年6月12日 · 12 June 2026
moment       2026年6月18日 14:38 · 18 June 2026, 14:38; of this year without the year
count        12,345 in both languages; a year or a number of a certificate is no count
A text that is no day is shown as it is: it is a label by then, and not a fact.
"""

from collections.abc import Mapping
from datetime import date, datetime

from identity import instants
from services.platform import clock, texts

COUNTS = frozenset({"count", "rows", "total", "done"})
"""Names of facts that are counts."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(text: str, lang: str) -> str:
    """Return a day that is written 2026-06-12."""
    try:
        return _day(instants.read_day(text), lang, year=True)
    except ValueError:
        return text


def moment(instant: datetime, lang: str, now: datetime) -> str:
    """Return an instant as clocks on the wall show it."""
    local, today = clock.in_shanghai(instant), clock.in_shanghai(now)
    shown = _day(local.date(), lang, year=local.year != today.year)
    joint = ", " if lang == texts.EN else " "
    return f"{shown}{joint}{local:%H:%M}"


def count(number: int) -> str:
    """Return how many, in groups of three digits (GB/T 15835-2011 lets the comma stand)."""
    return f"{number:,}"


def counts(params: Mapping[str, object]) -> dict[str, object]:
    """Return the facts of a text with its counts written out."""
    return {
        name: count(fact) if name in COUNTS and isinstance(fact, int) else fact
        for name, fact in params.items()
    }


def _day(on: date, lang: str, *, year: bool) -> str:
    if lang == texts.EN:
        return f"{on.day} {_MONTHS[on.month - 1]}" + (f" {on.year}" if year else "")
    return (f"{on.year}年" if year else "") + f"{on.month}月{on.day}日"
