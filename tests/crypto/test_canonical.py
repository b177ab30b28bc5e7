"""Canonical JSON: RFC 8785 narrowed, and strict on the way in."""

import json
from collections import OrderedDict
from enum import IntEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical
from crypto.errors import InvalidEncoding

BIGGEST = 2**53 - 1
texts = st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers(-BIGGEST, BIGGEST) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
plain = st.text(st.characters(max_codepoint=127), max_size=3) | st.integers(-BIGGEST, BIGGEST)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists, tuples and objects with ASCII names only: all that is not left to rfc8785."""
    names = st.text(st.characters(max_codepoint=127), max_size=3)
    return st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(names, inner)


@given(values)
def test_a_value_comes_back(value: Any) -> None:
    data = canonical.dumps(value)
    assert canonical.loads(data) == value
    assert json.loads(data) == value


@given(values | st.recursive(plain, nested))
def test_the_bytes_are_those_of_the_independent_implementation(value: Any) -> None:
    assert canonical.dumps(value) == rfc8785.dumps(value)


@given(st.characters(codec="utf-8") | st.characters(max_codepoint=0x200))
def test_every_character_is_escaped_as_the_rfc_says(character: str) -> None:
    assert canonical.dumps([character]) == rfc8785.dumps([character])
    assert canonical.dumps({character: 1}) == rfc8785.dumps({character: 1})


@given(st.integers())
def test_numbers_are_written_or_refused_as_by_the_independent_implementation(value: int) -> None:
    try:
        expected = rfc8785.dumps(value)
    except ValueError:
        with pytest.raises(InvalidEncoding, match="json_value"):
            canonical.dumps([value])
        return
    assert canonical.dumps([value]) == b"[" + expected + b"]"


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0123456789-.eE\\utrfn a', max_size=30))
def test_only_canonical_bytes_are_read(data: bytes | str) -> None:
    raw = data.encode() if isinstance(data, str) else data
    try:
        value = canonical.loads(raw)
    except InvalidEncoding:
        return
    assert canonical.dumps(value) == raw


@given(values, st.data())
def test_white_space_anywhere_outside_texts_is_refused(value: Any, data: st.DataObject) -> None:
    spaced = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), sort_keys=True)
    if spaced.encode() != canonical.dumps(value):
        with pytest.raises(InvalidEncoding):
            canonical.loads(spaced.encode())
    else:
        with pytest.raises(InvalidEncoding):
            canonical.loads(spaced.encode() + data.draw(st.sampled_from([b" ", b"\n", b"\0"])))


def test_the_example_of_the_rfc() -> None:
    """RFC 8785 clause 3.2.3: members in the order of UTF-16 code units."""
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    written = list(json.loads(canonical.dumps(value)))
    assert written == ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
    assert canonical.dumps('€$\x0f\nA\'B"\\\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json_syntax"),
        (b"nul", "json_syntax"),
        (b"{}{}", "json_syntax"),
        (b"\xef\xbb\xbf{}", "json_syntax"),
        (b'"\xff"', "json_syntax"),
        (b'"\n"', "json_syntax"),
        (b"9" * 5000, "json_syntax"),
        (b"1.0", "json_float"),
        (b"1e2", "json_float"),
        (b"NaN", "json_float"),
        (b"-Infinity", "json_float"),
        (b'{"a":1,"a":1}', "json_duplicate"),
        (b'{"b":{"a":1,"a":2}}', "json_duplicate"),
        (b"9007199254740992", "json_value"),
        (b"-9007199254740992", "json_value"),
        (b'"\\ud800"', "json_value"),
        (b'{"\\udfff":1}', "json_value"),
        (b"-0", "json_not_canonical"),
        (b" 1", "json_syntax"),
        (b"1 ", "json_syntax"),
        (b"[1 ]", "json_not_canonical"),
        (b'{"b":1,"a":1}', "json_not_canonical"),
        (b'"\\u0041"', "json_not_canonical"),
        (b'"\\/"', "json_not_canonical"),
        (b"[" * 65 + b"]" * 65, "json_depth"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "json_depth"),
        (b"[" * 200_000 + b"]" * 200_000, "json_depth"),
        (b"[" * 200_000, "json_depth"),
        (b'{"a":' * 200_000, "json_depth"),
    ],
)
def test_what_is_not_canonical_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        canonical.loads(data)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.5, "json_float"),
        ([{"a": float("nan")}], "json_float"),
        (2**53, "json_value"),
        ({1: "number as a name"}, "json_value"),
        ({"\ud800": 1}, "json_value"),
        (["\udc00"], "json_value"),
        ({"set": {1}}, "json_value"),
        (b"bytes", "json_value"),
        ({"a": [{"b": 2**53}]}, "json_value"),
        ({"a": "\ud800"}, "json_value"),
        ({None: 1}, "json_value"),
        ({True: 1, "true": 2}, "json_value"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any, code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        canonical.dumps(value)


def test_sixty_four_levels_are_enough() -> None:
    data = b"[" * 64 + b"]" * 64
    assert canonical.dumps(canonical.loads(data)) == data


def test_a_value_inside_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(InvalidEncoding, match="json_depth"):
        canonical.dumps(loop)


def test_a_tuple_is_written_as_a_list() -> None:
    assert canonical.dumps({"b": (1, True), "a": None}) == b'{"a":null,"b":[1,true]}'


class Grade(IntEnum):
    FIRST = 1


class Shouting(str):
    __slots__ = ()

    def __str__(self) -> str:
        return self.upper()


@pytest.mark.parametrize(
    "value",
    [
        OrderedDict([("b", 1), ("a", 2)]),
        [OrderedDict(a=1)],
        Grade.FIRST,
        [Shouting("a")],
        {Shouting("a"): "b"},
        {"a": 1, "\u00e9": 2, "\U0001f600": 3, "\ufb33": 4},
    ],
)
def test_what_is_not_of_the_plainest_kind_goes_the_long_way(value: Any) -> None:
    assert canonical.dumps(value) == rfc8785.dumps(value)
