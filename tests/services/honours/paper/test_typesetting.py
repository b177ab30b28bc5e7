"""The typesetter: data is never markup, threads do not meet, same input means same bytes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import typst

from crypto.canonical import Json
from services.honours.paper import service, typesetting
from services.honours.paper.looks import Look
from services.honours.paper.typesetting import DESIGNS, Typesetter
from services.platform import fonts
from services.platform.errors import Invalid, Unavailable
from tests.conftest import NOON
from tests.services.honours.paper import reading

SETTER = Typesetter(fonts.found(()))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M4 4h1v1H4z"/></svg>'


def sheet(**changes: Json) -> dict[str, Json]:
    plain: dict[str, Json] = {
        "award": "三好学生",
        "closing": "特发此证，以资鼓励。",
        "code": ["7KQ2", "M9XW", "4HD0", "RT3F"],
        "day": "二〇二六年六月十八日",
        "entry": "kx.qinghe.example/v",
        "honorific": "同学：",
        "institution": "青禾市第一高级中学",
        "lead": "在2025—2026学年中，被评为校级",
        "name": "林知远",
        "notice": None,
        "number": ["3441000001", "2026", "H000123W"],
        "qr": SVG,
        "signatories": [],
        "test": False,
        "thin": "",
        "title": "荣誉证书",
    }
    return {**plain, **changes}


def content(*sheets: dict[str, Json], **how: Any) -> dict[str, Json]:
    look = service.printing(Look(), "荣誉证书", **how)
    return {"look": look, "sheets": [*(sheets or (sheet(),))]}


def test_the_same_content_gives_the_same_bytes_in_every_thread() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: SETTER.pdf("plain", content(), NOON), range(12)))

    assert len(made) == 1
    assert Typesetter(fonts.found(())).pdf("plain", content(), NOON) in made


@pytest.mark.parametrize(
    "text",
    [
        "#panic()",
        '"); #read("/etc/passwd") //',
        "\\u{41}\\",
        "$x^2$ *bold* _it_ `raw` @ref <label>",
        "<script>alert(1)</script>",
        "a\u202eb",
    ],
)
def test_what_is_printed_is_never_markup(text: str) -> None:
    data = SETTER.pdf("plain", content(sheet(lead=text)), NOON)

    shown = "".join(text.split()).replace("\u202e", "")
    assert shown in reading.text(data).replace("\u202e", "")
    assert reading.pages(data) == 1


def test_a_character_that_no_font_has_is_named_by_its_code_point() -> None:
    with pytest.raises(Invalid) as caught:
        SETTER.pdf("plain", content(sheet(name="张\U00031350")), NOON)

    assert caught.value.code == "glyph_missing"
    assert caught.value.params == {"code_points": "U+31350"}
    assert caught.value.__cause__ is None


def test_any_other_trouble_says_nothing_of_the_content() -> None:
    with pytest.raises(Unavailable) as caught:
        SETTER.pdf("plain", content({"name": "林知远"}), NOON)

    assert caught.value.code == "typesetting_failed"
    assert caught.value.params == {}
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("design", DESIGNS)
def test_long_words_stay_on_their_page_and_apart(design: str) -> None:
    long = sheet(
        name="阿卜杜热合曼·买买提艾力" * 4,
        lead="在2025—2026学年中，" + "品德优良，学业勤勉，身心健康，乐于助人，" * 15,
        award="全国中小学生科技创新大赛高中组机器人专项赛区级选拔赛" * 4,
        institution="青禾市第一高级中学（示范校区）教育集团总校" * 2,
        notice={"sentence": "不作为中小学招生入学依据", "approval_number": "教监管厅函〔2026〕1号"},
        signatories=[{"title": "组委会主任", "name": "欧阳修竹"}] * 3,
    )
    data = SETTER.pdf(design, content(long), NOON)

    assert reading.pages(data) == 1
    words = reading.text(data)
    for part in ("特发此证", "不作为中小学招生入学依据", "H000123W", "二〇二六年六月十八日"):
        assert part in words


@pytest.mark.parametrize("design", DESIGNS)
def test_pre_printed_stock_gets_the_words_and_no_frame(design: str) -> None:
    """What moves with the words, such as 同学 after a name, cannot stand on it already."""
    data = SETTER.pdf(design, content(on_paper=True, stock=True), NOON)
    words = reading.text(data)

    for printed in ("林知远同学：", "三好学生", "H000123W", "青禾市第一高级中学", "特发此证"):
        assert printed in words
    assert "荣誉证书" not in words
    page = reading.seen(data, dpi=60)
    assert page.getpixel((8, 8)) == 255


def test_on_paper_there_is_no_tint_behind_the_words() -> None:
    tinted = reading.seen(SETTER.pdf("red-gold", content(), NOON), dpi=60)
    white = reading.seen(SETTER.pdf("red-gold", content(on_paper=True), NOON), dpi=60)

    assert tinted.getpixel((8, 8)) != 255
    assert white.getpixel((8, 8)) == 255


def test_offsets_move_the_whole_page() -> None:
    moved = content()
    moved["look"] = service.printing(Look(offset_x=1000, offset_y=-500), "荣誉证书")
    first = reading.seen(SETTER.pdf("plain", content(), NOON), dpi=254)
    second = reading.seen(SETTER.pdf("plain", moved, NOON), dpi=254)

    assert left_top(second)[0] - left_top(first)[0] == pytest.approx(100, abs=2)
    assert left_top(second)[1] - left_top(first)[1] == pytest.approx(-50, abs=2)


def left_top(page: Any) -> tuple[int, int]:
    """Return where the dark of a page begins, at ten pixels a millimetre."""
    left, top, _, _ = page.point(lambda value: 255 if value < 200 else 0).getbbox()
    return left, top


def test_a_test_certificate_says_so_across_the_page() -> None:
    assert "测试" in reading.text(SETTER.pdf("blue", content(sheet(test=True)), NOON))
    assert "测试" not in reading.text(SETTER.pdf("blue", content(), NOON))


def test_many_pages_in_one_file() -> None:
    data = SETTER.pdf("plain", content(*(sheet(name=f"第{n}人") for n in range(5))), NOON)

    assert reading.pages(data) == 5
    assert "第3人" in reading.text(data, 3)


def test_fonts_that_hold_none_of_our_faces_are_refused() -> None:
    with pytest.raises(Unavailable, match="fonts_missing"):
        Typesetter(())


def test_a_compiler_belongs_to_one_thread() -> None:
    assert isinstance(SETTER._compiler(), typst.Compiler)
    assert SETTER._compiler() is SETTER._compiler()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(SETTER._compiler).result() is not SETTER._compiler()
    assert typesetting.source("plain", {"a": '"\\'}).count(b"\n") == 2
