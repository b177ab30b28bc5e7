"""Which characters can be printed."""

import struct
from pathlib import Path

import pytest

from services.platform import fonts
from services.platform.errors import Unavailable


def font(path: Path, *tables: tuple[int, int, bytes], collection: bool = False) -> Path:
    """Write a font file that has nothing but these tables of characters."""
    heads, bodies = b"", b""
    start = 4 + 8 * len(tables)
    for platform, encoding, body in tables:
        heads += struct.pack(">HHI", platform, encoding, start + len(bodies))
        bodies += body
    cmap = struct.pack(">HH", 0, len(tables)) + heads + bodies
    before = 16 if collection else 0
    offset = before + 12 + 2 * 16
    directory = struct.pack(">4sHHHH", b"\0\1\0\0", 2, 0, 0, 0)
    directory += struct.pack(">4sIII", b"aaaa", 0, 0, 0)
    directory += struct.pack(">4sIII", b"cmap", 0, offset, len(cmap))
    prefix = struct.pack(">4sHHII", b"ttcf", 1, 0, 1, before) if collection else b""
    path.write_bytes(prefix + directory + cmap)
    return path


def wide(*groups: tuple[int, int, int]) -> bytes:
    body = b"".join(struct.pack(">III", *group) for group in groups)
    return struct.pack(">HHIII", 12, 0, 16 + len(body), 0, len(groups)) + body


def narrow(starts: list[int], ends: list[int], deltas: list[int], places: list[int]) -> bytes:
    count = len(starts)
    head = struct.pack(">HHHHHHH", 4, 0, 0, 2 * count, 0, 0, 0)
    return (
        head
        + struct.pack(f">{count}H", *ends)
        + b"\0\0"
        + struct.pack(f">{count}H", *starts)
        + struct.pack(f">{count}H", *deltas)
        + struct.pack(f">{count}H", *places)
    )


def missing(path: Path, text: str) -> str:
    covered = fonts.coverage((path,))
    return "".join(each for each in text if not covered[ord(each)])


@pytest.mark.parametrize("collection", [False, True])
def test_runs_beyond_the_basic_plane_are_read(tmp_path: Path, collection: bool) -> None:
    table = wide((0x4E00, 0x4E02, 5), (0x20BB7, 0x20BB7, 9))
    path = font(tmp_path / "a.ttf", (3, 10, table), collection=collection)

    assert missing(path, "\u4e00\u4e02\u4e03\U00020bb7\U00020bb8") == "\u4e03\U00020bb8"


def test_a_run_that_starts_with_no_glyph(tmp_path: Path) -> None:
    path = font(tmp_path / "a.ttf", (0, 4, wide((0x41, 0x43, 0))))

    assert missing(path, "ABC") == "A"


def test_the_short_table_with_differences_and_with_glyphs_one_by_one(tmp_path: Path) -> None:
    table = narrow([0x41, 0x61, 0xFFFF], [0x43, 0x62, 0xFFFF], [1, 0, 1], [0, 4, 0])
    path = font(tmp_path / "a.ttf", (3, 1, table + struct.pack(">HH", 0, 7)))

    assert missing(path, "ABCDab") == "Da"


def test_tables_of_other_scripts_are_passed_over(tmp_path: Path) -> None:
    mac = struct.pack(">HHH", 0, 0, 0)
    path = font(tmp_path / "a.ttf", (1, 0, mac), (3, 1, mac), (3, 10, wide((0x41, 0x41, 3))))

    assert missing(path, "AB") == "B"


def test_a_font_without_characters_is_no_font(tmp_path: Path) -> None:
    path = tmp_path / "a.ttf"
    path.write_bytes(struct.pack(">4sHHHH", b"\0\1\0\0", 0, 0, 0, 0) + b"\0\0\0\0")
    with pytest.raises(ValueError, match="no table"):
        fonts.coverage((path,))


def test_our_fonts_have_every_common_character_and_name_the_ones_they_lack() -> None:
    missing_in = fonts.missing_in(())

    assert missing_in("".join(map(chr, range(0x4E00, 0x9FA6)))) == ""
    assert missing_in("王𠮷𬭎㛃䶮·—“”（）《》〔〕、。，：") == ""
    assert missing_in("张\U00031350\U00031350ئ") == "\U00031350ئ"


def test_a_folder_of_the_operators_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = font(tmp_path / "NotoSerifCJK-Regular.ttc", (3, 10, wide((0x4E00, 0x9FFF, 1))))
    monkeypatch.setattr(fonts, "PLACES", ())

    assert fonts.found((tmp_path,)) == (own,)
    assert fonts.missing_in((tmp_path,))("一A") == "A"


def test_without_a_font_nothing_is_missing_and_nothing_can_be_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "PLACES", ())

    assert fonts.missing_in(())("\U00031350") == ""
    with pytest.raises(Unavailable, match="fonts_missing"):
        fonts.found(())
