import contextlib
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.honours import sheet
from services.platform.errors import Invalid
from tests.services.honours import books
from tests.services.honours.rosters import refused


def test_an_encrypted_workbook_and_the_old_formats() -> None:
    container = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600

    encrypted = container + "EncryptedPackage".encode("utf-16-le")

    assert refused(encrypted, "名单.xlsx").code == "sheet_encrypted"
    assert refused(container, "名单.xls").code == "sheet_old_format"
    assert refused(container, "名单.et").code == "sheet_old_format"
    assert refused(b"<html><table>", "名单.xls").code == "sheet_old_format"
    assert refused(b"%PDF-1.7", "名单.pdf").code == "sheet_old_format"


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (b"", "a.xlsx", "sheet_empty"),
        (b"\xef\xbb\xbf \r\n\t", "a.csv", "sheet_empty"),
        ("姓名,学号".encode(), "a.xlsx", "sheet_not_workbook"),
        ("姓名,学号".encode(), "a.json", "sheet_wrong_ending"),
        ("姓名,学号".encode(), "a", "sheet_wrong_ending"),
        (books.raw(""), "a.csv", "sheet_wrong_ending"),
        (books.raw("") + b"\0" * sheet.MAX_BYTES, "a.xlsx", "sheet_too_many_bytes"),
        (b"a," * (sheet.MAX_BYTES // 2 + 1), "a.csv", "sheet_too_many_bytes"),
    ],
)
def test_files_that_are_refused_at_the_door(data: bytes, filename: str, code: str) -> None:
    assert refused(data, filename).code == code


def test_a_million_lines_are_refused_quickly() -> None:
    long = b"a,b,c\r\n" * 1_000_000
    longer = b"aaaaaaaa,bbbbbbbb,cccccccc\r\n" * 1_000_000
    started = process_time()

    assert refused(long, "a.csv").code == "sheet_too_many_rows"
    assert refused(longer, "a.csv").code == "sheet_too_many_rows"
    assert process_time() - started < 1


@given(data=st.binary(max_size=200), ending=st.sampled_from([".xlsx", ".csv", ".txt", ""]))
@example(data=b"\xef\xbb\xbf\xef\xbb\xbf", ending=".csv")
@example(data=b"\r\r\r", ending=".csv")
def test_garbage_is_read_or_refused(data: bytes, ending: str) -> None:
    with contextlib.suppress(Invalid):
        sheet.read(data, "a" + ending)
