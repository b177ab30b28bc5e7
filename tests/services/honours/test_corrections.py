"""Corrections lie over the roster; the roster itself stays as it was sent."""

import pytest

from services.honours import corrections, dry_run, headings, sheet
from services.honours.cells import Book
from services.platform.errors import Invalid
from tests.services.honours import books
from tests.services.honours.rosters import PUPILS, RULES, texts

WRONG = [*PUPILS, ("李 明", "00125", "三好生")]


def book(rows: object = WRONG, **more: object) -> Book:
    return sheet.read(books.xlsx(rows, **more), "名单.xlsx")  # type: ignore[arg-type]


def test_without_corrections_nothing_is_touched() -> None:
    sent = book()
    assert corrections.apply(sent, {}) is sent


def test_a_corrected_cell_holds_exactly_the_text() -> None:
    sent = book()
    mended = corrections.apply(sent, {4: {"A": "李明", "C": "三好学生"}})
    assert texts(mended.sheets[0])[3] == ("李明", "00125", "三好学生")
    assert texts(sent.sheets[0])[3] == ("李 明", "00125", "三好生")
    assert dry_run.check(mended, RULES).is_clean


def test_a_number_that_lost_its_zeros_is_text_once_it_is_typed_anew() -> None:
    sent = book([*PUPILS, ("李明", 125, "三好学生")])
    report = dry_run.check(corrections.apply(sent, {4: {"B": "00125"}}), RULES)
    assert report.is_clean
    assert report.rows[-1].student_no == "00125"


def test_an_empty_text_empties_a_cell() -> None:
    mended = corrections.apply(book(), {4: {"A": ""}})
    assert "name_missing" in {each.code for each in dry_run.check(mended, RULES).problems}


def test_a_cell_beyond_the_row_s_end_can_be_filled() -> None:
    sent = book([(*PUPILS[0], "班级"), ("张伟", "00123", "三好学生")])
    mended = corrections.apply(sent, {2: {"D": "九(3)班"}})
    assert dry_run.check(mended, RULES).rows[0].class_name == "九(3)班"


def test_a_hidden_row_can_be_counted() -> None:
    sent = book(
        PUPILS, change=lambda page: page.row_dimensions.__getitem__(3).__setattr__("hidden", True)
    )
    assert not dry_run.check(sent, RULES).is_clean
    assert dry_run.check(corrections.apply(sent, {3: {corrections.ROW: "show"}}), RULES).is_clean


def test_other_sheets_stay_as_they_are() -> None:
    sent = book(WRONG, more={"说明": [("一", "二")]})
    mended = corrections.apply(sent, {4: {"A": "李明"}})
    assert mended.sheets[1] is sent.sheets[1]


def test_corrections_are_merged_cell_by_cell() -> None:
    layout = headings.choose(book())
    first = corrections.merge({}, {4: {"A": "李明"}}, layout)
    second = corrections.merge(first, {4: {"C": "三好学生"}, 2: {"A": "张韦"}}, layout)
    assert second == {4: {"A": "李明", "C": "三好学生"}, 2: {"A": "张韦"}}
    assert corrections.count(second) == 3


def test_a_cell_set_back_is_no_correction() -> None:
    layout = headings.choose(book())
    assert corrections.merge({4: {"A": "李明"}}, {4: {"A": "李 明"}}, layout) == {}


def test_a_number_typed_as_the_same_digits_is_a_correction() -> None:
    layout = headings.choose(book([*PUPILS, ("李明", 125, "三好学生")]))
    assert corrections.merge({}, {4: {"B": "125"}}, layout) == {4: {"B": "125"}}


@pytest.mark.parametrize(
    "cells",
    [{1: {"A": "x"}}, {99: {"A": "x"}}, {4: {"D": "x"}}, {4: {"AAAA": "x"}}, {4: {"A": "x" * 401}}],
)
def test_only_cells_of_pupils_can_be_corrected(cells: dict[int, dict[str, str]]) -> None:
    with pytest.raises(Invalid) as caught:
        corrections.merge({}, cells, headings.choose(book()))
    assert caught.value.code == "correction_place"


def test_too_many_corrections_belong_into_the_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "MOST_CELLS", 1)
    with pytest.raises(Invalid) as caught:
        corrections.merge({}, {4: {"A": "李明", "C": "三好学生"}}, headings.choose(book()))
    assert caught.value.code == "corrections_too_many"
