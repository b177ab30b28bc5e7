"""Numbers that name schools, persons and certificates: what is well-formed, and new ones.

School code           MoE 学校(机构)标识码: 10 digits, no check digit, an alias with a history
USCC                  GB 32100-2015, 18 symbols, MOD 31
ID number             GB 11643-1999, 18 symbols, MOD 11-2
Student register      全国学籍号: G + ID number, J + 18 with MOD 11-2, L + 18 digits unchecked
EDU-ID                ours: E, 2-digit province, 14 random symbols, MOD 31
Institution id        ours: inst_, 2-digit province, 15 random symbols, MOD 31
Certificate number    ours: 10-digit prefix, year, category letter, 6-digit serial, MOD 31

Each validate_* returns the normalised value or raises InvalidCode(`<kind>_invalid`, reason=…).
The value itself is in no error. Reasons: length, characters, category, province, birth_date,
future, year, serial, check_character.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from crypto.entropy import Random
from identity.check_characters import ALPHABET, mod_11_2, mod_31, random_symbols
from identity.errors import InvalidCode

PROVINCES = frozenset(
    str(code)
    for block in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
    for code in range(block[0], block[1] + 1)
) | {"71", "81", "82"}
"""First two digits of GB/T 2260."""

_ID_PROVINCES = PROVINCES | {"83"}
"""Residence permits of Taiwan residents start with 83."""

SCHOOL_CATEGORIES = frozenset(
    ["11", "21", "22", "31", "32", "33", "34", "35", "36", "37", "41", "42", "51", "91", "92", "93"]
)
"""First two digits of a school code: 11 kindergarten … 93 vocational training."""

LETTERS = {
    "comprehensive": "H",
    "discipline_contest": "D",
    "arts_sports": "A",
    "science": "K",
    "labour_practice": "L",
    "moral": "M",
    "other": "X",
}
"""Letter of a certificate number for each award category: H 荣誉 (honour), K 科学 (S is not in
the alphabet), X other; D, A, L, M are the English initials."""

CATEGORIES = {letter: category for category, letter in LETTERS.items()}

INSTITUTION_PREFIX = "inst_"
NUMBER_LENGTH = 22
TEST_PREFIX = "0" * 10
"""Starts the numbers of test certificates. It is nobody's, so they are no certificate numbers."""


_SYMBOLS = re.compile(f"[{ALPHABET}]+")
_DIGITS = re.compile("[0-9]+")
_EDU_ID_SHOWN = re.compile("[^-]{3}-[^-]{5}-[^-]{5}-[^-]{4}-[^-]")


@dataclass(frozen=True, slots=True)
class Number:
    """A certificate number taken apart. `prefix` is a school code or 0000 + region code."""

    prefix: str
    year: int
    category: str
    serial: int

    def __str__(self) -> str:
        body = f"{self.prefix}{self.year:04d}{LETTERS[self.category]}{self.serial:06d}"
        return body + mod_31(body)


def validate_school_code(text: str) -> str:
    """Return the school code. There is no check digit to verify, and none is ever computed."""
    _require(len(text) == 10, "school_code", "length")
    _require(_DIGITS.fullmatch(text) is not None, "school_code", "characters")
    _require(text[:2] in SCHOOL_CATEGORIES, "school_code", "category")
    _require(text[2:4] in PROVINCES, "school_code", "province")
    return text


def validate_region(text: str) -> str:
    """Return the 6-digit division code; only the province is checked, divisions come and go."""
    _require(len(text) == 6, "region", "length")
    _require(_DIGITS.fullmatch(text) is not None, "region", "characters")
    _require(text[:2] in PROVINCES, "region", "province")
    return text


def validate_uscc(text: str) -> str:
    """Return the unified social credit code."""
    _check_mod_31("uscc", text, 18)
    _require(_DIGITS.fullmatch(text[2:8]) is not None, "uscc", "characters")
    return text


def validate_id_number(text: str, *, today: date) -> str:
    """Return the resident ID number, a final x as X."""
    text = _upper_x(text)
    _check_citizen("id_number", text, _ID_PROVINCES, today)
    return text


def validate_student_register(text: str, *, today: date) -> str:
    """Return the 学籍号, a final x as X. G and J carry a check digit, L only a structure."""
    kind = "student_register"
    _require(len(text) == 19, kind, "length")
    letter, rest = text[0], _upper_x(text[1:])
    _require(letter in "GJL", kind, "category")
    if letter == "L":
        _require(_DIGITS.fullmatch(rest) is not None, kind, "characters")
        _require(rest[:2] in PROVINCES, kind, "province")
        _check_birth_date(kind, rest[6:14], today)
    else:
        _check_citizen(kind, rest, _ID_PROVINCES if letter == "G" else PROVINCES, today)
    return letter + rest


def validate_edu_id(text: str) -> str:
    """Return the EDU-ID without the hyphens it is shown with."""
    if _EDU_ID_SHOWN.fullmatch(text):
        text = text.replace("-", "")
    _check_mod_31("edu_id", text, 18)
    _require(text[0] == "E", "edu_id", "category")
    _require(text[1:3] in PROVINCES, "edu_id", "province")
    return text


def show_edu_id(edu_id: str) -> str:
    """Return the EDU-ID grouped for the eye: E41-7KQ2M-9XW4H-D0RT-4."""
    cuts = (0, 3, 8, 13, 17, 18)
    return "-".join(edu_id[a:b] for a, b in pairwise(cuts))


@lru_cache(maxsize=64)
def validate_institution_id(text: str) -> str:
    """Return the institution id."""
    kind = "institution_id"
    _require(text.startswith(INSTITUTION_PREFIX), kind, "category")
    body = text.removeprefix(INSTITUTION_PREFIX)
    _check_mod_31(kind, body, 18)
    _require(body[:2] in PROVINCES, kind, "province")
    return text


def validate_certificate_number(text: str) -> str:
    """Return the certificate number. One mistyped symbol is found without any look-up."""
    parse_number(text)
    return text


def validate_number_prefix(text: str) -> str:
    """Return the prefix of certificate numbers: a school code, or 0000 + region code."""
    if text.startswith("0000"):
        validate_region(text[4:])
    else:
        validate_school_code(text)
    return text


@lru_cache(maxsize=64)
def parse_number(text: str) -> Number:
    """Take a certificate number apart. Remembered, because each is looked at more than once."""
    kind = "certificate_number"
    _check_mod_31(kind, text, NUMBER_LENGTH)
    prefix, year, letter, serial = text[:10], text[10:14], text[14], text[15:21]
    _require(_DIGITS.fullmatch(prefix + year + serial) is not None, kind, "characters")
    _require(letter in CATEGORIES, kind, "category")
    return _number(prefix, int(year), CATEGORIES[letter], int(serial))


def number(prefix: str, year: int, category: str, serial: int) -> str:
    """Return the certificate number of this place in the series.

    Raises InvalidCode if a part is out of range; KeyError for a category that is not ours.
    """
    return str(_number(prefix, year, category, serial))


def new_edu_id(province: str, random: Random) -> str:
    """Return a random EDU-ID (69 random bits) allocated in this province."""
    _require(province in PROVINCES, "edu_id", "province")
    body = "E" + province + random_symbols(14, random)
    return body + mod_31(body)


def new_institution_id(province: str, random: Random) -> str:
    """Return a random institution id (74 random bits) allocated in this province."""
    _require(province in PROVINCES, "institution_id", "province")
    body = province + random_symbols(15, random)
    return INSTITUTION_PREFIX + body + mod_31(body)


def _require(holds: bool, kind: str, reason: str) -> None:
    if not holds:
        raise InvalidCode(f"{kind}_invalid", reason=reason)


def _check_mod_31(kind: str, text: str, length: int) -> None:
    _require(len(text) == length, kind, "length")
    _require(_SYMBOLS.fullmatch(text) is not None, kind, "characters")
    _require(mod_31(text[:-1]) == text[-1], kind, "check_character")


def _upper_x(text: str) -> str:
    return text[:-1] + "X" if text.endswith("x") else text


def _check_citizen(kind: str, text: str, provinces: frozenset[str], today: date) -> None:
    """Check the 18 symbols of GB 11643: division, birth date, sequence, check digit."""
    _require(len(text) == 18, kind, "length")
    _require(
        _DIGITS.fullmatch(text[:17]) is not None and text[17] in "0123456789X", kind, "characters"
    )
    _require(text[:2] in provinces, kind, "province")
    _check_birth_date(kind, text[6:14], today)
    _require(mod_11_2(text[:17]) == text[17], kind, "check_character")


def _check_birth_date(kind: str, digits: str, today: date) -> None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise InvalidCode(f"{kind}_invalid", reason="birth_date") from None
    _require(born.year >= 1900, kind, "birth_date")
    _require(born <= today, kind, "future")


def _number(prefix: str, year: int, category: str, serial: int) -> Number:
    kind = "certificate_number"
    _require(2000 <= year <= 2999, kind, "year")
    _require(1 <= serial <= 999_999, kind, "serial")
    return Number(validate_number_prefix(prefix), year, category, serial)
