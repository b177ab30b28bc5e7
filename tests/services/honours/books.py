"""Workbooks for tests: by openpyxl where a person would make them, by hand where a foe would."""

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

Change = Callable[[Worksheet], None]


def xlsx(
    rows: Iterable[Sequence[Any]],
    *,
    change: Change | None = None,
    more: Mapping[str, Iterable[Sequence[Any]]] | None = None,
) -> bytes:
    """Return a workbook of one sheet, `名单`, and any others after it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "名单"
    for row in rows:
        sheet.append(list(row))
    for title, lines in (more or {}).items():
        other = book.create_sheet(title)
        for line in lines:
            other.append(list(line))
    if change is not None:
        change(sheet)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def csv(rows: Iterable[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    return "".join(delimiter.join(row) + "\r\n" for row in rows).encode(encoding)


def package(parts: Mapping[str, str | bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return target.getvalue()


def raw_parts(
    data: str, *, strings: str | None = None, before: str = "", after: str = ""
) -> dict[str, str | bytes]:
    """Return the parts of a workbook whose sheetData is exactly this XML."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{before}<sheetData>{data}'
        f"</sheetData>{after}</worksheet>",
    }
    if strings is not None:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    return parts


def raw(data: str, *, strings: str | None = None, before: str = "", after: str = "") -> bytes:
    return package(raw_parts(data, strings=strings, before=before, after=after))
