from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.honours import dry_run, sheet
from services.honours.dry_run import Accepted
from services.honours.roster import RosterRow
from services.platform.errors import Invalid
from tests.services.honours import books
from tests.services.honours.rosters import HEADINGS, PUPILS, RULES, check, codes, id_number

FULL = ("姓名", "学籍号", "身份证号", "学号", "奖项")
A, B = id_number(1), id_number(2)

Rows = list[tuple[Any, ...]]


def left_out(*rows: int) -> Accepted:
    return Accepted(exclusions=dict.fromkeys(rows, "已转学"))


def test_a_clean_roster() -> None:
    report = check(PUPILS)

    assert report.is_clean
    assert [row.student_no for row in report.rows] == ["00123", "00124"]
    assert not report.problems
    assert report.bad_rows == 0


def test_a_text_file_is_checked_alike() -> None:
    book = sheet.read(books.csv(PUPILS, encoding="gb18030"), "a.csv")

    report = dry_run.check(book, RULES)

    assert report.is_clean
    assert report.encoding == "gb18030"


def test_an_identifier_column_of_numbers_is_an_error_on_every_row() -> None:
    rows: Rows = [HEADINGS, *(("张伟", number, "三好学生") for number in range(100, 130))]

    report = check(rows)

    assert codes(report) == [(row, "B", "id_as_number") for row in range(2, 32)]
    assert not report.rows


def test_two_pupils_of_one_name_are_two_pupils() -> None:
    assert check([HEADINGS, ("张伟", "1", "三好学生"), ("张伟", "2", "三好学生")]).is_clean


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [
        (("张伟", "G" + A, "", "", "三好学生"), ("张伟", "G" + A, "", "", "三好学生"), "B"),
        (("张伟", "G" + A, "", "", "三好学生"), ("张伟", "", A, "", "三好学生"), "C"),
        (("张伟", "J" + A, "", "7", "三好学生"), ("张伟", "", B, "7", "三好学生"), "D"),
    ],
)
def test_two_rows_for_one_pupil_by_any_identifier(
    first: tuple[Any, ...], second: tuple[Any, ...], column: str
) -> None:
    report = check([FULL, first, ("王芳", "", "", "9", "三好学生"), second])

    assert codes(report) == [
        (2, column, "duplicate_in_file"),
        (4, column, "duplicate_in_file"),
    ]
    assert [problem.params for problem in report.problems] == [{"other_row": 4}, {"other_row": 2}]


def test_a_duplicate_by_the_id_number_inside_a_g_number_without_a_column_of_its_own() -> None:
    rows: Rows = [
        ("姓名", "学籍号", "奖项"),
        ("张伟", "G" + A, "三好学生"),
        ("张伟", "G" + A, "三好学生"),
    ]

    assert codes(check(rows)) == [
        (2, "B", "duplicate_in_file"),
        (3, "B", "duplicate_in_file"),
    ]


def test_one_pupil_may_have_two_awards() -> None:
    rows: Rows = [HEADINGS, ("张伟", "1", "三好学生"), ("张伟", "1", "优秀学生干部")]

    assert check(rows).is_clean


@pytest.mark.parametrize(
    "second",
    [
        ("张玮", "G" + A, "", "1", "优秀学生干部"),
        ("张伟", "G" + A, "", "2", "优秀学生干部"),
        ("张伟", "G" + B, "", "1", "三好学生"),
    ],
)
def test_a_shared_identifier_with_another_name_or_number(second: tuple[Any, ...]) -> None:
    report = check([FULL, ("张伟", "G" + A, "", "1", "三好学生"), second])

    assert [(row, code) for row, _, code in codes(report)] == [
        (2, "identity_conflict"),
        (3, "identity_conflict"),
    ]


def test_many_rows_with_one_number_take_no_quadratic_time() -> None:
    rows: Rows = [HEADINGS, *(("张伟", "1", "三好学生") for _ in range(3_000))]

    assert check(rows).bad_rows == 3_000


def test_duplicates_against_what_was_issued_before() -> None:
    asked: list[int] = []

    def known(rows: Sequence[RosterRow]) -> Mapping[int, str]:
        asked.extend(row.row for row in rows)
        return {row.row: "34410000012026H000123W" for row in rows if row.student_no == "00124"}

    rows: Rows = [*PUPILS, ("", "5", "三好学生")]

    report = check(rows, known=known)

    assert asked == [2, 3]
    assert codes(report) == [(3, "A", "duplicate_in_database"), (4, "A", "name_missing")]
    assert report.problems[0].params == {"number": "34410000012026H000123W"}
    assert report.problems[0].value == "阿*******"


def test_unknown_columns_are_ignored_only_when_accepted_by_name() -> None:
    rows: Rows = [(*HEADINGS, "特长", "", "性别"), ("张伟", "1", "三好学生", "琴", "?", "男")]

    report = check(rows)
    accepted = check(rows, accepted=Accepted(columns=frozenset({"特长", "E"})))

    assert codes(report) == [(1, "D", "column_unknown"), (1, "E", "column_untitled")]
    assert [column.letter for column in report.ignored] == ["F"]
    assert report.bad_rows == 0
    assert not report.is_clean
    assert accepted.is_clean
    assert [column.letter for column in accepted.ignored] == ["D", "E", "F"]


def test_a_row_with_a_problem_may_be_left_out_by_name() -> None:
    rows: Rows = [*PUPILS, ("张 三", "5", "三好学生")]

    report = check(rows, accepted=left_out(4))

    assert report.is_clean
    assert [row.row for row in report.rows] == [2, 3]
    (excluded,) = report.excluded
    assert (excluded.row, excluded.reason) == (4, "已转学")
    assert [problem.code for problem in excluded.problems] == ["name_inner_space"]


def test_a_hidden_row_may_be_left_out() -> None:
    def hide(found: Worksheet) -> None:
        found.row_dimensions[3].hidden = True

    assert codes(check(PUPILS, change=hide)) == [(3, "", "row_hidden")]
    assert check(PUPILS, change=hide, accepted=left_out(3)).is_clean


@pytest.mark.parametrize("row", [2, 3])
def test_either_of_two_duplicates_may_be_left_out(row: int) -> None:
    rows: Rows = [HEADINGS, ("张伟", "1", "三好学生"), ("张伟", "1", "三好学生")]

    report = check(rows, accepted=left_out(row))

    assert report.is_clean
    assert [pupil.row for pupil in report.rows] == [5 - row]


def test_nothing_is_left_when_all_are_left_out() -> None:
    rows: Rows = [HEADINGS, ("张伟", "1", "三好学生"), ("张伟", "1", "三好学生")]

    report = check(rows, accepted=left_out(2, 3))

    assert not report.is_clean
    assert codes(report) == [(2, "", "roster_nothing_left")]


@pytest.mark.parametrize(
    ("row", "reason", "code"),
    [
        (1, "x", "exclusion_unknown_row"),
        (9, "x", "exclusion_unknown_row"),
        (2, "x", "exclusion_clean_row"),
        (4, "", "exclusion_reason"),
        (4, "x" * 201, "exclusion_reason"),
        (4, "a\nb", "exclusion_reason"),
    ],
)
def test_exclusions_that_are_refused(row: int, reason: str, code: str) -> None:
    rows: Rows = [*PUPILS, ("", "5", "三好学生")]

    with pytest.raises(Invalid) as caught:
        check(rows, accepted=Accepted(exclusions={row: reason}))

    assert (caught.value.code, caught.value.params["row"]) == (code, row)
