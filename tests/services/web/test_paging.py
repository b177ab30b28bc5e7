"""One page of a long list."""

import pytest

from services.web import paging

ROWS = list(range(65))


@pytest.mark.parametrize(
    ("wanted", "page", "rows"),
    [
        (1, 1, ROWS[:30]),
        (3, 3, ROWS[60:]),
        (4, 3, ROWS[60:]),
        (10**9, 3, ROWS[60:]),
        (0, 1, ROWS[:30]),
        (-7, 1, ROWS[:30]),
    ],
)
def test_a_page_outside_the_list_is_the_nearest_one(
    wanted: int, page: int, rows: list[int]
) -> None:
    found = paging.part_of(ROWS, wanted)
    assert (found.rows, found.page, found.pages, found.total) == (rows, page, 3, 65)


def test_an_empty_list_has_one_empty_page() -> None:
    nothing: list[int] = []
    found = paging.part_of(nothing, 5)
    assert (list(found.rows), found.page, found.pages, found.total) == ([], 1, 1, 0)


def test_rows_are_looked_up_once_where_the_page_exists() -> None:
    asked: list[tuple[int, int]] = []

    def look(*, offset: int, limit: int) -> tuple[int, list[int]]:
        asked.append((offset, limit))
        return 9, list(range(offset, min(9, offset + limit)))

    assert paging.look_at(2, look, size=4).rows == [4, 5, 6, 7]
    assert asked == [(4, 4)]
