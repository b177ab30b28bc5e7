import zipfile
from io import BytesIO

import pytest

from services.honours import ooxml
from tests.services.honours import books
from tests.services.honours.rosters import PUPILS, refused


@pytest.mark.parametrize("kept", [4, 100, 2_000, -30, -1])
def test_a_truncated_workbook_is_damaged(kept: int) -> None:
    assert refused(books.xlsx(PUPILS)[:kept]).code == "sheet_damaged"


def test_a_changed_byte_inside_is_noticed() -> None:
    data = bytearray(books.package({**books.raw_parts("")}))
    at = data.index(b"xl/worksheets/sheet1.xml") + 40
    data[at] ^= 0xFF

    assert refused(bytes(data)).code == "sheet_damaged"


def test_macros() -> None:
    parts = {**books.raw_parts(""), "xl/vbaProject.bin": b"x"}

    assert refused(books.package(parts)).code == "sheet_macros"
    assert refused(books.xlsx(PUPILS), "名单.xlsm").code == "sheet_macros"
    assert refused(books.package({**books.raw_parts(""), "xl/macrosheets/a.xml": b"x"})).code == (
        "sheet_macros"
    )


def test_a_zip_bomb_by_ratio() -> None:
    error = refused(books.raw(" " * (64 * 1024 * 1024)))

    assert (error.code, error.params["megabytes"]) == ("sheet_zip_bomb", 64)


def test_a_zip_bomb_by_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooxml, "MAX_UNPACKED_BYTES", 100_000)

    assert refused(books.raw(" " * 200_000)).code == "sheet_zip_bomb"


def test_a_zip_bomb_by_number_of_parts() -> None:
    parts: dict[str, str | bytes] = {f"xl/media/{n}.png": b"" for n in range(ooxml.MAX_PARTS)}

    assert refused(books.package({**books.raw_parts(""), **parts})).code == "sheet_zip_bomb"


def test_a_part_is_never_read_beyond_the_size_it_promised() -> None:
    """The directory says 10 bytes, the stream holds a megabyte: a lie, not a longer part."""
    honest = books.raw(" " * 1_000_000)
    with zipfile.ZipFile(BytesIO(honest)) as file:
        info = file.getinfo("xl/worksheets/sheet1.xml")
    size = info.file_size.to_bytes(4, "little")

    assert refused(honest.replace(size, (10).to_bytes(4, "little"))).code == "sheet_damaged"


def test_an_encrypted_part() -> None:
    data = bytearray(books.raw(""))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1

    assert refused(bytes(data)).code == "sheet_encrypted"


def test_an_unusual_compression_is_refused() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("xl/workbook.xml", "x")

    assert refused(target.getvalue()).code == "sheet_damaged"
