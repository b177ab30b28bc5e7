"""The workbook that comes back: marks where something is wrong, text and nothing else."""

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from services.honours import corrections, dry_run, marked_workbook, sheet
from services.honours.corrections import Corrections
from services.honours.dry_run import Accepted
from services.honours.roster import Problem
from tests.services.honours import books
from tests.services.honours.rosters import PUPILS, RULES

RED, BLUE = "FFF4B8B2", "FFCFE0FA"
TITLE = [("三好学生名单",), *PUPILS, ("李 明", "00125", "三好学生"), ("王五", "00126", "三好生")]


def say(problem: Problem) -> str:
    return f"说明：{problem.code}"


def marked(
    data: bytes,
    filename: str,
    mended: Corrections | None = None,
    accepted: Accepted | None = None,
) -> Any:
    sent = sheet.read(data, filename)
    book = corrections.apply(sent, mended or {})
    report = dry_run.check(book, RULES, accepted=accepted)
    made = marked_workbook.mark(data, sent, report, mended or {}, say=say, corrected="已更正")
    return openpyxl.load_workbook(BytesIO(made)).worksheets[0]


def test_bad_cells_are_red_and_say_why() -> None:
    page = marked(books.xlsx(TITLE), "名单.xlsx")
    assert page["A5"].fill.fgColor.rgb == RED
    assert page["A5"].comment.text == "说明：name_inner_space"
    assert page["C6"].comment.text == "说明：award_unknown"
    assert page["A3"].comment is None
    assert page["A5"].value == "李 明"


def test_the_rest_of_the_workbook_stays() -> None:
    def change(page: Any) -> None:
        page.column_dimensions["A"].width = 33
        page.merge_cells("A1:C1")

    page = marked(books.xlsx(TITLE, change=change), "名单.xlsx")
    assert page.column_dimensions["A"].width == 33
    assert page.title == "名单"


def test_corrections_stand_in_their_cells_as_text() -> None:
    page = marked(books.xlsx(TITLE), "名单.xlsx", {5: {"A": "李明", "B": "00999"}})
    assert (page["A5"].value, page["B5"].value) == ("李明", "00999")
    assert page["A5"].fill.fgColor.rgb == BLUE
    assert page["B5"].number_format == "@"
    assert page["B5"].data_type == "s"


def test_a_correction_that_is_wrong_is_red() -> None:
    page = marked(books.xlsx(TITLE), "名单.xlsx", {5: {"A": "=1+1"}})
    assert page["A5"].data_type == "s"
    assert page["A5"].value == "=1+1"
    assert page["A5"].fill.fgColor.rgb == RED


def test_rows_that_are_left_out_keep_their_marks() -> None:
    accepted = Accepted(exclusions={5: "转学", 6: "转学"})
    page = marked(books.xlsx(TITLE), "名单.xlsx", accepted=accepted)
    assert page["A5"].fill.fgColor.rgb == RED


def test_a_table_of_text_comes_back_as_a_workbook() -> None:
    rows = [[str(cell) for cell in row] for row in [*PUPILS, ("李 明", "00125", "@x")]]
    page = marked(books.csv(rows, encoding="gb18030"), "名单.csv", {3: {"A": "阿依古丽·吐尔逊"}})
    assert page["A4"].comment.text == "说明：name_inner_space"
    assert page["B2"].value == "00123"
    assert page["A3"].value == "阿依古丽·吐尔逊"
    assert page["C4"].data_type == "s"


def test_what_openpyxl_cannot_read_is_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("styles")

    data = books.xlsx(TITLE)
    with monkeypatch.context() as patch:
        patch.setattr(openpyxl, "load_workbook", broken)
        sent = sheet.read(data, "名单.xlsx")
        report = dry_run.check(sent, RULES)
        made = marked_workbook.mark(data, sent, report, {}, say=say, corrected="")
    page = openpyxl.load_workbook(BytesIO(made)).worksheets[0]
    assert page["A5"].comment.text == "说明：name_inner_space"
    assert page["A3"].value == "张伟"


def test_a_problem_of_a_merged_cell_is_marked_where_it_can_be_seen() -> None:
    page = marked(
        books.xlsx(
            [*PUPILS, ("李四", "00125", None, "三好学生")],
            change=lambda page: page.merge_cells("C3:C4"),
        ),
        "名单.xlsx",
        accepted=Accepted(columns=frozenset("D")),
    )
    assert page["C3"].comment.text == "说明：award_missing"
