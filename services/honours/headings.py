"""Find the headings of a roster: which column says what, where the pupils begin and end.

Columns     any order, by the headings of services/honours/titles.py
Headings    one line or two; titles above and signatures or sums below are told apart and
            reported. A heading of two lines is read downwards: the lower one counts, or both
            together, or the upper one where nothing is below
Required    name, award, and one of 学籍号, ID number, 学号
Not needed  columns that many rosters have and no certificate shows: reported as ignored
Unknown     any other column: reported, and ignored only after somebody said so by its title
Errors      Invalid: headings_not_found, headings_missing, headings_twice, sheets_ambiguous,
            sheet_formulas, roster_no_rows
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.honours.cells import Book, Row, Sheet, letter
from services.honours.masking import visible
from services.honours.titles import (
    FIELDS,
    IDENTIFIERS,
    NOT_NEEDED,
    Field,
    is_known,
    plain,
    recommended,
)
from services.platform.errors import Invalid

MAX_TITLE_ROWS = 20
"""Headings are looked for in this many rows from the first one that holds something."""

_FOOTER = re.compile(
    "合计|总计|小计|共计|共[0-9]+[人名]|制表|填表|填报|审核|审批|核对|负责人|经办人|联系人|说明[:：]|备注[:：]|"
    "注[:：]|注意|日期[:：]|打印日期|校长[:：]|班主任[:：]|签字|签名|[(（]?(学校)?[(（]?(公章|盖章)"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column with a heading or with cells. `field` is None where it is not used."""

    index: int
    title: str
    field: Field | None

    @property
    def letter(self) -> str:
        """The name of the column in the spreadsheet."""
        return letter(self.index)

    @property
    def is_needless(self) -> bool:
        """Whether it is one of the columns that many rosters have and no certificate shows."""
        return self.field is None and plain(self.title) in NOT_NEEDED


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are in the chosen sheet. Rows are sheet row numbers."""

    sheet: Sheet
    heading_rows: tuple[int, ...]
    title_rows: tuple[int, ...]
    footer_rows: tuple[int, ...]
    columns: tuple[Column, ...]
    body: tuple[Row, ...]
    other_sheets: tuple[str, ...] = ()

    def column(self, field: Field) -> Column | None:
        """Return the column of a field, if there is one."""
        return next((column for column in self.columns if column.field is field), None)


@dataclass(frozen=True, slots=True)
class _Headings:
    """A guess: these one or two rows are the headings."""

    rows: tuple[Row, ...]
    titles: tuple[str, ...]

    @property
    def fields(self) -> list[Field]:
        return [FIELDS[found] for title in self.titles if (found := plain(title)) in FIELDS]

    @property
    def known(self) -> int:
        return len(set(self.fields)) + sum(plain(title) in NOT_NEEDED for title in self.titles)

    @property
    def missing(self) -> list[Field]:
        found = set(self.fields)
        missing = [field for field in (Field.NAME, Field.AWARD) if field not in found]
        return missing if found & set(IDENTIFIERS) else [*missing, Field.XJH]


def choose(book: Book) -> Layout:
    """Return the layout of the one sheet that is a roster; the others are named in it."""
    guesses = [(sheet, _guess(sheet)) for sheet in book.sheets if not sheet.hidden]
    rosters = [(sheet, guess) for sheet, guess in guesses if guess and not guess.missing]
    if len(rosters) > 1:
        places = [str(at) for at, s in enumerate(book.sheets, 1) if any(s is r for r, _ in rosters)]
        raise Invalid("sheets_ambiguous", sheets="、".join(places))
    if not rosters:
        raise _not_found([guess for _, guess in guesses if guess])
    sheet, guess = rosters[0]
    assert guess is not None
    if sheet.formulas:
        cells = "、".join(sheet.formulas[:10])
        raise Invalid("sheet_formulas", cells=cells, count=len(sheet.formulas))
    others = tuple(other.name for other in book.sheets if other is not sheet)
    return _layout(sheet, guess, others)


def _not_found(guesses: Sequence[_Headings]) -> Invalid:
    best = max(guesses, key=lambda guess: guess.known, default=None)
    if best is None or best.known < 2:
        return Invalid("headings_not_found")
    missing = "、".join(recommended(field) for field in best.missing)
    return Invalid("headings_missing", missing=missing, row=best.rows[-1].number)


def _guess(sheet: Sheet) -> _Headings | None:
    """Return the rows that are most like headings; one row rather than two, the first of equals."""
    rows = sheet.rows[:MAX_TITLE_ROWS]
    singles = [_Headings((row,), _titles(row, len(row.cells))) for row in rows]
    pairs = [
        _Headings((upper, lower), _merged(upper, lower))
        for upper, lower in itertools.pairwise(rows)
        if lower.number == upper.number + 1 and _is_second_line(upper, lower)
    ]
    return max([*singles, *pairs], key=lambda guess: guess.known, default=None)


def _titles(row: Row, width: int) -> tuple[str, ...]:
    return tuple(visible(" ".join(row.cell(at).text.split())) for at in range(width))


def _is_second_line(upper: Row, lower: Row) -> bool:
    """Return whether a row may be the lower line: a pupil's row has cells under known headings."""
    return not any(
        below and is_known(above) and not is_known(below) and not is_known(above + below)
        for above, below in _lines(upper, lower)
    )


def _merged(upper: Row, lower: Row) -> tuple[str, ...]:
    merged = []
    group = ""
    for above, below in _lines(upper, lower):
        group = above or group  # a heading above several columns stands in the first of them
        joined = next((t for t in (above + below, group + below) if below and is_known(t)), None)
        merged.append(below if is_known(below) else joined or above or below)
    return tuple(merged)


def _lines(upper: Row, lower: Row) -> Iterator[tuple[str, str]]:
    width = max(len(upper.cells), len(lower.cells))
    return zip(_titles(upper, width), _titles(lower, width), strict=True)


def _layout(sheet: Sheet, guess: _Headings, others: tuple[str, ...]) -> Layout:
    first, last = guess.rows[0].number, guess.rows[-1].number
    below = [row for row in sheet.rows if row.number > last]
    end = len(below)
    while end and _is_footer(below[end - 1]):
        end -= 1
    body = tuple(below[:end])
    if not body:
        raise Invalid("roster_no_rows")
    return Layout(
        sheet=sheet,
        heading_rows=tuple(row.number for row in guess.rows),
        title_rows=tuple(row.number for row in sheet.rows if row.number < first),
        footer_rows=tuple(row.number for row in below[end:]),
        columns=_columns(guess, body),
        body=body,
        other_sheets=others,
    )


def _columns(guess: _Headings, body: Sequence[Row]) -> tuple[Column, ...]:
    """Return every column that has a heading or a cell. Raises headings_twice."""
    columns: list[Column] = []
    width = max(len(guess.titles), *(len(row.cells) for row in body))
    for index in range(width):
        title = guess.titles[index] if index < len(guess.titles) else ""
        field = FIELDS.get(plain(title))
        twin = next((c for c in columns if field is not None and c.field is field), None)
        if twin is not None and field is not None:
            both = f"{twin.letter}、{letter(index)}"
            raise Invalid("headings_twice", field=recommended(field), columns=both)
        if title or any(row.cell(index).text.strip() for row in body):
            columns.append(Column(index, title, field))
    return tuple(columns)


def _is_footer(row: Row) -> bool:
    first = next(cell.text for cell in row.cells if cell.text.strip())
    return _FOOTER.match("".join(first.split())) is not None
