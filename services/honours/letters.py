"""Which characters may stand in a name or a short text on a certificate, and how to say which not.

Why         a certificate is printed, signed and compared by eye for decades: what cannot be
            seen, printed on another computer or told from its neighbour does not go in
Standard    Unicode categories; NFC (UAX 15). Planes 2 and 3 hold ideographs only, so a character
            there that this Python does not know yet is taken for one (GB 18030-2022 level 3)
Output      nothing; the first thing that is wrong is raised as a Flaw, with its code point.
            Nothing is repaired: the person who knows the name corrects the sheet
"""

import re
import unicodedata
from collections.abc import Callable

NAME_LENGTH = 50
DOT = "\u00b7"
"""The middle dot of names such as 阿依古丽·买买提, and the only one: U+00B7."""

SAMPLE_NAME = "示例学生"
"""How the pupils of the sample roster are called; nobody else is, and they get no certificate."""

_WRONG_DOTS = frozenset("•・･‧∙⋅᛫⸱⸳●◦．。｡ㆍꞏ\u0387")
_DOTS_BETWEEN_IDEOGRAPHS = frozenset(".-‐‑–—－_*:：,，、")
_IN_NAMES = frozenset(DOT + " -'’.")
_MARKUP = frozenset("<>&")
_FORMULA = ("=", "+", "-", "@")
_TWO_SPACES = re.compile("^ | $|  ")


class Flaw(Exception):
    """What is wrong with one cell: a code, and parameters that are never the whole value."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def check_text(text: str, *, limit: int) -> None:
    """Raise Flaw unless the text is one visible, normalised line of at most `limit` characters."""
    if text.isascii() and text.isalnum() and len(text) <= limit:
        return  # the numbers, which are half of all cells
    _refuse(text, "text_private_use", _is_private)
    _refuse(text, "text_unassigned", lambda c: _category(c) in ("Cn", "Cs"))
    _refuse(text, "text_invisible", _is_invisible)
    if any(symbol in _MARKUP for symbol in text):
        raise Flaw("text_markup")
    if text.startswith(_FORMULA):
        raise Flaw("text_formula", character=text[0])
    _refuse(text, "text_space", lambda c: c != " " and c.isspace())
    if _TWO_SPACES.search(text):
        raise Flaw("text_space", code_points="U+0020")
    _refuse(text, "text_not_normal", lambda c: unicodedata.normalize("NFC", c) != c)
    if unicodedata.normalize("NFC", text) != text:
        _refuse(text, "text_not_normal", lambda c: unicodedata.combining(c) > 0)
        raise Flaw("text_not_normal", code_points="")
    if len(text) > limit:
        raise Flaw("text_too_long", length=len(text), limit=limit)


def check_name(text: str) -> None:
    """Raise Flaw unless the text can be a person's name."""
    _check_dots(text)
    check_text(text, limit=NAME_LENGTH)
    for at, symbol in enumerate(text):
        around = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
        if symbol == " " and any(_is_ideograph(c) or c == DOT for c in around):
            raise Flaw("name_inner_space")
        if not _is_letter(symbol) and symbol not in _IN_NAMES:
            raise Flaw("name_character", character=symbol, code_points=code_point(symbol))
        if _is_letter(symbol) and unicodedata.normalize("NFKC", symbol) != symbol:
            raise Flaw("name_wide", code_points=code_point(symbol))
    if not any(_is_letter(symbol) for symbol in text):
        raise Flaw("name_character", character=text[0], code_points=code_point(text[0]))
    if text[0] == DOT or text[-1] == DOT or DOT * 2 in text:
        raise Flaw("name_dot_place")
    if text.startswith(SAMPLE_NAME):
        raise Flaw("name_sample")


def code_point(symbol: str) -> str:
    """Return U+4E00 for 一."""
    return f"U+{ord(symbol):04X}"


def _check_dots(text: str) -> None:
    """Refuse everything that people type where U+00B7 belongs."""
    for at, symbol in enumerate(text):
        before, after = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
        between = bool(before and after) and _is_ideograph(before) and _is_ideograph(after)
        if symbol in _WRONG_DOTS or (between and symbol in _DOTS_BETWEEN_IDEOGRAPHS):
            raise Flaw("name_dot", code_points=code_point(symbol))


def _refuse(text: str, code: str, is_wrong: Callable[[str], bool]) -> None:
    wrong = [code_point(symbol) for symbol in dict.fromkeys(text) if is_wrong(symbol)]
    if wrong:
        raise Flaw(code, code_points=" ".join(wrong[:5]))


def _category(symbol: str) -> str:
    """Return the Unicode category; Lo for an ideograph that is younger than this Python."""
    category = unicodedata.category(symbol)
    point = ord(symbol)
    young = category == "Cn" and 0x20000 <= point <= 0x3FFFF and point & 0xFFFF < 0xFFFE
    return "Lo" if young else category


def _is_private(symbol: str) -> bool:
    return _category(symbol) == "Co"


def _is_invisible(symbol: str) -> bool:
    """Controls, line ends, marks of direction and joining, variation selectors, fillers."""
    point = ord(symbol)
    selector = 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF or 0x180B <= point <= 0x180F
    filler = point in (0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F, 0x17B4, 0x17B5, 0x2800)
    return selector or filler or _category(symbol) in ("Cc", "Cf", "Zl", "Zp")


def _is_letter(symbol: str) -> bool:
    return symbol == "〇" or _category(symbol)[0] in "LM"


def _is_ideograph(symbol: str) -> bool:
    point = ord(symbol)
    return (
        symbol == "〇"
        or 0x3400 <= point <= 0x9FFF
        or 0xF900 <= point <= 0xFAFF
        or 0x20000 <= point <= 0x3FFFF
    )
