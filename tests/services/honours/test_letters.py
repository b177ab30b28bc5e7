import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.honours.letters import Flaw, check_name, check_text


def flaw(name: str) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(Flaw) as caught:
        check_name(name)
    return caught.value.code, caught.value.params


@pytest.mark.parametrize(
    "name",
    [
        "张伟",
        "王",
        "阿依古丽·买买提",
        "买买提·阿不都热合曼·吐尔逊",
        "𠅤𬭎",
        "㛃龘",
        "〇",
        "\u9fff",
        "\U0002ebf0",  # extension I, younger than Python 3.11
        "\U000323af",  # the last of extension H
        "John A. O'Brien-Smith",
        "José",
        "Ολγα",
    ],
)
def test_names_that_people_have(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("dot", "•・･‧∙⋅᛫⸱⸳●◦．。｡ㆍꞏ\u0387.-—－_*")
def test_every_other_middle_dot_is_told_the_right_one(dot: str) -> None:
    assert flaw(f"阿依古丽{dot}买买提") == ("name_dot", {"code_points": f"U+{ord(dot):04X}"})


@pytest.mark.parametrize(
    ("name", "code", "params"),
    [
        ("张\ue000", "text_private_use", {"code_points": "U+E000"}),
        ("张\U000f0001\ue001", "text_private_use", {"code_points": "U+F0001 U+E001"}),
        ("张\u0378", "text_unassigned", {"code_points": "U+0378"}),
        ("张\U0002fffe", "text_unassigned", {"code_points": "U+2FFFE"}),
        ("张\ud800", "text_unassigned", {"code_points": "U+D800"}),
        ("张\u200b伟", "text_invisible", {"code_points": "U+200B"}),
        ("\u202e张伟", "text_invisible", {"code_points": "U+202E"}),
        ("张\n伟", "text_invisible", {"code_points": "U+000A"}),
        ("张伟\ufe0f", "text_invisible", {"code_points": "U+FE0F"}),
        ("葛\U000e0100", "text_invisible", {"code_points": "U+E0100"}),
        ("\ufeff张", "text_invisible", {"code_points": "U+FEFF"}),
        ("\u3164", "text_invisible", {"code_points": "U+3164"}),
        ("<b>张伟</b>", "text_markup", {}),
        ("张&伟", "text_markup", {}),
        ("=张伟", "text_formula", {"character": "="}),
        ("张\u3000伟", "text_space", {"code_points": "U+3000"}),
        ("张\u00a0伟", "text_space", {"code_points": "U+00A0"}),
        (" 张伟", "text_space", {"code_points": "U+0020"}),
        ("张伟 ", "text_space", {"code_points": "U+0020"}),
        ("Ann  Lee", "text_space", {"code_points": "U+0020"}),
        ("\uf900", "text_not_normal", {"code_points": "U+F900"}),
        ("Jose\u0301", "text_not_normal", {"code_points": "U+0301"}),
        ("\u1100\u1161", "text_not_normal", {"code_points": ""}),
        ("张" * 51, "text_too_long", {"length": 51, "limit": 50}),
        ("张" * 200, "text_too_long", {"length": 200, "limit": 50}),
        ("张 伟", "name_inner_space", {}),
        ("阿依古丽 · 买买提", "name_inner_space", {}),
        ("张伟2", "name_character", {"character": "2", "code_points": "U+0032"}),
        ("张伟(大)", "name_character", {"character": "(", "code_points": "U+0028"}),
        ("\u2f00", "name_character", {"character": "\u2f00", "code_points": "U+2F00"}),
        ("⿰亻", "name_character", {"character": "⿰", "code_points": "U+2FF0"}),
        (".", "name_character", {"character": ".", "code_points": "U+002E"}),
        ("Ａnn", "name_wide", {"code_points": "U+FF21"}),
        ("·买买提", "name_dot_place", {}),
        ("阿依古丽·", "name_dot_place", {}),
        ("阿依古丽··买买提", "name_dot_place", {}),
    ],
)
def test_what_is_no_name(name: str, code: str, params: dict[str, str | int]) -> None:
    assert flaw(name) == (code, params)


def test_a_text_may_hold_digits_and_punctuation_but_no_formula() -> None:
    check_text("九(3)班", limit=40)
    check_text("“挑战杯”一等奖", limit=40)
    with pytest.raises(Flaw, match="text_formula"):
        check_text("@SUM(1)", limit=40)


@given(st.text(max_size=60))
def test_whatever_passes_can_be_seen_and_printed(text: str) -> None:
    try:
        check_text(text, limit=50)
    except Flaw:
        return
    assert len(text) <= 50
    assert unicodedata.is_normalized("NFC", text)
    assert text == text.strip()
    assert not set(text) & set("<>&")
    young = range(0x20000, 0x3FFFF)  # ideographs this Python may not know yet
    assert all(symbol.isprintable() or ord(symbol) in young for symbol in text)
