"""What a preparer corrected in the page: an overlay of cells on the roster that was uploaded.

Shape      {"18": {"C": "410…"}}: sheet row → column letter → text. The upload stays as it was sent
Effect     the cell of the chosen sheet holds exactly this text, as if it had been typed as text;
           an empty text empties the cell. A row that is hidden in the sheet may be shown: ROW
Limits     MOST_CELLS cells; a text of at most MOST_LENGTH characters
Errors     Invalid correction_place, corrections_too_many
"""

from collections.abc import Mapping
from dataclasses import replace

from services.honours import headings
from services.honours.cells import BLANK, MAX_COLUMNS, Book, Cell, Kind, Row, letter
from services.honours.headings import Layout
from services.platform.errors import Invalid

Corrections = Mapping[int, Mapping[str, str]]
"""Row number → column letter → text."""

ROW = ""
"""The column under which a row, and not a cell, is corrected: it counts although it is hidden."""

MOST_CELLS = 5_000
MOST_LENGTH = 400

_INDEX = {letter(index): index for index in range(MAX_COLUMNS)}


def apply(book: Book, corrections: Corrections) -> Book:
    """Return the book as it is with these corrections. Raises what headings.choose raises."""
    if not corrections:
        return book
    chosen = headings.choose(book).sheet
    rows = tuple(
        _corrected(row, corrections[row.number]) if row.number in corrections else row
        for row in chosen.rows
    )
    shown = {number for number, cells in corrections.items() if ROW in cells}
    sheet = replace(chosen, rows=rows, hidden_rows=chosen.hidden_rows - shown)
    return replace(book, sheets=tuple(sheet if each is chosen else each for each in book.sheets))


def merge(old: Corrections, new: Corrections, layout: Layout) -> dict[int, dict[str, str]]:
    """Return the corrections after some more. A cell set back to what the file says is none.

    `layout` is that of the file as it was sent. Raises Invalid.
    """
    body = {row.number: row for row in layout.body}
    columns = {column.letter: column.index for column in layout.columns}
    merged = {row: dict(cells) for row, cells in old.items()}
    for number, cells in new.items():
        for column, text in cells.items():
            if number not in body or column not in {ROW, *columns} or len(text) > MOST_LENGTH:
                raise Invalid("correction_place", row=number, column=column[:3])
            merged.setdefault(number, {})[column] = text
            if column != ROW and _same(body[number].cell(columns[column]), text):
                del merged[number][column]
    kept = {number: cells for number, cells in merged.items() if cells}
    if sum(len(cells) for cells in kept.values()) > MOST_CELLS:
        raise Invalid("corrections_too_many", most=MOST_CELLS)
    return kept


def count(corrections: Corrections) -> int:
    """Return how many cells are corrected."""
    return sum(len(cells) for cells in corrections.values())


def _same(cell: Cell, text: str) -> bool:
    return cell.text == text and cell.kind in (Kind.TEXT, Kind.EMPTY)


def _corrected(row: Row, cells: Mapping[str, str]) -> Row:
    places = {_INDEX[column]: text for column, text in cells.items() if column != ROW}
    width = max([len(row.cells), *(index + 1 for index in places)])
    return replace(
        row,
        cells=tuple(
            _cell(places[index]) if index in places else row.cell(index) for index in range(width)
        ),
    )


def _cell(text: str) -> Cell:
    return Cell(text, Kind.TEXT) if text else BLANK
