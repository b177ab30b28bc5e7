"""What a spreadsheet is once it has been read: sheets of rows of text cells.

Text        exactly what the cell holds: leading zeros, spaces and rare characters are kept.
            Nothing is repaired here or later; what is wrong is reported to the person
Places      rows and columns as the spreadsheet program numbers them: row 1, column A
Limits      MAX_ROWS rows and MAX_COLUMNS columns a sheet, MAX_CELLS cells a file; more is
            refused while reading
"""

from dataclasses import dataclass, field
from enum import Enum

MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELLS = 1_500_000


class Kind(Enum):
    """What the spreadsheet says a cell is. A cell of a .csv is EMPTY or TEXT."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. The text is personal more often than not, so it is kept out of the repr."""

    text: str = field(repr=False)
    kind: Kind


BLANK = Cell("", Kind.EMPTY)


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by its number in the sheet."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """Return the cell of a column (0 is A); BLANK beyond the last one."""
        return self.cells[column] if column < len(self.cells) else BLANK

    @property
    def is_blank(self) -> bool:
        """Whether every cell is empty or holds only spaces."""
        return not any(cell.text.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows from the first to the last that holds something, and its flags.

    `formulas` are cell names; `hidden_rows` are row numbers, `hidden_columns` letters.
    """

    name: str
    rows: tuple[Row, ...]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """All sheets of a file, in order. `encoding` is None for a workbook."""

    sheets: tuple[Sheet, ...]
    encoding: str | None = None


def letter(column: int) -> str:
    """Return the spreadsheet's name of a column: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
