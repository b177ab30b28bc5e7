import pytest

from services.honours import cells, sheet
from services.honours.cells import Kind
from tests.services.honours import books
from tests.services.honours.rosters import PUPILS, only, refused, texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    rows = [*PUPILS, ("𠅤𬭎", "01", "㛃龘")]
    data = books.csv(rows, encoding=encoding, delimiter=delimiter)

    book = sheet.read(data, "名单.csv")

    assert texts(book.sheets[0]) == rows
    assert book.encoding == encoding.removesuffix("-sig")
    assert {cell.kind for row in book.sheets[0].rows for cell in row.cells} == {Kind.TEXT}


def test_one_column_and_commas_in_a_note() -> None:
    assert texts(only(b"a\nb\n", "a.txt")) == [("a",), ("b",)]
    tabs = "姓名\t学号\t备注\n甲\t1\ta,b,c,d\n乙\t2\t\n"
    assert texts(only(tabs.encode(), "a.tsv"))[0] == ("姓名", "学号", "备注")


def test_a_quoted_line_break_makes_no_new_row() -> None:
    data = '姓名,"学籍\r\n号"\r\n\r\n甲,"a""b"\r\n'.encode()

    found = only(data, "a.csv")

    assert [row.number for row in found.rows] == [1, 3]
    assert texts(found) == [("姓名", "学籍\r\n号"), ("甲", 'a"b')]


def test_a_cell_that_begins_with_an_equals_sign_is_a_formula() -> None:
    assert only(b'a,b\n="0012",=1+1\n', "a.csv").formulas == ("A2", "B2")


@pytest.mark.parametrize(
    ("head", "tail", "line"),
    [("utf-8", "gb18030", 5), ("gb18030", "utf-8", 5)],
)
def test_mixed_encodings_name_the_line(head: str, tail: str, line: int) -> None:
    lines = [*PUPILS, ("王芳", "00125", "三好学生")]
    data = books.csv(lines, encoding=head) + books.csv([("李娜", "9", "奖")], encoding=tail)

    error = refused(data, "a.csv")

    assert (error.code, error.params) == ("csv_mixed_encodings", {"line": line, "lines": 1})


def test_a_short_gb_line_that_fits_utf_8_by_chance_is_no_mixture() -> None:
    assert "卢".encode("gb18030").decode() == "\u00ac"
    rows = [*PUPILS, ("卢", "1", "a")]

    assert sheet.read(books.csv(rows, encoding="gb18030"), "a.csv").encoding == "gb18030"


def test_bytes_of_no_encoding_name_the_line() -> None:
    marked = b"\xef\xbb\xbf" + books.csv(PUPILS) + b"\xff,1,x\r\n"
    plain = books.csv(PUPILS, encoding="gb18030") + b"\xff,1,x\r\n"

    for data in (marked, plain):
        error = refused(data, "a.csv")
        assert (error.code, error.params) == ("csv_encoding", {"line": 4})


def test_utf_16_zero_bytes_and_quotes() -> None:
    assert refused("姓名,学号".encode("utf-16"), "a.csv").code == "csv_utf16"
    assert refused(b"a,b\n\0,c", "a.csv").code == "csv_binary"
    assert refused(b'a,b\n"c,d\n', "a.csv").code == "csv_quotes"
    assert refused(b'a,b\n"c"d,e\n', "a.csv").code == "csv_quotes"
    assert refused(b'a\n"' + b"x" * 200_000 + b'"', "a.csv").code == "csv_quotes"


def test_too_many_rows_columns_and_cells_of_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(b"a\n" * (cells.MAX_ROWS + 1), "a.csv").code == "sheet_too_many_rows"
    assert refused(b"," * cells.MAX_COLUMNS, "a.csv").code == "sheet_too_wide"
    monkeypatch.setattr("services.honours.delimited.MAX_CELLS", 3)
    assert refused(b"a,b\nc,d", "a.csv").code == "sheet_too_large"
