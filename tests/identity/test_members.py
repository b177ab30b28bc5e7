"""Strict reading: every kind of member, and every way to get it wrong."""

import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.canonical import Json
from crypto.jws import b64u
from identity import codes, instants
from identity.errors import IdentityError, InvalidRecord
from identity.members import MAX_COUNT, Members, is_plain
from tests.identity.samples import NOW, private_key


def _ended(read: Members) -> str:
    read.end()
    return "ended"


READERS: dict[str, Callable[[Members, str], Any]] = {
    "text": lambda read, name: read.text(name, 10),
    "match": lambda read, name: read.match(name, "[a-z]{1,3}"),
    "one_of": lambda read, name: read.one_of(name, ("red", "green")),
    "integer": lambda read, name: read.integer(name, 1, 9),
    "octets": lambda read, name: read.octets(name, 2),
    "instant": lambda read, name: read.instant(name),
    "seconds": lambda read, name: read.seconds(name),
    "code": lambda read, name: read.code(name, codes.validate_edu_id),
    "key": lambda read, name: read.key(name),
    "constant": lambda read, name: read.constant(name, 1),
    "object": lambda read, name: _ended(read.object(name)),
    "array": lambda read, name: read.array(name, 1, 2),
    "objects": lambda read, name: [_ended(each) for each in read.objects(name, 1, 2)],
    "texts": lambda read, name: read.texts(name, 1, 2, "[a-z]"),
    "digests": lambda read, name: read.digests(name, 1, 2),
}

KEY = private_key("issuer").public
DIGEST = b64u(bytes(32))
OTHER = b64u(bytes([1]) * 32)

GOOD: list[tuple[str, Json, object]] = [
    ("text", "三好学生", "三好学生"),
    ("match", "abc", "abc"),
    ("one_of", "red", "red"),
    ("integer", 9, 9),
    ("octets", "AAE", b"\x00\x01"),
    ("instant", instants.write(NOW), NOW),
    ("seconds", instants.seconds(NOW), NOW),
    ("code", "E417KQ2M9XW4HD0RT4", "E417KQ2M9XW4HD0RT4"),
    ("key", {**KEY.jwk()}, KEY),
    ("constant", 1, None),
    ("object", {}, "ended"),
    ("array", [1], [1]),
    ("objects", [{}, {}], ["ended", "ended"]),
    ("texts", ["a", "b"], ("a", "b")),
    ("digests", [OTHER, DIGEST], (bytes([1]) * 32, bytes(32))),
]

BAD: list[tuple[str, list[Json]]] = [
    ("text", ["", "x" * 11, 1, None, "a\nb", " a"]),
    ("match", ["", "abcd", "ab\n", 1]),
    ("one_of", ["blue", "", None, ["red"]]),
    ("integer", [0, 10, "1", True, None]),
    ("octets", ["AAF", "AA", "AAEA", "AA==", 1, "é"]),
    ("instant", ["2026-11-24", 1, ""]),
    ("seconds", [-1, instants.LATEST_SECONDS + 1, "1"]),
    ("code", ["E41-7KQ2M-9XW4H-D0RT-4", "E417KQ2M9XW4HD0RT5", 1]),
    ("key", [{}, {**KEY.jwk(), "kid": KEY.kid}, {**KEY.jwk(), "x": KEY.jwk()["y"]}, "x"]),
    ("key", [{**KEY.jwk(), "x": "!" * 43}]),
    ("constant", [2, True, "1", None]),
    ("object", [[], None, "x", {"surplus": 1}]),
    ("array", [[], [1, 2, 3], {}, "ab"]),
    ("objects", [[], [{}, 1], [{"surplus": 1}]]),
    ("texts", [[], ["b", "a"], ["a", "a"], ["A"], [1], ["a", "b", "c"]]),
    ("digests", [[], [DIGEST, DIGEST], [DIGEST[:-1]], [1], [DIGEST[:-1] + "B"], ["AAE"]]),
]


def wrong(member: str) -> IdentityError:
    return InvalidRecord("wrong", member=member)


def members(value: Json) -> Members:
    return Members(value, wrong)


def blamed(act: Callable[[], object]) -> object:
    with pytest.raises(InvalidRecord) as caught:
        act()
    assert caught.value.code == "wrong"
    return caught.value.params["member"]


@pytest.mark.parametrize(("reader", "value", "result"), GOOD)
def test_a_good_member_is_taken_once(reader: str, value: Json, result: object) -> None:
    read = members({"m": value})

    assert READERS[reader](read, "m") == result
    read.end()
    assert blamed(lambda: READERS[reader](read, "m")) == "m"


@pytest.mark.parametrize(
    ("reader", "value"), [(reader, value) for reader, values in BAD for value in values]
)
def test_a_bad_member_is_refused_by_name(reader: str, value: Json) -> None:
    assert blamed(lambda: READERS[reader](members({"m": value}), "m")) in ("m", "surplus")


@pytest.mark.parametrize("value", [[], None, "x", 1])
def test_only_objects_have_members(value: Json) -> None:
    assert blamed(lambda: members(value)) == ""


def test_what_is_left_over_is_refused() -> None:
    assert blamed(members({"surplus": 1}).end) == "surplus"


def test_the_name_of_a_stranger_is_not_repeated() -> None:
    assert blamed(members({"<script>": 1}).end) == ""


def test_null_and_absent_are_two_things() -> None:
    read = members({"n": None, "m": 1})

    assert read.has("n")
    assert read.or_null("n", lambda name: read.integer(name, 1)) is None
    assert not read.has("n")
    assert read.or_absent("n", lambda name: read.integer(name, 1)) is None
    assert read.or_absent("m", lambda name: read.integer(name, 1)) == 1
    assert blamed(lambda: read.or_null("m", lambda name: read.integer(name, 1))) == "m"


def test_a_nullable_member_may_have_a_value() -> None:
    read = members({"m": 1})
    assert read.or_null("m", lambda name: read.integer(name, 1)) == 1


def test_a_caller_can_refuse_by_a_rule_of_his_own() -> None:
    assert blamed(lambda: members({}).refuse("rule")) == "rule"


def test_counts_stay_exact_in_every_json_reader() -> None:
    assert members({"m": MAX_COUNT}).integer("m", 0) == 2**53 - 1
    assert blamed(lambda: members({"m": 2**53}).integer("m", 0)) == "m"


@pytest.mark.parametrize(
    "text",
    [
        "阿依古丽·买买提",
        "欧阳𠮷",
        "葛󠄀飾",  # with a variation selector
        "\ue863",  # private use, as older systems write rare characters
        "ئايگۈل",
        "བསྟན་འཛིན",
        "می‌خواهم",  # with a joiner that is part of the spelling
        "O'Brien <b>",
    ],
)
def test_names_of_all_peoples_are_plain(text: str) -> None:
    assert is_plain(text, 40)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " 张三",
        "张三 ",
        "张\n三",
        "张\x00三",
        "张\u202e三",
        "张\u2066三",
        "\ud800",
        "张\u2028三",
    ],
)
def test_hidden_commands_are_not_plain(text: str) -> None:
    assert not is_plain(text, 40)


def test_hidden_are_exactly_what_the_unicode_tables_say() -> None:
    commands = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for character in map(chr, range(sys.maxunicode + 1)):
        hidden = (
            unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
            or unicodedata.bidirectional(character) in commands
        )
        assert is_plain(f"a{character}a", 3) is not hidden, hex(ord(character))


@given(value=st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists))
def test_no_reader_fails_in_another_way(value: Any) -> None:
    for reader in READERS.values():
        read = members({"m": value})
        try:
            reader(read, "m")
        except InvalidRecord:
            continue
        read.end()
