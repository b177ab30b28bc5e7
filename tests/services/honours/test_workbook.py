import contextlib
import zipfile
from datetime import date, datetime, time
from io import BytesIO
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from services.honours import cells, sheet, workbook
from services.honours.cells import Kind
from services.platform.errors import Invalid
from tests.services.honours import books
from tests.services.honours.rosters import PUPILS, only, refused, texts


def test_a_workbook_keeps_leading_zeros_and_rare_characters() -> None:
    rows = [*PUPILS, ("𠅤𬭎", "01", "㛃龘")]

    assert texts(only(books.xlsx(rows), "名单.xlsx")) == rows


def test_the_ending_may_be_written_in_capitals_and_the_name_may_be_a_path() -> None:
    assert texts(only(books.xlsx(PUPILS), "C:\\表格\\名单.XLSX")) == PUPILS


def test_cells_remember_what_they_were() -> None:
    row = [
        "文",
        12,
        1.5,
        True,
        date(2026, 6, 1),
        datetime.combine(date(2026, 6, 1), time(8, 30)),
        None,
        41990020120304,
    ]

    (found,) = only(books.xlsx([row]), "a.xlsx").rows

    assert [(cell.text, cell.kind) for cell in found.cells] == [
        ("文", Kind.TEXT),
        ("12", Kind.NUMBER),
        ("1.5", Kind.NUMBER),
        ("TRUE", Kind.FLAG),
        ("2026-06-01", Kind.DATE),
        ("2026-06-01 08:30:00", Kind.DATE),
        ("", Kind.EMPTY),
        ("41990020120304", Kind.NUMBER),
    ]


def test_midnight_of_a_day_is_the_day() -> None:
    def show_hours(found: Worksheet) -> None:
        found["A1"].number_format = "yyyy-mm-dd hh:mm"

    (row,) = only(books.xlsx([(date(2026, 6, 1),)], change=show_hours), "a.xlsx").rows

    assert row.cells[0] == cells.Cell("2026-06-01", Kind.DATE)


def test_a_number_of_eighteen_digits_is_not_dressed_up_as_exact() -> None:
    (row,) = only(
        books.raw('<row r="1"><c r="A1"><v>419900201203041234</v></c></row>'), "a.xlsx"
    ).rows

    assert row.cells[0].kind is Kind.NUMBER
    assert row.cells[0].text == "4.199002012030412e+17"


def test_an_error_cell_is_not_an_empty_one() -> None:
    (row,) = only(books.raw('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>'), "a.xlsx").rows

    assert row.cells[0].kind is Kind.ERROR


def test_shared_and_rich_strings_are_read_without_their_phonetic_guides() -> None:
    strings = (
        '<si><t xml:space="preserve"> 张伟</t></si>'
        "<si><r><t>阿依</t></r><r><t>古丽</t></r><rPh sb='0' eb='1'><t>A</t></rPh></si>"
    )
    data = '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    strings = "\n" + strings

    assert texts(only(books.raw(data, strings=strings), "a.xlsx")) == [(" 张伟", "阿依古丽")]


def test_rows_and_columns_keep_their_places() -> None:
    data = (
        '<row r="3"><c r="C3" t="str"><v>x</v></c></row>'
        '<row r="7"><c r="A7" t="str"><v>y</v></c></row>'
    )

    found = only(books.raw(data), "a.xlsx")

    assert [row.number for row in found.rows] == [3, 7]
    assert found.rows[0].cell(2).text == "x"
    assert found.rows[1].cell(9) == cells.BLANK


def test_dates_of_the_1904_system_are_right() -> None:
    parts = books.raw_parts('<row r="1"><c r="A1" s="1"><v>1</v></c></row>')
    parts["xl/workbook.xml"] = str(parts["xl/workbook.xml"]).replace(
        "<sheets>", '<workbookPr date1904="1"/><sheets>'
    )
    parts["xl/styles.xml"] = (
        f'<styleSheet xmlns="{books.MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        "</cellXfs></styleSheet>"
    )

    (row,) = only(books.package(parts), "a.xlsx").rows

    assert (row.cells[0].text, row.cells[0].kind) == ("1904-01-02", Kind.DATE)


def test_hidden_rows_columns_and_sheets_are_flagged() -> None:
    def hide(found: Worksheet) -> None:
        found.row_dimensions[2].hidden = True
        found.row_dimensions[9].hidden = True
        found.column_dimensions["B"].hidden = True
        assert found.parent is not None
        found.parent["旧表"].sheet_state = "hidden"

    first, second = sheet.read(
        books.xlsx(PUPILS, change=hide, more={"旧表": [("x",)]}), "a.xlsx"
    ).sheets

    assert first.hidden_rows == {2}
    assert first.hidden_columns == ("B",)
    assert not first.hidden
    assert (second.name, second.hidden) == ("旧表", True)


def test_a_row_of_no_height_is_hidden() -> None:
    data = '<row r="1" ht="0.0" customHeight="1"><c r="A1" t="str"><v>x</v></c></row>'

    assert only(books.raw(data), "a.xlsx").hidden_rows == {1}


def test_formulas_are_named() -> None:
    def compute(found: Worksheet) -> None:
        found["C2"] = '=CONCAT("三好","学生")'
        found["B3"] = "=B2+1"

    assert only(books.xlsx(PUPILS, change=compute), "a.xlsx").formulas == ("C2", "B3")


def test_a_formula_of_a_conditional_format_is_no_formula_of_a_cell() -> None:
    after = '<extLst><ext><f xmlns="urn:x">A1</f></ext></extLst>'
    data = '<row r="1"><c r="A1" t="str"><v>x</v></c></row>'

    assert only(books.raw(data, after=after), "a.xlsx").formulas == ()


def test_a_chart_sheet_is_passed_over() -> None:
    parts = books.raw_parts('<row r="1"><c r="A1" t="str"><v>x</v></c></row>')
    parts["xl/workbook.xml"] = str(parts["xl/workbook.xml"]).replace(
        "</sheets>", '<sheet name="图" sheetId="2" r:id="rId2"/></sheets>'
    )
    parts["xl/_rels/workbook.xml.rels"] = str(parts["xl/_rels/workbook.xml.rels"]).replace(
        "</Rel", f'<Relationship Id="rId2" Type="{books.OFFICE}/chartsheet" Target="c.xml"/></Rel'
    )

    assert [found.name for found in sheet.read(books.package(parts), "a.xlsx").sheets] == ["名单"]


def test_names_of_parts_do_not_depend_on_case() -> None:
    parts = {name.upper(): content for name, content in books.raw_parts("").items()}

    assert only(books.package(parts), "a.xlsx").rows == ()


def test_a_zip_file_that_is_no_workbook() -> None:
    assert refused(books.package({"word/document.xml": "<x/>"})).code == "sheet_not_workbook"


def test_a_binary_workbook_is_told_what_to_do() -> None:
    assert refused(books.package({"xl/workbook.bin": b"x"})).code == "sheet_binary"


def test_shared_strings_that_unfold_beyond_measure() -> None:
    strings = f"<si><t>{'长' * 40_000}</t></si>"
    cells_xml = '<c t="s"><v>0</v></c>' * 100
    data = "".join(f"<row>{cells_xml}</row>" for _ in range(10))

    assert refused(books.raw(data, strings=strings)).code == "sheet_too_large"


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "B20001"])
def test_a_cell_in_the_far_corner_is_refused_before_anything_is_allocated(place: str) -> None:
    row = "".join(symbol for symbol in place if symbol.isdigit())
    data = (
        f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{place}"><v>1</v></c></row>'
    )

    assert refused(books.raw(data)).code == "sheet_too_many_rows"


def test_a_bare_last_row_is_no_row() -> None:
    data = '<row r="1"><c r="A1" t="str"><v>x</v></c></row><row r="1048576" hidden="1"/>'

    found = only(books.raw(data), "a.xlsx")

    assert [row.number for row in found.rows] == [1]
    assert found.hidden_rows == set()


def test_too_many_bare_rows() -> None:
    assert refused(books.raw("<row/>" * 20_001)).code == "sheet_too_many_rows"


def test_too_many_columns() -> None:
    assert refused(books.raw('<row r="1"><c r="XFD1"><v>1</v></c></row>')).code == "sheet_too_wide"


def test_a_sparse_sheet_that_would_fill_a_large_rectangle() -> None:
    data = '<row r="1"><c r="GR1"><v>1</v></c></row><row r="20000"><c r="A20000"><v>1</v></c></row>'

    assert refused(books.raw(data)).code == "sheet_too_large"


def test_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.honours.sheet_xml.MAX_CELLS", 3)

    assert refused(books.raw("<row><c/><c/><c/><c/></row>")).code == "sheet_too_large"


def test_too_many_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_SHEETS", 1)

    assert refused(books.xlsx(PUPILS, more={"b": []})).code == "sheet_too_many_sheets"


@pytest.mark.parametrize(
    "data",
    [
        '<row r="2"/><row r="1"/>',
        '<row r="0"/>',
        '<row r="x"/>',
        '<row r="1"><c r="A5"><v>1</v></c></row>',
        '<row r="1"><c r="B1"><v>1</v></c><c r="B1"><v>2</v></c></row>',
        '<row r="1"><c r="b1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
        '<row r="1"><c r="A1" t="nonsense"><v>7</v></c></row>',
        "<row>",
    ],
)
def test_what_no_spreadsheet_program_writes_is_damaged(data: str) -> None:
    assert refused(books.raw(data)).code == "sheet_damaged"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_document_type_is_refused(part: str) -> None:
    parts = books.raw_parts("")
    parts[part] = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + str(parts[part])

    assert refused(books.package(parts)).code == "sheet_damaged"


def test_a_document_type_in_the_strings_is_refused() -> None:
    parts = books.raw_parts("", strings="")
    parts["xl/sharedStrings.xml"] = "<!DOCTYPE x>" + str(parts["xl/sharedStrings.xml"])

    assert refused(books.package(parts)).code == "sheet_damaged"


def test_two_sheets_of_one_name_two_parts_of_one_name_and_a_missing_part() -> None:
    parts = books.raw_parts("")
    twice = str(parts["xl/workbook.xml"]).replace(
        "</sheets>", '<sheet name="名单" sheetId="2" r:id="rId1"/></sheets>'
    )
    missing = {name: part for name, part in parts.items() if "sheet1" not in name}

    assert refused(books.package({**parts, "xl/workbook.xml": twice})).code == "sheet_damaged"
    assert refused(books.package({**parts, "XL/workbook.xml": b""})).code == "sheet_damaged"
    assert refused(books.package(missing)).code == "sheet_damaged"


def test_a_million_rows_of_a_workbook_are_refused_quickly() -> None:
    target = BytesIO()
    parts = books.raw_parts("")
    head, tail = str(parts.pop("xl/worksheets/sheet1.xml")).split("</sheetData>")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, content in parts.items():
            file.writestr(name, content)
        with file.open("xl/worksheets/sheet1.xml", "w") as stream:
            stream.write(head.encode())
            for block in range(100):
                first = block * 10_000 + 1
                rows = (
                    f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>生{n}</t></is></c></row>'
                    for n in range(first, first + 10_000)
                )
                stream.write("".join(rows).encode())
            stream.write(b"</sheetData>" + tail.encode())
    started = process_time()

    error = refused(target.getvalue())

    assert process_time() - started < 1
    assert (error.code, error.params) == ("sheet_too_many_rows", {"limit": cells.MAX_ROWS})


cell_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=8),
)


@given(rows=st.lists(st.lists(cell_values, max_size=5), max_size=6))
def test_what_openpyxl_writes_is_what_we_read(rows: list[list[Any]]) -> None:
    def shown(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).upper()
        return "" if value is None else str(value)

    for row in rows:
        row[:] = [None if isinstance(v, str) and v[:1] in ("=", "#") else v for v in row]
    expected = {
        (number, at): shown(value)
        for number, row in enumerate(rows, start=1)
        for at, value in enumerate(row)
        if shown(value).strip()
    }

    found = only(books.xlsx(rows), "a.xlsx")

    assert expected == {
        (row.number, at): cell.text
        for row in found.rows
        for at, cell in enumerate(row.cells)
        if cell.text.strip()
    }


BOOK = books.xlsx(PUPILS)


@given(at=st.integers(0, len(BOOK) - 1), bits=st.integers(1, 255), cut=st.booleans())
def test_a_workbook_with_a_wrong_byte_is_read_or_refused(at: int, bits: int, cut: bool) -> None:
    data = bytearray(BOOK)
    data[at] ^= bits
    with contextlib.suppress(Invalid):
        sheet.read(bytes(data[:at] if cut else data), "a.xlsx")


@given(
    part=st.sampled_from(sorted(books.raw_parts("", strings=""))),
    data=st.data(),
)
def test_a_part_with_wrong_bytes_is_read_or_refused(part: str, data: st.DataObject) -> None:
    parts = books.raw_parts(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1.5</v></c></row>',
        strings="<si><t>a</t></si>",
    )
    content = bytearray(str(parts[part]).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Invalid):
        sheet.read(books.package({**parts, part: bytes(content)}), "a.xlsx")
