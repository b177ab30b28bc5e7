from datetime import date
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from services.honours.roster import PersonKey, Problem, RosterRow, read_row
from services.honours.titles import Field
from tests.services.honours.rosters import HEADINGS, RULES, id_number, layout

ID = id_number(1)


def read(*rows: tuple[Any, ...], **more: Any) -> tuple[RosterRow | None, list[Problem]]:
    found = layout(rows, **more)
    return read_row(found.body[0], found, RULES)


def codes(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.column, problem.code) for problem in problems]


def test_a_whole_pupil() -> None:
    pupil, problems = read(
        ("年级", "班级", "XM", "XSXJH", "SFZJH", "XH", "奖项", "等次", "科目", "获奖日期"),
        (
            "九年级",
            "九(1)班",
            "张伟",
            "G" + ID,
            ID,
            "007",
            "三好学生",
            "一等奖",
            "数学",
            "2026-06-01",
        ),
    )

    assert not problems
    assert pupil == RosterRow(
        row=2,
        name="张伟",
        award="三好学生",
        award_date=date(2026, 6, 1),
        xjh="G" + ID,
        id_number=ID,
        student_no="007",
        rank="一等奖",
        class_name="九(1)班",
        grade="九年级",
        subject="数学",
    )
    assert pupil.person == PersonKey(Field.XJH, "G" + ID)


def test_the_least_that_is_needed() -> None:
    pupil, problems = read(HEADINGS, ("张伟", "007", "三好学生"))

    assert not problems
    assert pupil is not None
    assert pupil.award_date == RULES.award_date
    assert pupil.identities == (PersonKey(Field.STUDENT_NO, "007"),)


def test_a_g_number_says_the_id_number_as_well() -> None:
    title = ("姓名", "学籍号", "奖项")
    formal, _ = read(title, ("张伟", "G" + ID, "三好学生"))
    without_id, _ = read(title, ("张伟", "J" + ID, "三好学生"))

    assert formal is not None
    assert without_id is not None
    assert [key.kind for key in formal.identities] == [Field.XJH, Field.ID_NUMBER]
    assert formal.identities[1].value == ID
    assert [key.kind for key in without_id.identities] == [Field.XJH]


def test_no_representation_shows_a_person() -> None:
    pupil, _ = read(("姓名", "学籍号", "奖项"), ("张伟", "G" + ID, "三好学生"))

    assert pupil is not None
    shown = repr((pupil, pupil.person))
    assert "张伟" not in shown
    assert ID[:6] not in shown


def test_every_bad_cell_of_a_row_is_reported_once() -> None:
    pupil, problems = read(("姓名", "学籍号", "奖项", "等次"), ("张 伟", ID, "三好生", "第一名"))

    assert pupil is None
    assert codes(problems) == [
        ("A", "name_inner_space"),
        ("B", "student_register_length"),
        ("C", "award_unknown"),
        ("D", "rank_unknown"),
    ]
    assert problems[0].value == "张**"
    assert problems[1].value == ID[:2] + "*" * 14 + ID[-2:]
    assert problems[1].params == {"length": 18}
    assert problems[1].title == "学籍号"


def test_what_is_missing() -> None:
    _, problems = read(("姓名", "学号", "奖项", "备注"), ("", "", "", "x"))

    assert codes(problems) == [
        ("A", "name_missing"),
        ("C", "award_missing"),
        ("", "identifier_missing"),
    ]
    assert problems[2].title == "学籍号"


def test_a_wrong_identifier_is_not_missing_as_well() -> None:
    _, problems = read(HEADINGS, ("张伟", "1 2", "三好学生"))

    assert codes(problems) == [("B", "student_no_characters")]


def test_two_identifiers_of_two_people() -> None:
    _, problems = read(
        ("姓名", "学籍号", "身份证号", "奖项"), ("张伟", "G" + ID, id_number(2), "三好学生")
    )

    assert codes(problems) == [("B", "identifiers_disagree")]


def test_another_document_is_not_checked_as_an_id_number() -> None:
    title = ("姓名", "身份证件类型", "身份证件号", "学号", "奖项")

    _, passport = read(title, ("Ann Lee", "护照", ID, "1", "三好学生"))
    card, none = read(title, ("张伟", "居民身份证", ID, "", "三好学生"))
    number, _ = read(title, ("Ann Lee", "护照", "", "1", "三好学生"))

    assert codes(passport) == [("B", "document_type_other")]
    assert not none
    assert card is not None
    assert number is not None


def test_a_hidden_row_is_a_problem_of_the_row() -> None:
    def hide(found: Worksheet) -> None:
        found.row_dimensions[2].hidden = True

    pupil, problems = read(HEADINGS, ("张伟", "007", "三好学生"), change=hide)

    assert pupil is None
    assert codes(problems) == [("", "row_hidden")]
