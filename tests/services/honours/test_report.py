import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.honours import report
from services.honours.dry_run import Accepted, Report
from services.platform import texts
from tests.services.honours.rosters import PUPILS, check, id_number

HONOURS = Path(report.__file__).parent
ROSTER_FILES = [
    *("sheet", "cells", "workbook", "ooxml", "sheet_xml", "delimited"),
    *("headings", "letters", "rules", "roster", "duplicates", "dry_run"),
]
ID = id_number(1)


def ugly() -> Report:
    def hide(found: Worksheet) -> None:
        found.row_dimensions[3].hidden = True
        found.column_dimensions["D"].hidden = True

    rows: list[tuple[Any, ...]] = [
        ("名单",),
        ("姓名", "学籍号", "奖项", "性别", "特长"),
        ("赵云秘", "G" + ID, "三好学生", "男", ""),
        ("钱\u3000观秘", ID, "三好学生", "女", ""),
        ("孙秘秘", "", "三好学生", "女", ""),
        ("李好", "J" + ID, "三好学生", "女", ""),
        ("制表人：周",),
    ]
    accepted = Accepted(exclusions={5: "没有学籍号"})
    return check(rows, change=hide, more={"统计": []}, accepted=accepted)


def test_a_report_as_json() -> None:
    found = report.to_json(ugly())

    assert json.loads(json.dumps(found)) == found
    assert found["format"] == "kexin/roster-report/v1"
    assert found["clean"] is False
    assert found["counts"] == {"rows": 4, "ok": 1, "bad": 2, "excluded": 1, "problems": 4}
    assert found["heading_rows"] == [2]
    assert found["title_rows"] == [1]
    assert found["footer_rows"] == [7]
    assert found["hidden_rows"] == [3]
    assert found["hidden_columns"] == ["D"]
    assert found["other_sheets"] == ["统计"]
    assert found["columns"][1] == {"column": "B", "title": "学籍号", "field": "xjh"}
    assert found["ignored_columns"] == [{"column": "D", "title": "性别", "field": None}]
    assert [(p["row"], p["column"], p["code"]) for p in found["problems"]] == [
        (2, "E", "column_unknown"),
        (3, "", "row_hidden"),
        (4, "A", "text_space"),
        (4, "B", "student_register_length"),
    ]
    last = found["problems"][-1]
    assert last["reason"]["zh"] == "学籍号应为 19 位，现为 18 位。"
    assert last["remedy"]["en"].startswith("It consists of G, J or L")
    assert found["excluded"][0]["reason"] == "没有学籍号"


def test_neither_form_shows_a_person() -> None:
    shown = json.dumps(report.to_json(ugly()), ensure_ascii=False) + report.table(ugly())

    assert "秘" not in shown
    assert ID[4:14] not in shown


def test_a_report_as_a_table() -> None:
    lines = report.table(ugly()).splitlines()

    assert lines[0] == "共 4 行：可颁发 1，有问题 2（共 4 处），已剔除 1。"
    assert "隐藏的行：3" in lines
    assert "剔除的行：5 (没有学籍号)" in lines
    head = next(at for at, line in enumerate(lines) if line.startswith("行 "))
    assert len(lines) == head + 5
    assert lines[head + 4].startswith("4   B   学籍号")


def test_a_clean_table_is_one_line_in_each_language() -> None:
    assert report.table(check(PUPILS), texts.EN) == (
        "2 rows: 2 ready, 0 with problems (0 in all), 0 excluded.\n"
    )


def raised() -> set[str]:
    source = "\n".join((HONOURS / f"{name}.py").read_text("utf-8") for name in ROSTER_FILES)
    pattern = r'"((?:sheets?|csv|headings|roster|column|text|name|cell|date|exclusion)_[a-z_0-9]+)"'
    by_prefix = set(re.findall(pattern, source))
    by_class = set(re.findall(r'(?:Flaw|Invalid)\(\s*"([a-z_0-9]+)"', source))
    return by_prefix | by_class


@pytest.mark.parametrize("code", sorted(raised()))
def test_every_code_has_a_reason_and_a_remedy(code: str) -> None:
    assert texts.has("honours", f"{code}.reason")
    assert texts.has("honours", f"{code}.remedy")


@pytest.mark.parametrize("kind", ["id_number", "student_register", "school_code"])
@pytest.mark.parametrize("reason", ["length", "characters", "province"])
def test_every_standard_has_its_texts(kind: str, reason: str) -> None:
    assert texts.has("honours", f"{kind}_{reason}.reason")
