"""Canonical JSON: one value, one sequence of bytes.

Standard   RFC 8785 (JCS), narrowed: no floating-point numbers, integers within
           +-(2**53 - 1), at most MAX_DEPTH levels of nesting, no lone surrogates.
Strict     `loads` accepts exactly what `dumps` writes: no white space, no duplicate or
           unsorted members, no other spelling of a string or number.
Errors     InvalidEncoding: json_depth, json_float, json_value, json_syntax, json_duplicate,
           json_not_canonical.
Speed      what nearly all values are made of is written here, several times faster than by
           `rfc8785`, which writes the rest and is the oracle of the tests.
"""

import json
from collections.abc import Callable
from json.encoder import encode_basestring as _quote
from typing import Any, Final, NoReturn, TypeAlias

import rfc8785

from crypto.errors import InvalidEncoding

MAX_DEPTH = 64
MAX_INTEGER: Final = 2**53 - 1

_WORDS: Final[dict[object, str]] = {None: "null", False: "false", True: "true"}

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"


def dumps(value: object) -> bytes:
    """Return the canonical bytes of `value`. Raises InvalidEncoding."""
    try:
        return _write(value, MAX_DEPTH).encode()
    except (_Unusual, UnicodeEncodeError):  # the latter for a lone surrogate
        pass
    _check(value, MAX_DEPTH)
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except ValueError as error:
        raise InvalidEncoding("json_value") from error


def loads(data: bytes) -> Json:
    """Return the value of canonical bytes. Raises InvalidEncoding."""
    try:
        text = data.decode()
        value, end = _read(text)
    except ValueError as error:
        raise InvalidEncoding("json_syntax") from error
    except RecursionError as error:  # the parser's own limit, far beyond ours
        raise InvalidEncoding("json_depth") from error
    if end != len(text):
        raise InvalidEncoding("json_syntax")
    if dumps(value) != data:
        raise InvalidEncoding("json_not_canonical")
    return value


class _Unusual(Exception):
    """The value is left to `rfc8785`."""


def _write(value: object, levels: int) -> str:
    """Return the canonical text, or raise _Unusual.

    Only exact types count: what a subclass does is not ours to know.
    """
    if type(value) is str:
        return _quote(value)
    if value is None or type(value) is bool:
        return _WORDS[value]
    if type(value) is int and -MAX_INTEGER <= value <= MAX_INTEGER:
        return str(value)
    if levels and type(value) is dict:
        return _write_object(value, levels - 1)
    if levels and (type(value) is list or type(value) is tuple):
        # Most are texts.
        items = [_quote(x) if type(x) is str else _write(x, levels - 1) for x in value]
        return f"[{','.join(items)}]"
    raise _Unusual


def _write_object(members: dict[Any, Any], levels: int) -> str:
    """Sort names by code points instead of UTF-16 units: the same order while all are ASCII."""
    for name in members:
        if type(name) is not str or not name.isascii():
            raise _Unusual
    texts = []
    for name in sorted(members):
        value = members[name]
        written = _quote(value) if type(value) is str else _write(value, levels)
        texts.append(f"{_quote(name)}:{written}")
    return f"{{{','.join(texts)}}}"


def _check(value: object, levels: int) -> None:
    """Refuse what rfc8785 would accept: floats, and nesting without bound."""
    if isinstance(value, float):
        raise InvalidEncoding("json_float")
    if isinstance(value, dict | list | tuple):
        if not levels:
            raise InvalidEncoding("json_depth")
        for item in value.values() if isinstance(value, dict) else value:
            _check(item, levels - 1)


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidEncoding("json_duplicate")
    return members


def _refuse_float(_: str) -> NoReturn:
    raise InvalidEncoding("json_float")


_read: Callable[[str], tuple[Json, int]] = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_refuse_float, parse_constant=_refuse_float
).raw_decode
"""Reads one value from the first character on, and says where it ends."""
