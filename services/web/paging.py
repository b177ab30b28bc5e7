"""One page of a long list: which part is asked for, and how many parts there are.

A page before the first is the first, one after the last is the last: an address that somebody
kept while the list became shorter still shows something.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE = 30

Row = TypeVar("Row")
Look = Callable[..., tuple[int, Sequence[Row]]]
"""Called with `offset` and `limit`; returns how many rows there are, and those of the page."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, and where it stands among all; pages are counted from 1."""

    rows: Sequence[Row]
    total: int
    page: int
    pages: int


def look_at(page: int, look: Look[Row], *, size: int = PAGE) -> Page[Row]:
    """Return a page of `size` rows."""
    page = max(page, 1)
    total, rows = look(offset=(page - 1) * size, limit=size)
    pages = max(1, -(-total // size))
    if page > pages:
        page = pages
        total, rows = look(offset=(page - 1) * size, limit=size)
    return Page(rows, total, page, pages)


def part_of(rows: Sequence[Row], page: int, *, size: int = PAGE) -> Page[Row]:
    """Return a page of a list that is all in memory."""

    def look(*, offset: int, limit: int) -> tuple[int, Sequence[Row]]:
        return len(rows), rows[offset : offset + limit]

    return look_at(page, look, size=size)
