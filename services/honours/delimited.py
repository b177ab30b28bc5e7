r"""Read a .csv (or .txt) table: UTF-8 with or without a byte order mark, or GB 18030.

Encoding    one for the whole file. Lines that only make sense as UTF-8 beside lines that only
            make sense as GB 18030 were pasted together; the first line of the smaller party is
            named. UTF-16 is refused with the remedy
Delimiter   comma, tab or semicolon: the one that cuts most of the first lines the same way
Quotes      RFC 4180, strictly: a quote that is not closed or not alone is refused
Rows        numbered as a spreadsheet program shows them: a quoted line break makes no new row
Formulas    a cell that begins with = is one, as in ="0012"
Errors      Invalid: csv_mixed_encodings, csv_encoding, csv_utf16, csv_binary, csv_quotes,
            sheet_too_many_rows, sheet_too_wide, sheet_too_large
"""

import csv
from collections import Counter
from io import StringIO

from services.honours.cells import (
    BLANK,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Book,
    Cell,
    Kind,
    Row,
    Sheet,
    letter,
)
from services.platform.errors import Invalid

UTF_8 = "utf-8"
GB_18030 = "gb18030"

_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = (",", "\t", ";")
_SAMPLE_LINES = 50


def read(data: bytes) -> Book:
    """Return the one sheet of a delimited text."""
    if data.startswith(_UTF_16_MARKS):
        raise Invalid("csv_utf16")
    if b"\0" in data:
        raise Invalid("csv_binary")
    if data.count(b"\n") > MAX_ROWS * 4:  # quoted line breaks may make a row of several lines
        raise Invalid("sheet_too_many_rows", limit=MAX_ROWS)
    encoding = _encoding(data)
    text = data.removeprefix(_UTF_8_MARK).decode(encoding)
    rows, formulas = _rows(text, _delimiter(text))
    return Book((Sheet("", tuple(rows), formulas=tuple(formulas)),), encoding)


def _encoding(data: bytes) -> str:
    """Return the encoding of every line."""
    if data.startswith(_UTF_8_MARK):
        _check_lines(data.removeprefix(_UTF_8_MARK), UTF_8)
        return UTF_8
    if _fits(data, UTF_8):
        return UTF_8
    parties: dict[str, list[int]] = {UTF_8: [], GB_18030: []}
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not _fits(line, UTF_8):
            parties[GB_18030].append(number)
        elif _is_surely_utf_8(line):
            parties[UTF_8].append(number)
    encoding = max(parties, key=lambda party: len(parties[party]))
    strangers = parties[UTF_8 if encoding == GB_18030 else GB_18030]
    if strangers:
        raise Invalid("csv_mixed_encodings", line=strangers[0], lines=len(strangers))
    _check_lines(data, encoding)
    return encoding


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _check_lines(data: bytes, encoding: str) -> None:
    if not _fits(data, encoding):
        lines = enumerate(data.split(b"\n"), start=1)
        wrong = next((number for number, line in lines if not _fits(line, encoding)), 1)
        raise Invalid("csv_encoding", line=wrong)


def _is_surely_utf_8(line: bytes) -> bool:
    """Return whether a line that fits UTF-8 holds what people write in it.

    A few GB 18030 characters alone in a line fit UTF-8 by chance; they then read as Latin or
    Greek letters, not as Chinese characters and their punctuation.
    """
    beyond_ascii = [symbol for symbol in line.decode(UTF_8) if symbol > "\x7f"]
    return bool(beyond_ascii) and all(
        symbol == "·" or symbol >= "\u2010" for symbol in beyond_ascii
    )


def _delimiter(text: str) -> str:
    lines = [line for line in text.splitlines()[: _SAMPLE_LINES * 2] if line.strip()]

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = Counter(line.count(delimiter) for line in lines[:_SAMPLE_LINES])
        del counts[0]
        return max(((times, count) for count, times in counts.items()), default=(0, 0))

    return max(_DELIMITERS, key=agreement)


def _rows(text: str, delimiter: str) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    formulas: list[str] = []
    cells_left = MAX_CELLS
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, line in enumerate(reader, start=1):
            cells_left -= len(line)
            _check_size(number, len(line), cells_left)
            row = Row(number, tuple(Cell(cell, Kind.TEXT) if cell else BLANK for cell in line))
            if not row.is_blank:
                rows.append(row)
            formulas += [f"{letter(at)}{number}" for at, c in enumerate(line) if c[:1] == "="]
    except csv.Error as error:
        raise Invalid("csv_quotes", line=reader.line_num) from error
    return rows, formulas


def _check_size(rows: int, columns: int, cells_left: int) -> None:
    if rows > MAX_ROWS:
        raise Invalid("sheet_too_many_rows", limit=MAX_ROWS)
    if columns > MAX_COLUMNS:
        raise Invalid("sheet_too_wide", limit=MAX_COLUMNS)
    if cells_left < 0:
        raise Invalid("sheet_too_large", limit=MAX_CELLS)
