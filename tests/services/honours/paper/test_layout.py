"""Where the words of a page stand: apart from each other, inside the frame, however long they are.

The lengths are the most that an order, a roster and a look may have.
"""

from itertools import combinations
from typing import Any

import pytest

from crypto.canonical import Json
from services.honours.paper import qr
from services.honours.paper.typesetting import DESIGNS
from services.platform import fonts
from tests.conftest import NOON
from tests.services.honours.paper import reading
from tests.services.honours.paper.reading import Box
from tests.services.honours.paper.test_typesetting import SETTER, content, sheet

CODE = qr.svg("https://kx.qinghe.example/v/7KQ2M9XW4HD0RT3F")
NOTICE: dict[str, Json] = {
    "sentence": "不作为中小学招生入学依据",
    "approval_number": "教监管厅函〔2026〕1号",
}
MARGIN = 40
"""Points from the edge of the page to what stands inside every frame."""


def written(count: int, words: str = "河南省青少年科技创新与人工智能编程实践挑战赛") -> str:
    return (words * count)[:count]


def signatories(count: int, title: int, name: int) -> list[Json]:
    return [{"title": written(title), "name": written(name)}] * count


PAGES: dict[str, dict[str, Json]] = {
    "short": {},
    "as long as is set without measuring": {
        "name": written(8),
        "award": written(9),
        "lead": written(36),
    },
    "four lines of award": {
        "award": written(104) + "　一等奖",
        "signatories": signatories(2, 4, 4),
    },
    "a name of another people": {
        "name": "阿卜杜热合曼·买买提艾力·木合塔尔",
        "notice": NOTICE,
        "signatories": signatories(3, 6, 6),
        "institution": written(22),
    },
    "Latin letters": {
        "name": "Maximilian Alexander Schwarzenberg-Hohenlohe-Wurzb",
        "award": ("FIRST LEGO League Challenge " * 9)[:120],
        "lead": "在2026年“" + ("International Robotics Olympiad " * 4)[:120] + "”中，荣获省级",
        "institution": "Zhengzhou International School of Science, " * 2 + "Zhengzhou",
        "notice": NOTICE,
        "signatories": [{"title": "Headmistress", "name": "Wilhelmina"}] * 3,
    },
    "everything at its longest": {
        "name": written(50, "阿卜杜热合曼·买买提艾力"),
        "award": written(120) + "　一等奖",
        "lead": written(560),
        "institution": written(120),
        "notice": NOTICE,
        "signatories": signatories(3, 20, 20),
        "title": written(12),
    },
}


def page(design: str, name: str) -> bytes:
    return SETTER.pdf(design, content(sheet(**{"qr": CODE, **PAGES[name]})), NOON)


def overlap(one: Box, other: Box) -> bool:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 0.5 and high > 0.5


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("name", PAGES)
def test_words_stand_apart_and_inside_the_frame(design: str, name: str) -> None:
    data = page(design, name)
    found = reading.boxes(data)
    width, height = (595, 842) if design == "plain" else (842, 595)

    assert reading.pages(data) == 1
    assert len(found) > 6
    assert [(a, b) for (a, one), (b, other) in combinations(found, 2) if overlap(one, other)] == []
    for words, (left, bottom, right, top) in found:
        inside = left > MARGIN < bottom and right < width - MARGIN and top < height - MARGIN
        assert inside, words


def line_of(data: bytes, words: str) -> Box:
    """Return the box of the only run of words that has these."""
    [found] = [box for text, box in reading.boxes(data) if words in "".join(text.split())]
    return found


@pytest.mark.parametrize("length", range(8, 16))
def test_the_honorific_is_never_torn_apart(length: int) -> None:
    """In portrait a name of some length leaves room for half of it."""
    data = SETTER.pdf("plain", content(sheet(name=written(length, "阿卜杜热合曼·买买提"))), NOON)

    assert line_of(data, "同学：")


@pytest.mark.parametrize("length", range(40, 52))
def test_a_rank_is_never_torn_apart(length: int) -> None:
    data = SETTER.pdf("plain", content(sheet(award=written(length) + "　一等奖")), NOON)

    assert line_of(data, "一等奖")


def test_latin_words_are_not_stretched_to_fill_a_line() -> None:
    name = "Maximilian Alexander Schwarzenberg-Hohenlohe"
    alone = line_of(SETTER.pdf("plain", content(sheet(name="Maximilian Alexander")), NOON), "Maxi")
    first = line_of(SETTER.pdf("plain", content(sheet(name=name)), NOON), "Maxi")

    assert first[2] - first[0] == pytest.approx(alone[2] - alone[0], rel=0.2)


def dark(data: bytes) -> int:
    seen: Any = reading.seen(data, dpi=150)
    return sum(map(int, seen.histogram()[:128]))


def test_a_character_of_the_fallback_face_is_as_bold_as_its_neighbours() -> None:
    rare = "𠮷𠮷𠮷𠮷"
    thin, thick = (
        SETTER.pdf("plain", content(sheet(name=rare, thin=marked)), NOON) for marked in ("", "𠮷")
    )

    assert dark(thick) > dark(thin) + 500
    assert rare in reading.text(thick)
    assert SETTER.thin("王𠮷abc林") == "𠮷"
    assert SETTER.thin("Anna") == ""


def test_without_a_bold_face_nothing_stands_out() -> None:
    regular = [path for path in fonts.found(()) if path.name not in fonts.BOLD]
    assert fonts.thin_in(regular)("王𠮷") == ""


def test_a_listing_tears_no_row_apart() -> None:
    """An award of many lines at the end of a page goes to the next one as a whole."""
    rows: list[Json] = [
        {
            "position": each + 1,
            "name": f"第{each}人",
            "award": written(120) + "　一等奖",
            "number": ["3441000001", "2026", f"H{each:06d}W"],
        }
        for each in range(30)
    ]
    listed: dict[str, Json] = {
        "title": "证书领取签字表",
        "programme": "三好学生评选",
        "institution": "青禾市第一高级中学",
        "classes": [{"name": "九(3)班", "rows": rows}],
    }
    data = SETTER.pdf("sign-off", listed, NOON)

    assert reading.pages(data) > 2
    words = [reading.text(data, each) for each in range(reading.pages(data))]
    assert [each.count("一等奖") for each in words] == [
        each.count("人工智能编") // 5 for each in words
    ]
    assert "发放人" in words[-1]


def test_a_slip_holds_the_longest_name_and_award() -> None:
    long = sheet(name=written(50), award=written(120) + "　一等奖", qr=CODE)
    slips: dict[str, Json] = {
        "title": "证书领取单",
        "institution": written(120),
        "sheets": [long | {"class": "九(3)班"}] * 9,
    }
    data = SETTER.pdf("slips", slips, NOON)
    found = reading.boxes(data)

    assert reading.pages(data) == 2
    assert [(a, b) for (a, one), (b, other) in combinations(found, 2) if overlap(one, other)] == []
    assert reading.text(data).count("请妥善保管") == 8
