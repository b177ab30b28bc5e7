"""Read an .xlsx workbook: its values by calamine, after its shape was found harmless.

1. the zip file is opened under a budget (services/honours/ooxml.py)
2. workbook.xml and its relationships say which parts are worksheets
3. each worksheet's shape is read under limits (services/honours/sheet_xml.py)
4. a fresh zip file is made of what was read; calamine sees that one only, so that it cannot
   come to another view of the stranger's file than we did
5. values become text cells which remember whether they were numbers or dates

Errors      Invalid: those of steps 1 and 3, sheet_damaged, sheet_binary, sheet_too_large
"""

import posixpath
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from io import BytesIO

import python_calamine

from services.honours import sheet_xml
from services.honours.cells import BLANK, MAX_CELLS, Book, Cell, Kind, Row, Sheet, letter
from services.honours.ooxml import Package
from services.honours.sheet_xml import Attributes, Shape
from services.platform.errors import Invalid

MAX_SHEETS = 64
MAX_TEXT = 32_000_000
"""Most characters that all cells together may unfold to; shared strings are stored once."""

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
_EXACT = 10**15
"""Whole numbers below this are exact in the spreadsheet's 15 digits."""

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

Value = str | float | bool | date | time | timedelta


@dataclass(frozen=True, slots=True)
class _Listed:
    """One worksheet as the workbook lists it."""

    name: str
    part: str
    hidden: bool


def read(data: bytes) -> Book:
    """Return all worksheets of a workbook."""
    package = Package(data)
    if _WORKBOOK not in package:
        raise Invalid("sheet_binary" if "xl/workbook.bin" in package else "sheet_not_workbook")
    listed, dates_from_1904 = _listed(package)
    scanned = [_scanned(package.chunks(sheet.part)) for sheet in listed]
    shapes, parts = [shape for shape, _ in scanned], [part for _, part in scanned]
    strings = package.read(_STRINGS) if _STRINGS in package else b""
    _check_sizes(shapes, sheet_xml.string_lengths([strings]) if strings else [])
    styles = package.read(_STYLES) if _STYLES in package else b""
    if styles:
        sheet_xml.parse([styles])
    fresh = _repacked(parts, strings, styles, dates_from_1904=dates_from_1904)
    values = _values(fresh, len(listed))
    sheets = (_sheet(*each) for each in zip(listed, shapes, values, strict=True))
    return Book(tuple(sheets))


def _listed(package: Package) -> tuple[list[_Listed], bool]:
    """Return the worksheets in order, and whether day 0 is in 1904."""
    targets: dict[str, str] = {}
    listed: list[_Listed] = []
    seen: set[str] = set()
    dates_from_1904 = False

    def relation(name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
            targets[attributes.get("Id", "")] = target.lstrip("/")

    def entry(name: str, attributes: Attributes) -> None:
        nonlocal dates_from_1904
        if name == "workbookPr":
            dates_from_1904 = attributes.get("date1904") in ("1", "true")
        if name != "sheet":
            return
        ids = [value for key, value in attributes.items() if key.endswith(" id")]
        title, part = attributes.get("name", ""), targets.get(ids[0]) if ids else None
        if title in seen:
            raise Invalid("sheet_damaged")
        seen.add(title)
        if part is not None:  # a chart sheet has no cells
            listed.append(_Listed(title, part, attributes.get("state", "visible") != "visible"))

    sheet_xml.parse(package.chunks(_RELATIONS), relation)
    sheet_xml.parse(package.chunks(_WORKBOOK), entry)
    if len(listed) > MAX_SHEETS:
        raise Invalid("sheet_too_many_sheets", limit=MAX_SHEETS)
    return listed, dates_from_1904


def _scanned(source: Iterable[bytes]) -> tuple[Shape, bytes]:
    """Return the shape of a worksheet and its bytes, unpacked once."""
    pieces: list[bytes] = []

    def kept() -> Iterable[bytes]:
        for piece in source:
            pieces.append(piece)
            yield piece

    return sheet_xml.shape(kept()), b"".join(pieces)


def _check_sizes(shapes: Iterable[Shape], lengths: list[int]) -> None:
    cells = characters = 0
    for shape in shapes:
        cells += shape.rows * shape.columns
        for number, count in shape.shared.items():
            if number.isascii() and number.isdecimal() and len(number) < 9:
                at = int(number)
                characters += count * (lengths[at] if at < len(lengths) else 0)
    if cells > MAX_CELLS or characters > MAX_TEXT:
        raise Invalid("sheet_too_large", limit=MAX_CELLS)


def _repacked(parts: list[bytes], strings: bytes, styles: bytes, *, dates_from_1904: bool) -> bytes:
    """Return a workbook of our own around the parts; its sheets are called 1, 2, 3, …"""
    numbers = range(1, len(parts) + 1)
    sheets = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/{n}.xml"/>'
        for n in numbers
    )
    own = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="{_WORKBOOK}"/></Relationships>',
        _WORKBOOK: f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f'<workbookPr date1904="{int(dates_from_1904)}"/><sheets>{sheets}</sheets></workbook>',
        _RELATIONS: f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
    }
    theirs = {f"xl/worksheets/{n}.xml": part for n, part in zip(numbers, parts, strict=True)}
    theirs |= {name: part for name, part in ((_STRINGS, strings), (_STYLES, styles)) if part}
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as fresh:
        for name, content in (own | theirs).items():
            fresh.writestr(name, content)
    return target.getvalue()


def _values(data: bytes, sheets: int) -> list[list[list[Value]]]:
    try:
        with python_calamine.CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            return [
                book.get_sheet_by_name(str(n)).to_python(skip_empty_area=False)
                for n in range(1, sheets + 1)
            ]
    except python_calamine.CalamineError as error:
        raise Invalid("sheet_damaged") from error


def _sheet(listed: _Listed, shape: Shape, values: list[list[Value]]) -> Sheet:
    rows = []
    for number, line in enumerate(values, start=1):
        cells = [_cell(value, (number, at) in shape.errors) for at, value in enumerate(line)]
        row = Row(number, tuple(cells))
        if not row.is_blank:
            rows.append(row)
    return Sheet(
        name=listed.name,
        rows=tuple(rows),
        hidden=listed.hidden,
        hidden_rows=frozenset(shape.hidden_rows & {row.number for row in rows}),
        hidden_columns=tuple(letter(at) for at in sorted(shape.hidden_columns)),
        formulas=tuple(shape.formulas),
    )


def _cell(value: Value, is_error: bool) -> Cell:
    if is_error:
        return Cell("#ERROR!", Kind.ERROR)
    if isinstance(value, str):
        return Cell(value, Kind.TEXT) if value else BLANK
    if isinstance(value, bool):
        return Cell(str(value).upper(), Kind.FLAG)
    if isinstance(value, (float, int)):
        whole = abs(value) < _EXACT and value == int(value)
        return Cell(str(int(value)) if whole else repr(value), Kind.NUMBER)
    return Cell(str(value), Kind.DATE)
