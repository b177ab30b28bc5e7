from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.honours import headings, sheet
from services.honours.titles import FIELDS, NOT_NEEDED, Field, plain, recommended
from services.platform.errors import Invalid
from tests.services.honours import books
from tests.services.honours.rosters import HEADINGS, PUPILS, layout

Rows = list[tuple[Any, ...]]


def refused(rows: Rows, **more: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        layout(rows, **more)
    return caught.value


def fields(rows: Rows) -> dict[str, Field | None]:
    return {column.letter: column.field for column in layout(rows).columns}


def test_columns_may_stand_in_any_order() -> None:
    rows: Rows = [("奖项", "备注", "姓名", "学籍号"), ("三好学生", "", "张伟", "x")]

    assert fields(rows) == {
        "A": Field.AWARD,
        "B": None,
        "C": Field.NAME,
        "D": Field.XJH,
    }


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("XM", Field.NAME),
        ("xjh", Field.XJH),
        ("XSXJH", Field.XJH),
        ("SFZJH", Field.ID_NUMBER),
        ("SFZH", Field.ID_NUMBER),
        ("XH", Field.STUDENT_NO),
        ("NJ", Field.GRADE),
        ("BH", Field.CLASS),
        ("BJ", Field.CLASS),
        ("XXBSM", Field.SCHOOL_CODE),
        ("学校（机构）标识码", Field.SCHOOL_CODE),
        ("荣誉名称", Field.AWARD),
        ("名次", Field.RANK),
        ("等　次", Field.RANK),
        ("＊姓 名（必填）", Field.NAME),
        ("学籍\n号", Field.XJH),
        ("身份证号码：", Field.ID_NUMBER),
        ("[19位]学籍号", Field.XJH),
        ("ＸＪＨ", Field.XJH),
        ("student_no", Field.STUDENT_NO),
        ("科目", Field.SUBJECT),
        ("获奖日期", Field.AWARD_DATE),
    ],
)
def test_what_schools_call_a_column(title: str, field: Field) -> None:
    assert FIELDS[plain(title)] is field


def test_no_title_means_two_things() -> None:
    assert not set(FIELDS) & NOT_NEEDED
    assert all(plain(title) == title for title in [*FIELDS, *NOT_NEEDED])
    assert {recommended(field) for field in Field} <= set(FIELDS)


def test_titles_above_and_signatures_below_are_told_apart() -> None:
    rows: Rows = [
        ("中原市明德中学 2026 年三好学生名单",),
        (),
        ("填表日期：2026 年 6 月",),
        *PUPILS,
        (),
        ("合计", "2 人"),
        ("", "制表人：李老师", "审核：王校长"),
    ]

    found = layout(rows)

    assert found.title_rows == (1, 3)
    assert found.heading_rows == (4,)
    assert [row.number for row in found.body] == [5, 6]
    assert found.footer_rows == (8, 9)


def test_a_sum_between_pupils_is_not_a_footer() -> None:
    rows: Rows = [*PUPILS, ("小计", "2"), ("王芳", "3", "三好学生")]

    assert [row.number for row in layout(rows).body] == [2, 3, 4, 5]


def test_two_lines_with_groups_above() -> None:
    rows: Rows = [
        ("表彰名单",),
        ("序号", "学生信息", "", "", "获奖信息", "", "备注"),
        ("", "姓名", "学号", "班级", "奖项", "等次", ""),
        (1, "张伟", "01", "九(1)班", "三好学生", "", ""),
    ]

    found = layout(rows)

    assert found.heading_rows == (2, 3)
    assert fields(rows) == {
        "A": None,
        "B": Field.NAME,
        "C": Field.STUDENT_NO,
        "D": Field.CLASS,
        "E": Field.AWARD,
        "F": Field.RANK,
        "G": None,
    }
    assert [row.number for row in found.body] == [4]


def test_two_lines_that_only_make_sense_together() -> None:
    rows: Rows = [
        ("姓名", "学籍", "荣誉", "", "奖项"),
        ("", "号", "名称", "称号", "等级"),
        ("张伟", "x", "三好学生", "", "一等奖"),
    ]

    with pytest.raises(Invalid) as caught:
        layout(rows)

    assert caught.value.code == "headings_twice"  # 荣誉名称 and 荣誉称号
    assert fields([tuple(row[at] for at in (0, 1, 2, 4)) for row in rows]) == {
        "A": Field.NAME,
        "B": Field.XJH,
        "C": Field.AWARD,
        "D": Field.RANK,
    }


def test_headings_merged_over_two_lines_by_openpyxl() -> None:
    def merge(found: Worksheet) -> None:
        found.merge_cells("A1:A2")
        found.merge_cells("B1:C1")

    rows: Rows = [
        ("姓名", "获奖情况", "", "学号"),
        ("", "荣誉名称", "等次", ""),
        ("甲", "x", "", "1"),
    ]

    assert layout(rows, change=merge).heading_rows == (1, 2)


def test_a_pupil_is_never_taken_for_the_second_line() -> None:
    assert layout([*PUPILS]).heading_rows == (1,)


def test_unknown_and_untitled_columns_are_kept_apart_from_needless_ones() -> None:
    rows: Rows = [(*HEADINGS, "特长", "", "性别"), ("张伟", "1", "三好学生", "琴", "?", "男")]

    columns = layout(rows).columns[3:]

    assert [(c.letter, c.title, c.is_needless) for c in columns] == [
        ("D", "特长", False),
        ("E", "", False),
        ("F", "性别", True),
    ]


def test_cells_beyond_the_headings_make_a_column() -> None:
    assert [c.letter for c in layout([HEADINGS, ("张伟", "1", "x", "", "!")]).columns][-1] == "E"


def test_the_sheet_with_headings_is_used_and_the_others_are_named() -> None:
    found = layout([("说明",), ("请填写第二张表",)], more={"九年级": PUPILS, "统计": [("a", "b")]})

    assert found.sheet.name == "九年级"
    assert found.other_sheets == ("名单", "统计")


def test_a_hidden_sheet_is_not_used() -> None:
    def hide(found: Worksheet) -> None:
        assert found.parent is not None
        found.parent["旧"].sheet_state = "hidden"

    assert layout(PUPILS, more={"旧": PUPILS}, change=hide).sheet.name == "名单"


def test_two_rosters_in_a_file_are_refused() -> None:
    error = refused(PUPILS, more={"b": [("x",)], "c": PUPILS})

    assert (error.code, error.params) == ("sheets_ambiguous", {"sheets": "1、3"})


def test_formulas_are_refused_by_name_in_the_sheet_that_is_used_only() -> None:
    def compute(found: Worksheet) -> None:
        for row in range(2, 14):
            found[f"D{row}"] = "=1+1"

    error = refused(PUPILS, change=compute)

    assert error.code == "sheet_formulas"
    assert error.params == {"cells": "、".join(f"D{row}" for row in range(2, 12)), "count": 12}
    elsewhere = headings.choose(sheet.read(books.xlsx([("=1+1",)], more={"b": PUPILS}), "a.xlsx"))
    assert elsewhere.sheet.name == "b"


@pytest.mark.parametrize(
    ("rows", "code", "params"),
    [
        ([], "headings_not_found", {}),
        ([("a", "b"), ("c", "d")], "headings_not_found", {}),
        ([("姓名", "x"), ("张伟", "1")], "headings_not_found", {}),
        ([("姓名", "学号"), ("甲", "1")], "headings_missing", {"missing": "奖项", "row": 1}),
        ([("姓名", "奖项"), ("甲", "x")], "headings_missing", {"missing": "学籍号", "row": 1}),
        ([("奖项", "备注")], "headings_missing", {"missing": "姓名、学籍号", "row": 1}),
        (
            [("姓名", "XM", "学号", "奖项"), ("a",)],
            "headings_twice",
            {"field": "姓名", "columns": "A、B"},
        ),
        ([HEADINGS], "roster_no_rows", {}),
        ([HEADINGS, ("合计", 0)], "roster_no_rows", {}),
    ],
)
def test_headings_that_are_refused(rows: Rows, code: str, params: dict[str, Any]) -> None:
    error = refused(rows)

    assert (error.code, error.params) == (code, params)
