"""Canonical JSON: one value, one sequence of bytes.

Standard   RFC 8785 (JCS), narrowed: no floating-point numbers, integers within
           +-(2**53 - 1), at most MAX_DEPTH levels of nesting, no lone surrogates.
Strict     `loads` accepts exactly what `dumps` writes: no white space, no duplicate or
           unsorted members, no other spelling of a string or number.
Errors     InvalidEncoding: json_depth, json_float, json_value, json_syntax, json_duplicate,
           json_not_canonical.
Speed      `rfc8785` is pure Python. Where the C encoder of the standard library must write the
           same bytes (`_is_plain`), it writes them, several times faster.
"""

import json
from collections.abc import Iterable
from typing import Final, NoReturn, TypeAlias

import rfc8785

from crypto.errors import InvalidEncoding

MAX_DEPTH = 64
MAX_INTEGER: Final = 2**53 - 1

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"


def dumps(value: object) -> bytes:
    """Return the canonical bytes of `value`. Raises InvalidEncoding."""
    if _is_plain(value, MAX_DEPTH):
        try:
            return _encode(value).encode()
        except UnicodeEncodeError:
            pass  # a lone surrogate: refused below
    _check(value, MAX_DEPTH)
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except ValueError as error:
        raise InvalidEncoding("json_value") from error


def loads(data: bytes) -> Json:
    """Return the value of canonical bytes. Raises InvalidEncoding."""
    try:
        value: Json = _decode(data.decode())
    except ValueError as error:
        raise InvalidEncoding("json_syntax") from error
    except RecursionError as error:  # the parser's own limit, far beyond ours
        raise InvalidEncoding("json_depth") from error
    if dumps(value) != data:
        raise InvalidEncoding("json_not_canonical")
    return value


def _is_plain(value: object, levels: int) -> bool:
    """Return whether the C encoder writes this as RFC 8785 says, or fails at a lone surrogate.

    It escapes texts the same way. It sorts by code points, not UTF-16 units: alike for ASCII
    names. It knows no bound for integers and depth. Only exact types count: what a subclass
    does is not ours to know.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if type(value) is int:
        return -MAX_INTEGER <= value <= MAX_INTEGER
    if not levels:
        return False
    if type(value) is dict:
        for name in value:
            if type(name) is not str or not name.isascii():
                return False
        return _are_plain(value.values(), levels - 1)
    return (type(value) is list or type(value) is tuple) and _are_plain(value, levels - 1)


def _are_plain(values: Iterable[object], levels: int) -> bool:
    # A generator would take half as long again; most values are texts.
    for value in values:  # noqa: SIM110
        if type(value) is not str and not _is_plain(value, levels):
            return False
    return True


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


_encode = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,  # the depth is bounded
    allow_nan=False,
    sort_keys=True,
    separators=(",", ":"),
).encode
_decode = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_refuse_float, parse_constant=_refuse_float
).decode
