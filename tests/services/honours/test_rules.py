from dataclasses import replace

import pytest

from services.honours.cells import BLANK, Cell, Kind
from services.honours.letters import Flaw
from services.honours.rules import value
from services.honours.titles import Field
from tests.services.honours.rosters import RULES, id_number


def text(content: str) -> Cell:
    return Cell(content, Kind.TEXT)


def flaw(cell: Cell, field: Field) -> str:
    with pytest.raises(Flaw) as caught:
        value(cell, field, RULES)
    return caught.value.code


@pytest.mark.parametrize(
    ("field", "content", "expected"),
    [
        (Field.NAME, "阿依古丽·买买提", "阿依古丽·买买提"),
        (Field.STUDENT_NO, "00123", "00123"),
        (Field.STUDENT_NO, "2026-09/A_1", "2026-09/A_1"),
        (Field.ID_NUMBER, id_number(2).replace("X", "x"), id_number(2)),
        (Field.XJH, "G" + id_number(1), "G" + id_number(1)),
        (Field.XJH, "J" + id_number(1), "J" + id_number(1)),
        (Field.XJH, "L419900201203040001", "L419900201203040001"),
        (Field.AWARD, "三好学生", "三好学生"),
        (Field.RANK, "一等奖", "一等奖"),
        (Field.CLASS, "九(3)班", "九(3)班"),
        (Field.SCHOOL_CODE, "3141000001", "3141000001"),
        (Field.AWARD_DATE, "2026-06-01", "2026-06-01"),
        (Field.AWARD_DATE, "2026/6/1", "2026-06-01"),
        (Field.AWARD_DATE, "2026.6.1", "2026-06-01"),
        (Field.AWARD_DATE, "2026年6月1日", "2026-06-01"),
        (Field.AWARD_DATE, "20260601", "2026-06-01"),
        (Field.AWARD_DATE, "2026-11-24", "2026-11-24"),
    ],
)
def test_good_cells(field: Field, content: str, expected: str) -> None:
    assert value(text(content), field, RULES) == expected


@pytest.mark.parametrize("field", Field)
def test_an_empty_cell_says_nothing(field: Field) -> None:
    assert value(BLANK, field, RULES) is None
    assert value(text("  "), field, RULES) is None


@pytest.mark.parametrize(
    ("field", "content", "code"),
    [
        (Field.NAME, "张" * 200, "text_too_long"),
        (Field.NAME, "<script>alert(1)</script>", "text_markup"),
        (Field.STUDENT_NO, "１２３", "student_no_characters"),
        (Field.STUDENT_NO, "-12", "text_formula"),
        (Field.STUDENT_NO, "1" * 33, "text_too_long"),
        (Field.STUDENT_NO, "'0012", "student_no_characters"),
        (Field.STUDENT_NO, "2.02612E+11", "id_as_number"),
        (Field.ID_NUMBER, "4.19900201203041E+17", "id_as_number"),
        (Field.ID_NUMBER, "41990020120304", "id_number_length"),
        (Field.ID_NUMBER, " " + id_number(1), "text_space"),
        (Field.ID_NUMBER, id_number(1)[:17] + "A", "id_number_characters"),
        (Field.ID_NUMBER, "99" + id_number(1)[2:], "id_number_province"),
        (Field.ID_NUMBER, "419900201202300016", "id_number_birth_date"),
        (Field.ID_NUMBER, id_number(1, born="20270101"), "id_number_future"),
        (Field.ID_NUMBER, id_number(1)[:16] + "9" + id_number(1)[17], "id_number_check_character"),
        (Field.XJH, "A" + id_number(1), "student_register_category"),
        (Field.XJH, id_number(1), "student_register_length"),
        (Field.XJH, "L41990020120304000X", "student_register_characters"),
        (Field.AWARD, "三好学生 ", "text_space"),
        (Field.AWARD, "三好生", "award_unknown"),
        (Field.RANK, "第一名", "rank_unknown"),
        (Field.SCHOOL_CODE, "31410000", "school_code_length"),
        (Field.SCHOOL_CODE, "314100000X", "school_code_characters"),
        (Field.SCHOOL_CODE, "9941000001", "school_code_category"),
        (Field.SCHOOL_CODE, "3199000001", "school_code_province"),
        (Field.SCHOOL_CODE, "3141000002", "school_code_other"),
        (Field.AWARD_DATE, "2026-02-30", "date_invalid"),
        (Field.AWARD_DATE, "26.6.1", "date_invalid"),
        (Field.AWARD_DATE, "六月一日", "date_invalid"),
        (Field.AWARD_DATE, "2026-6.1", "date_invalid"),
        (Field.AWARD_DATE, "2026-11-25", "date_future"),
        (Field.AWARD_DATE, "1999-12-31", "date_too_early"),
        (Field.CLASS, "=1", "text_formula"),
    ],
)
def test_bad_cells(field: Field, content: str, code: str) -> None:
    assert flaw(text(content), field) == code


@pytest.mark.parametrize("field", [Field.XJH, Field.ID_NUMBER, Field.STUDENT_NO, Field.SCHOOL_CODE])
@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.DATE, Kind.FLAG])
def test_a_code_that_is_not_text_is_never_repaired(field: Field, kind: Kind) -> None:
    assert flaw(Cell("3141000001", kind), field) == "id_as_number"


@pytest.mark.parametrize(
    ("cell", "field", "code"),
    [
        (Cell("#ERROR!", Kind.ERROR), Field.NAME, "cell_error"),
        (Cell("TRUE", Kind.FLAG), Field.NAME, "cell_flag"),
        (Cell("2026-09-03", Kind.DATE), Field.CLASS, "cell_date"),
        (Cell("9.1", Kind.NUMBER), Field.CLASS, "cell_number"),
        (Cell("2026-06-01 08:00:00", Kind.DATE), Field.AWARD_DATE, "date_invalid"),
        (Cell("46174", Kind.NUMBER), Field.AWARD_DATE, "date_invalid"),
    ],
)
def test_cells_that_the_spreadsheet_program_changed(cell: Cell, field: Field, code: str) -> None:
    assert flaw(cell, field) == code


def test_numbers_where_nothing_can_be_lost() -> None:
    assert value(Cell("9", Kind.NUMBER), Field.CLASS, RULES) == "9"
    assert value(Cell("20260601", Kind.NUMBER), Field.AWARD_DATE, RULES) == "2026-06-01"
    assert value(Cell("2026-06-01", Kind.DATE), Field.AWARD_DATE, RULES) == "2026-06-01"


def test_a_programme_without_lists_takes_any_award_and_rank() -> None:
    free = replace(RULES, awards=(), ranks=(), school_codes=())

    assert value(text("三好生"), Field.AWARD, free) == "三好生"
    assert value(text("第一名"), Field.RANK, free) == "第一名"
    assert value(text("2141000009"), Field.SCHOOL_CODE, free) == "2141000009"


@pytest.mark.parametrize("field", [Field.NAME, Field.AWARD, Field.CLASS, Field.SUBJECT])
def test_a_character_that_cannot_be_printed_is_named(field: Field) -> None:
    rules = replace(RULES, awards=(), missing_glyphs=lambda text: "".join(set(text) & {"𰻝"}))

    with pytest.raises(Flaw) as caught:
        value(text("王𰻝"), field, rules)
    assert (caught.value.code, caught.value.params) == ("glyph_missing", {"code_points": "U+30EDD"})
    assert value(text("王明"), field, rules) == "王明"
