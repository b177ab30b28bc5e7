"""A small roster, and short ways to read it, to check it and to be refused."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pytest

from identity.check_characters import mod_11_2
from services.honours import dry_run, headings, sheet
from services.honours.cells import Sheet
from services.honours.dry_run import Accepted, Known, Report, nothing_known
from services.honours.headings import Layout
from services.honours.rules import Rules
from services.platform.errors import Invalid
from tests.services.honours import books

HEADINGS = ("姓名", "学号", "奖项")
PUPILS = [HEADINGS, ("张伟", "00123", "三好学生"), ("阿依古丽·买买提", "00124", "三好学生")]
TODAY = date(2026, 11, 24)
RULES = Rules(
    today=TODAY,
    award_date=date(2026, 11, 20),
    awards=("三好学生", "优秀学生干部"),
    ranks=("一等奖", "二等奖"),
    school_codes=("3141000001",),
)


def id_number(sequence: int, *, born: str = "20120304") -> str:
    """Return a valid ID number of a place that does not exist."""
    body = f"419900{born}{sequence:03d}"
    return body + mod_11_2(body)


def texts(found: Sheet) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in found.rows]


def only(data: bytes, filename: str) -> Sheet:
    (found,) = sheet.read(data, filename).sheets
    return found


def refused(data: bytes, filename: str = "名单.xlsx") -> Invalid:
    with pytest.raises(Invalid) as caught:
        sheet.read(data, filename)
    return caught.value


def layout(rows: Iterable[Sequence[Any]], **more: Any) -> Layout:
    return headings.choose(sheet.read(books.xlsx(rows, **more), "名单.xlsx"))


def check(
    rows: Iterable[Sequence[Any]],
    *,
    rules: Rules = RULES,
    known: Known = nothing_known,
    accepted: Accepted | None = None,
    **more: Any,
) -> Report:
    book = sheet.read(books.xlsx(rows, **more), "名单.xlsx")
    return dry_run.check(book, rules, known=known, accepted=accepted)


def codes(report: Report) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.code) for problem in report.problems]
