"""The roster as a workbook whose bad cells are marked, to be mended where it came from.

Problem      the cell is filled red and has a comment: what is wrong, and what to do
Correction   what was corrected in the page stands in its cell, as text, filled blue
Anew         a workbook that openpyxl cannot read is written anew, its cells as text
.csv, .txt   come back as a workbook too: a table of text has no place for a mark
Nothing is evaluated: every value that we write is text, also one that begins with =

The file was found harmless before (services/honours/workbook.py) by whoever has a Report of it.
"""

import zipfile
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet

from services.honours.cells import Book, Sheet
from services.honours.corrections import ROW, Corrections
from services.honours.dry_run import Report
from services.honours.roster import Problem

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_UNREADABLE = (
    *(AttributeError, IndexError, KeyError, OSError, SyntaxError, TypeError, ValueError),
    zipfile.BadZipFile,
)
"""What openpyxl raises for workbooks that other programs write and it cannot read."""

_BAD = PatternFill("solid", fgColor="FFF4B8B2")
_CORRECTED = PatternFill("solid", fgColor="FFCFE0FA")
_AUTHOR = "Kexin"
_TITLE_LENGTH = 31

Say = Callable[[Problem], str]
"""Returns what a comment says of a problem."""


def mark(
    data: bytes, book: Book, report: Report, corrections: Corrections, *, say: Say, corrected: str
) -> bytes:
    """Return the workbook. `book` and `report` are of the file with its corrections."""
    whole, sheet = _opened(data, book, report.layout.sheet)
    if book.encoding is None:
        for number, cells in corrections.items():
            for column, text in cells.items():
                if column != ROW:
                    _write(_cell(sheet, number, column), text)
    for number, cells in corrections.items():
        for column in cells:
            if column != ROW:
                _mark(_cell(sheet, number, column), _CORRECTED, [corrected])
    for place, problems in _by_cell(report).items():
        _mark(_cell(sheet, *place), _BAD, [say(problem) for problem in problems])
    made = BytesIO()
    whole.save(made)
    return made.getvalue()


def _by_cell(report: Report) -> dict[tuple[int, str], list[Problem]]:
    """Return the problems by cell; one that concerns a row stands in its first column."""
    first = report.layout.columns[0].letter
    found: dict[tuple[int, str], list[Problem]] = {}
    left_out = (problem for each in report.excluded for problem in each.problems)
    for problem in (*report.problems, *left_out):
        found.setdefault((problem.row, problem.column or first), []).append(problem)
    return found


def _opened(data: bytes, book: Book, chosen: Sheet) -> tuple[Any, Worksheet]:
    """Return the workbook and its sheet; one written anew where the original cannot be changed."""
    if book.encoding is None:
        try:
            whole = openpyxl.load_workbook(BytesIO(data), keep_links=False)
        except _UNREADABLE:
            whole = None
        found = (
            whole[chosen.name] if whole is not None and chosen.name in whole.sheetnames else None
        )
        if isinstance(found, Worksheet):
            return whole, found
    fresh = openpyxl.Workbook()
    return fresh, _written(fresh, chosen)


def _written(whole: Any, sheet: Sheet) -> Worksheet:
    made = whole.active
    assert isinstance(made, Worksheet)
    title = "".join(c for c in sheet.name if c not in r"\/*?:[]")[:_TITLE_LENGTH]
    made.title = title or made.title
    for row in sheet.rows:
        for index, cell in enumerate(row.cells, start=1):
            found = made.cell(row.number, index)
            assert isinstance(found, Cell)
            _write(found, cell.text)
    return made


def _cell(sheet: Worksheet, row: int, column: str) -> Cell:
    """Return a cell; of merged ones the first, because only that can hold anything."""
    index = column_index_from_string(column)
    for merged in sheet.merged_cells.ranges:
        if merged.min_row <= row <= merged.max_row and merged.min_col <= index <= merged.max_col:
            row, index = merged.min_row, merged.min_col
    found = sheet.cell(row, index)
    assert isinstance(found, Cell)
    return found


def _write(cell: Cell, text: str) -> None:
    cell.value = None
    cell.number_format = "@"
    if text:
        cell.value = text
        cell.data_type = "s"  # never a formula


def _mark(cell: Cell, fill: PatternFill, lines: Iterable[str]) -> None:
    cell.fill = fill
    cell.comment = Comment("\n".join(lines), _AUTHOR, width=320, height=140)
