"""The shape of a worksheet, read from its XML before anything else is let near it.

Standard    ECMA-376, part 1, 18.3.1: worksheet, cols, row, c, f, v
Input       the pieces of one worksheet part
Output      Shape: formulas, hidden rows and columns, error cells, references to shared strings
Refused     sheet_too_many_rows, sheet_too_wide and sheet_too_large, as soon as the row, column
            or cell is met, so that a million rows cost no more than MAX_ROWS of them;
            sheet_damaged for what is no well-formed XML, has a DTD, or has cells out of order
Why         the reader of values fills a rectangle from the first to the last cell: two cells in
            opposite corners would ask for 800 GB and end the process. It also does not tell a
            hidden row, a formula or an error from a plain value.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

from services.honours.cells import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, letter
from services.platform.errors import Invalid

_PLACE = re.compile("([A-Z]{1,3})([1-9][0-9]{0,6})")
_TRUE = frozenset({"1", "true", "on"})

Attributes = dict[str, str]


@dataclass(slots=True)
class Shape:
    """What one worksheet holds besides values. Rows count from 1, columns from 0."""

    formulas: list[str] = field(default_factory=list)
    errors: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    shared: Counter[str] = field(default_factory=Counter)
    """How often each shared string is used, by its number as written."""

    rows: int = 0
    columns: int = 0
    """The rectangle from A1 to the last row and column."""


def parse(pieces: Iterable[bytes], start: Callable[[str, Attributes], None] | None = None) -> None:
    """Feed XML to a handler of start tags (local names). Raises Invalid for anything odd."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_dtd
    if start is not None:
        handle = start
        parser.StartElementHandler = lambda name, attributes: handle(_local(name), attributes)
    _feed(parser, pieces)


def shape(pieces: Iterable[bytes]) -> Shape:
    """Return the shape of a worksheet."""
    scan = _Scan()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.text
    _feed(parser, pieces)
    return scan.shape


def string_lengths(pieces: Iterable[bytes]) -> list[int]:
    """Return the length of each shared string, counted generously."""
    lengths: list[int] = []

    def start(name: str, _: Attributes) -> None:
        if _local(name) == "si":
            lengths.append(0)

    def text(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    _feed(parser, pieces)
    return lengths


def _feed(parser: expat.XMLParserType, pieces: Iterable[bytes]) -> None:
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        # LookupError and ValueError: an encoding that Python does not have, or a bad name of one.
        raise Invalid("sheet_damaged") from error


def _refuse_dtd(*_: object) -> None:
    raise Invalid("sheet_damaged")


def _local(name: str) -> str:
    return name.rsplit(" ", 1)[-1]


class _Scan:
    """Walks through one worksheet. Attributes of the worksheet's own elements have no prefix."""

    def __init__(self) -> None:
        self.shape = Shape()
        self._row = 0
        self._column = -1
        self._rows = self._cells = 0
        self._in_cell = False
        self._type = ""
        self._value: list[str] | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        match _local(name):
            case "c":
                self._start_cell(attributes)
            case "row":
                self._start_row(attributes)
            case "col":
                self._column_format(attributes)
            case "f" if self._in_cell:  # extensions of Excel have an f of their own elsewhere
                self.shape.formulas.append(f"{letter(self._column)}{self._row}")
            case "v" if self._in_cell and self._type == "s":
                self._value = []

    def text(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)

    def end(self, name: str) -> None:
        match _local(name):
            case "v" if self._value is not None:
                self.shape.shared["".join(self._value).strip()] += 1
                self._value = None
            case "c":
                self._in_cell = False

    def _start_row(self, attributes: Attributes) -> None:
        row = _number(attributes.get("r"), default=self._row + 1)
        if row <= self._row:
            raise Invalid("sheet_damaged")
        self._rows += 1
        if self._rows > MAX_ROWS:
            raise Invalid("sheet_too_many_rows", limit=MAX_ROWS)
        self._row, self._column = row, -1
        if attributes.get("hidden") in _TRUE or _is_zero(attributes.get("ht")):
            self.shape.hidden_rows.add(row)

    def _start_cell(self, attributes: Attributes) -> None:
        if self._row > MAX_ROWS:  # some programs end a sheet with a bare row 1048576
            raise Invalid("sheet_too_many_rows", limit=MAX_ROWS)
        column = self._column + 1
        if place := attributes.get("r"):
            found = _PLACE.fullmatch(place)
            if found is None or int(found[2]) != self._row or _index(found[1]) < column:
                raise Invalid("sheet_damaged")
            column = _index(found[1])
        if column >= MAX_COLUMNS:
            raise Invalid("sheet_too_wide", limit=MAX_COLUMNS)
        self._cells += 1
        if self._cells > MAX_CELLS:
            raise Invalid("sheet_too_large", limit=MAX_CELLS)
        self.shape.rows = self._row
        self.shape.columns = max(self.shape.columns, column + 1)
        self._column, self._in_cell = column, True
        self._type = attributes.get("t", "n")
        if self._type == "e":
            self.shape.errors.add((self._row, column))

    def _column_format(self, attributes: Attributes) -> None:
        if attributes.get("hidden") in _TRUE:
            first = _number(attributes.get("min"), default=1) - 1
            last = _number(attributes.get("max"), default=first + 1)
            self.shape.hidden_columns.update(range(first, min(last, MAX_COLUMNS)))


def _number(text: str | None, *, default: int) -> int:
    if text is None:
        return default
    if re.fullmatch("[0-9]{1,9}", text) is None:
        raise Invalid("sheet_damaged")
    return int(text)


def _index(letters: str) -> int:
    index = 0
    for symbol in letters:
        index = index * 26 + ord(symbol) - ord("A") + 1
    return index - 1


def _is_zero(height: str | None) -> bool:
    return height is not None and re.fullmatch("0+([.]0+)?", height) is not None
