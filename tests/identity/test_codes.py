"""Codes against published examples, and every mistype that a check character must find."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import codes
from identity.check_characters import ALPHABET, mod_11_2, mod_31
from identity.codes import Number
from identity.errors import InvalidCode
from tests.identity.samples import VECTORS, Sequence

TODAY = date(2026, 11, 24)

VALIDATE: dict[str, Callable[[str], str]] = {
    "school_code": codes.validate_school_code,
    "region": codes.validate_region,
    "uscc": codes.validate_uscc,
    "id_number": lambda text: codes.validate_id_number(text, today=TODAY),
    "student_register": lambda text: codes.validate_student_register(text, today=TODAY),
    "edu_id": codes.validate_edu_id,
    "institution_id": codes.validate_institution_id,
    "number_prefix": codes.validate_number_prefix,
    "certificate_number": codes.validate_certificate_number,
}


def cases(name: str) -> list[Any]:
    tests = json.loads((VECTORS / "codes.json").read_text("utf-8"))[name]
    return [pytest.param(test, id=f"{test['kind']}-{test['text']}") for test in tests]


def refusal(kind: str, text: str) -> InvalidCode:
    with pytest.raises(InvalidCode) as caught:
        VALIDATE[kind](text)
    return caught.value


@pytest.mark.parametrize("case", cases("valid"))
def test_a_good_code_is_returned_in_its_normal_form(case: dict[str, str]) -> None:
    assert VALIDATE[case["kind"]](case["text"]) == case["normal"]


@pytest.mark.parametrize("case", cases("invalid"))
def test_a_bad_code_is_refused_with_the_reason(case: dict[str, str]) -> None:
    error = refusal(case["kind"], case["text"])

    assert error.params["reason"] == case["reason"]


@pytest.mark.parametrize("case", cases("invalid"))
def test_no_error_echoes_the_code(case: dict[str, str]) -> None:
    error = refusal(case["kind"], case["text"])

    told = f"{error} {error.code} {error.params} {error.__cause__} {error.__context__}"
    assert not case["text"] or case["text"] not in told


def mistypes(text: str, alphabet: str, fixed: int = 0) -> Iterator[str]:
    """Yield every single substitution and every swap of different neighbours."""
    for place in range(fixed, len(text)):
        for symbol in alphabet.replace(text[place], ""):
            yield text[:place] + symbol + text[place + 1 :]
    for place in range(fixed, len(text) - 1):
        if text[place] != text[place + 1]:
            yield text[:place] + text[place + 1] + text[place] + text[place + 2 :]


@pytest.mark.parametrize(
    ("kind", "text", "fixed", "count"),
    [
        ("uscc", "91350100M000100Y43", 0, 18 * 30 + 13),
        ("uscc", "9144030071526726XG", 0, 18 * 30 + 15),
        ("edu_id", "E417KQ2M9XW4HD0RT4", 0, 557),
        ("institution_id", "inst_417KQ2M9XW4HD0RT3F", 5, 18 * 30 + 17),
        ("certificate_number", "34410000012026H000123W", 0, 674),
    ],
)
def test_every_mistype_of_one_symbol_or_two_neighbours_is_found(
    kind: str, text: str, fixed: int, count: int
) -> None:
    wrong = list(mistypes(text, ALPHABET, fixed))

    assert len(wrong) == count
    for each in wrong:
        refusal(kind, each)


def test_every_mistype_of_an_id_number_is_found() -> None:
    for wrong in mistypes("11010519491231002X", "0123456789X"):
        refusal("id_number", wrong)


@given(body=st.text("0123456789", min_size=17, max_size=17), data=st.data())
def test_mod_11_2_is_iso_7064(body: str, data: st.DataObject) -> None:
    # ISO 7064: the weighted sum including the check character is 1 modulo 11.
    text = body + mod_11_2(body)

    total = sum("0123456789X".index(symbol) * 2 ** (17 - at) for at, symbol in enumerate(text))
    assert total % 11 == 1


@given(body=st.text(ALPHABET, min_size=1, max_size=29), data=st.data())
def test_mod_31_finds_one_wrong_symbol_in_any_code(body: str, data: st.DataObject) -> None:
    text = body + mod_31(body)
    place = data.draw(st.integers(0, len(text) - 1))
    symbol = data.draw(st.sampled_from(ALPHABET.replace(text[place], "")))

    wrong = text[:place] + symbol + text[place + 1 :]
    assert mod_31(wrong[:-1]) != wrong[-1]


@given(text=st.text(max_size=30), kind=st.sampled_from(sorted(VALIDATE)))
def test_any_text_is_either_normalised_or_refused(text: str, kind: str) -> None:
    with suppress(InvalidCode):
        normal = VALIDATE[kind](text)
        assert VALIDATE[kind](normal) == normal


@given(
    prefix=st.sampled_from(["3441000001", "0000410100"]),
    year=st.integers(2000, 2999),
    category=st.sampled_from(sorted(codes.LETTERS)),
    serial=st.integers(1, 999_999),
)
def test_a_number_parses_to_what_it_was_made_of(
    prefix: str, year: int, category: str, serial: int
) -> None:
    text = codes.number(prefix, year, category, serial)

    assert len(text) == codes.NUMBER_LENGTH
    assert codes.parse_number(text) == Number(prefix, year, category, serial)


def test_the_example_of_a_number() -> None:
    assert codes.number("3441000001", 2026, "comprehensive", 123) == "34410000012026H000123W"


def test_letters_are_different_symbols_of_the_alphabet() -> None:
    assert len(codes.CATEGORIES) == len(codes.LETTERS)
    assert set(codes.CATEGORIES) <= set(ALPHABET)
    assert set(codes.CATEGORIES) == set("HKDALMX")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("A4410000012026H000123", "characters"),
        ("344100000120A6H000123", "characters"),
        ("34410000012026H00012A", "characters"),
        ("34410000012026B000123", "category"),
        ("34410000011999H000123", "year"),
        ("34410000013000H000123", "year"),
        ("34410000012026H000000", "serial"),
        ("40410000012026H000123", "category"),
        ("00009901002026H000123", "province"),
    ],
)
def test_a_number_with_a_right_check_character_still_needs_right_parts(
    body: str, reason: str
) -> None:
    assert refusal("certificate_number", body + mod_31(body)).params["reason"] == reason


@pytest.mark.parametrize("serial", [0, -1, 1_000_000])
def test_a_serial_outside_the_series_is_refused(serial: int) -> None:
    with pytest.raises(InvalidCode) as caught:
        codes.number("3441000001", 2026, "moral", serial)
    assert caught.value.params["reason"] == "serial"


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("edu_id", "A417KQ2M9XW4HD0RT", "category"),
        ("edu_id", "E997KQ2M9XW4HD0RT", "province"),
        ("institution_id", "997KQ2M9XW4HD0RT3", "province"),
    ],
)
def test_our_ids_with_a_right_check_character_still_need_right_parts(
    kind: str, body: str, reason: str
) -> None:
    head = codes.INSTITUTION_PREFIX if kind == "institution_id" else ""
    assert refusal(kind, head + body + mod_31(body)).params["reason"] == reason


def test_new_ids_are_valid_and_all_different() -> None:
    random = Sequence("ids")
    persons = {codes.new_edu_id("41", random) for _ in range(2000)}
    institutions = {codes.new_institution_id("41", random) for _ in range(2000)}

    assert len(persons) == len(institutions) == 2000
    assert all(codes.validate_edu_id(each) == each for each in persons)
    assert all(codes.validate_institution_id(each) == each for each in institutions)


def test_new_ids_use_every_symbol_about_equally() -> None:
    random = Sequence("spread")
    drawn = "".join(codes.new_edu_id("41", random)[3:17] for _ in range(3000))

    mean = len(drawn) / len(ALPHABET)
    assert all(0.8 * mean < drawn.count(symbol) < 1.2 * mean for symbol in ALPHABET)


@pytest.mark.parametrize("make", [codes.new_edu_id, codes.new_institution_id])
def test_new_ids_need_a_province(make: Callable[[str, Sequence], str]) -> None:
    with pytest.raises(InvalidCode) as caught:
        make("99", Sequence("x"))
    assert caught.value.params["reason"] == "province"


def test_an_edu_id_is_shown_in_groups() -> None:
    assert codes.show_edu_id("E417KQ2M9XW4HD0RT4") == "E41-7KQ2M-9XW4H-D0RT-4"


def test_the_provinces_are_those_of_the_standard() -> None:
    assert len(codes.PROVINCES) == 5 + 3 + 7 + 6 + 5 + 5 + 3
    assert all(a < b for a, b in pairwise(sorted(codes.PROVINCES)))
