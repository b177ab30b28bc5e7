"""A dry run as a page shows it: problems with cells to fill in, filters, proposals.

Personal values are masked (services/honours/masking.py): the cell to fill in is empty then, and
one retypes it. Only the page of a single row shows everything, and leaves a mark in the trail.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.honours.class_names import Suggestion
from services.honours.corrections import ROW
from services.honours.dry_run import Report
from services.honours.headings import Layout
from services.honours.intake import Checked
from services.honours.masking import masked, visible
from services.honours.report import counts
from services.honours.roster import Problem
from services.honours.titles import IDENTIFIERS, Field
from services.platform import texts
from services.platform.errors import NotFound
from services.web import paging
from services.web.paging import Page

PAGE = 50
PERSONAL = (Field.NAME, *IDENTIFIERS)
WHOLE_ROW = "-"
"""The filter for problems of rows and not of cells."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter: how many problems it leaves."""

    key: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One problem in the table."""

    row: int
    column: str
    title: str
    shown: str = field(repr=False)
    """As it may be seen."""
    value: str | None = field(repr=False)
    """What the cell to fill in holds; None where no cell can mend it."""
    personal: bool
    reason: str
    remedy: str
    code: str
    others: tuple[str, ...]
    """What else is wrong with the same cell."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the report's page shows."""

    counts: Mapping[str, int]
    chips: tuple[Chip, ...]
    column: str
    kind: str
    listed: Page[Line]
    """A page of the lines that were asked for."""
    total: int
    """All lines."""
    strange: tuple[Problem, ...]
    """Columns that nobody knows."""
    excluded: tuple[tuple[int, str, str], ...] = field(repr=False)
    """Row, reason, and what was wrong."""
    suggestions: tuple[Suggestion, ...]
    notices: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    clean: bool
    bad: tuple[int, ...]
    corrected: int
    mended: tuple[tuple[int, str, str, str], ...] = field(repr=False)
    """Row, column letter, title and text of what was corrected, masked."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell of a row, to be corrected."""

    column: str
    title: str
    text: str = field(repr=False)
    mistakes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """One row with all its cells."""

    number: int
    cells: tuple[CellView, ...]
    mistakes: tuple[str, ...]
    before: int | None
    """The bad rows before and after this one."""
    after: int | None
    hidden: bool


def view(checked: Checked, lang: str, column: str = "", kind: str = "", page: int = 1) -> View:
    """Return a page of the report, with only the problems of a column or of a kind."""
    report = checked.report
    heading = set(report.layout.heading_rows)
    strange = tuple(each for each in report.problems if each.row in heading)
    of_rows = [each for each in report.problems if each.row not in heading]
    lines = _lines(report, of_rows, lang)
    chosen = [
        line
        for line in lines
        if (not column or (line.column or WHOLE_ROW) == column) and (not kind or line.code == kind)
    ]
    return View(
        counts=counts(report),
        chips=_chips(lines, lang),
        column=column,
        kind=kind,
        listed=paging.part_of(chosen, page, size=PAGE),
        total=len(lines),
        strange=strange,
        excluded=_excluded(report, lang),
        suggestions=checked.suggestions,
        notices=_notices(report.layout),
        ignored=tuple(each.title or each.letter for each in report.ignored),
        clean=report.is_clean,
        bad=tuple(bad_rows(report)),
        corrected=sum(len(cells) for cells in checked.intake.order.corrections.values()),
        mended=_mended(checked),
    )


def row(checked: Checked, number: int, lang: str) -> RowView:
    """Return one row with all its cells as they are now. Raises NotFound."""
    layout = checked.report.layout
    found = next((each for each in layout.body if each.number == number), None)
    if found is None:
        raise NotFound("roster_row_unknown")
    left_out = [p for each in checked.report.excluded for p in each.problems]
    mine = [each for each in [*checked.report.problems, *left_out] if each.row == number]
    bad = bad_rows(checked.report)
    return RowView(
        number,
        tuple(
            CellView(
                column.letter,
                column.title or column.letter,
                found.cell(column.index).text,
                tuple(_say(each, lang) for each in mine if each.column == column.letter),
            )
            for column in layout.columns
            if column.field is not None
        ),
        tuple(_say(each, lang) for each in mine if not each.column),
        max((each for each in bad if each < number), default=None),
        min((each for each in bad if each > number), default=None),
        number in layout.sheet.hidden_rows,
    )


def bad_rows(report: Report) -> list[int]:
    """Return the rows that have a problem and are not left out, in order."""
    body = {row.number for row in report.layout.body}
    return sorted(body & {problem.row for problem in report.problems})


def suggested(checked: Checked, taken: frozenset[str]) -> dict[int, dict[str, str]]:
    """Return the corrections that the taken proposals (by how it is written) make."""
    column = checked.report.layout.column(Field.CLASS)
    assert column is not None or not checked.suggestions
    cells: dict[int, dict[str, str]] = {}
    for each in checked.suggestions:
        if each.written in taken and column is not None:
            cells |= {number: {column.letter: text} for number, text in each.cells.items()}
    return cells


def _lines(report: Report, problems: Sequence[Problem], lang: str) -> list[Line]:
    layout = report.layout
    fields = {column.letter: column for column in layout.columns}
    texts_of = {each.number: each for each in layout.body}
    by_cell: dict[tuple[int, str], list[Problem]] = {}
    for each in problems:
        by_cell.setdefault((each.row, each.column), []).append(each)
    lines = []
    for (number, column), found in sorted(by_cell.items(), key=lambda item: _order(*item[0])):
        first, *rest = found
        known = fields.get(column)
        personal = known is not None and known.field in PERSONAL
        value: str | None = None
        if known is not None and number in texts_of:
            value = "" if personal else texts_of[number].cell(known.index).text
        lines.append(
            Line(
                number,
                column,
                first.title,
                first.value,
                value,
                personal,
                texts.say("honours", f"{first.code}.reason", lang, **first.params),
                texts.say("honours", f"{first.code}.remedy", lang, **first.params),
                first.code,
                tuple(_say(each, lang) for each in rest),
            )
        )
    return lines


def _order(number: int, column: str) -> tuple[int, int, str]:
    return number, len(column), column


def _chips(lines: Sequence[Line], lang: str) -> tuple[Chip, ...]:
    found = Counter((line.column or WHOLE_ROW, line.title) for line in lines)
    titles: dict[str, tuple[str, int]] = {}
    for (key, title), number in found.items():
        name = texts.say("console", "whole_row", lang) if key == WHOLE_ROW else title or key
        titles[key] = (name, titles.get(key, ("", 0))[1] + number)
    return tuple(Chip(key, title, number) for key, (title, number) in titles.items())


def _say(problem: Problem, lang: str) -> str:
    return texts.explain(problem.code, lang, **problem.params)


def _excluded(report: Report, lang: str) -> tuple[tuple[int, str, str], ...]:
    return tuple(
        (
            each.row,
            each.reason,
            " ".join(
                texts.say("honours", f"{p.code}.reason", lang, **p.params) for p in each.problems
            ),
        )
        for each in report.excluded
    )


def _notices(layout: Layout) -> tuple[tuple[str, str], ...]:
    found = {
        "report_hidden_rows": [str(each) for each in sorted(layout.sheet.hidden_rows)],
        "report_hidden_columns": layout.sheet.hidden_columns,
        "report_footer_rows": [str(each) for each in layout.footer_rows],
        "report_other_sheets": [visible(name) for name in layout.other_sheets],
    }
    return tuple((code, "、".join(items[:20])) for code, items in found.items() if items)


def _mended(checked: Checked) -> tuple[tuple[int, str, str, str], ...]:
    columns = {column.letter: column for column in checked.report.layout.columns}
    found = []
    for number, cells in sorted(checked.intake.order.corrections.items()):
        for column, text in cells.items():
            known = columns.get(column)
            title = "" if column == ROW or known is None else known.title or column
            shown = masked(known.field, text) if known and known.field else visible(text)
            found.append((number, column, title, shown))
    return tuple(found)
