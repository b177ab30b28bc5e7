"""What each cell of a roster must be: the standards, the programme and common sense.

Codes       学籍号, ID number, 学号 and school code are text: a spreadsheet that made a number
            of one has dropped zeros or the digits after the 15th; nobody can put them back
Dates       2026-06-01, 2026/6/1, 2026.6.1, 2026年6月1日, 20260601 or a date cell; real, not in
            the future, not before FIRST_DATE
Errors      Flaw, with the code of the text that explains it
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from identity import codes
from identity.errors import InvalidCode
from services.honours.cells import Cell, Kind
from services.honours.letters import Flaw, check_name, check_text, code_point
from services.honours.titles import IDENTIFIERS, Field

FIRST_DATE = date(2000, 1, 1)
AWARD_LENGTH = 120
TEXT_LENGTH = 40
STUDENT_NO_LENGTH = 32

_CODES = (*IDENTIFIERS, Field.SCHOOL_CODE)
_PRINTED = (Field.NAME, Field.AWARD, Field.CLASS, Field.GRADE, Field.SUBJECT)
_SCIENTIFIC = re.compile(r"[0-9]+([.][0-9]+)?[eE][+]?[0-9]+")
_STUDENT_NO = re.compile(r"[0-9A-Za-z][0-9A-Za-z_/-]*")
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        "([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})",
        "([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})",
        "([0-9]{4})[.]([0-9]{1,2})[.]([0-9]{1,2})",
        "([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日",
        "([0-9]{4})([0-9]{2})([0-9]{2})",
    )
)


def nothing_missing(text: str) -> str:
    """Stand for fonts that have every character."""
    del text
    return ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the programme and the institution demand. Empty tuples demand nothing."""

    today: date
    award_date: date
    """For rows that give none."""
    awards: tuple[str, ...] = ()
    ranks: tuple[str, ...] = ()
    school_codes: tuple[str, ...] = ()
    missing_glyphs: Callable[[str], str] = nothing_missing
    """Which characters of a text no font of the paper has."""


def value(cell: Cell, wanted: Field, rules: Rules) -> str | None:
    """Return what a cell says, checked; None if it is empty."""
    text = _text(cell, wanted)
    if text is None:
        return None
    found = _CHECKS[wanted](text, rules)
    missing = "" if text.isascii() or wanted not in _PRINTED else rules.missing_glyphs(found)
    if missing:
        points = " ".join(code_point(symbol) for symbol in missing[:5])
        raise Flaw("glyph_missing", code_points=points)
    return found


def _text(cell: Cell, wanted: Field) -> str | None:
    """Return the text of a cell, None for an empty one; Flaw for a type that lost something."""
    if cell.kind is Kind.ERROR:
        raise Flaw("cell_error")
    if not cell.text.strip():
        return None
    number = cell.kind is Kind.NUMBER or _SCIENTIFIC.fullmatch(cell.text) is not None
    if wanted in _CODES and (number or cell.kind in (Kind.DATE, Kind.FLAG)):
        raise Flaw("id_as_number")
    if cell.kind is Kind.FLAG:
        raise Flaw("cell_flag")
    if cell.kind is Kind.DATE and wanted is not Field.AWARD_DATE:
        raise Flaw("cell_date")
    if cell.kind is Kind.NUMBER and not cell.text.isdecimal():
        raise Flaw("cell_number")
    return cell.text


def _name(text: str, _: Rules) -> str:
    check_name(text)
    return text


def _plain(text: str, _: Rules) -> str:
    check_text(text, limit=TEXT_LENGTH)
    return text


def _award(text: str, rules: Rules) -> str:
    check_text(text, limit=AWARD_LENGTH)
    if rules.awards and text not in rules.awards:
        raise Flaw("award_unknown", allowed="、".join(rules.awards))
    return text


def _rank(text: str, rules: Rules) -> str:
    check_text(text, limit=TEXT_LENGTH)
    if rules.ranks and text not in rules.ranks:
        raise Flaw("rank_unknown", allowed="、".join(rules.ranks))
    return text


def _student_no(text: str, _: Rules) -> str:
    check_text(text, limit=STUDENT_NO_LENGTH)
    if _STUDENT_NO.fullmatch(text) is None:
        raise Flaw("student_no_characters")
    return text


def _school_code(text: str, rules: Rules) -> str:
    code = _coded(text, codes.validate_school_code)
    if rules.school_codes and code not in rules.school_codes:
        raise Flaw("school_code_other", allowed="、".join(rules.school_codes))
    return code


def _award_date(text: str, rules: Rules) -> str:
    check_text(text, limit=TEXT_LENGTH)
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    if found is None:
        raise Flaw("date_invalid")
    try:
        on = date(*(int(part) for part in found.groups()))
    except ValueError:
        raise Flaw("date_invalid") from None
    if on > rules.today:
        raise Flaw("date_future", today=rules.today.isoformat())
    if on < FIRST_DATE:
        raise Flaw("date_too_early", first=FIRST_DATE.isoformat())
    return on.isoformat()


def _coded(text: str, validate: Callable[[str], str]) -> str:
    check_text(text, limit=TEXT_LENGTH)
    try:
        return validate(text)
    except InvalidCode as error:
        kind = error.code.removesuffix("_invalid")
        raise Flaw(f"{kind}_{error.params['reason']}", length=len(text)) from None


_CHECKS: Mapping[Field, Callable[[str, Rules], str]] = {
    Field.NAME: _name,
    Field.AWARD: _award,
    Field.XJH: lambda text, rules: _coded(
        text, lambda code: codes.validate_student_register(code, today=rules.today)
    ),
    Field.ID_NUMBER: lambda text, rules: _coded(
        text, lambda code: codes.validate_id_number(code, today=rules.today)
    ),
    Field.STUDENT_NO: _student_no,
    Field.RANK: _rank,
    Field.CLASS: _plain,
    Field.GRADE: _plain,
    Field.SUBJECT: _plain,
    Field.AWARD_DATE: _award_date,
    Field.SCHOOL_CODE: _school_code,
    Field.DOCUMENT_TYPE: _plain,
}
