"""Canonical JSON: one value, one sequence of bytes.

Standard   RFC 8785 (JCS), narrowed: no floating-point numbers, integers within
           +-(2**53 - 1), at most MAX_DEPTH levels of nesting, no lone surrogates.
Strict     `loads` accepts exactly what `dumps` writes: no white space, no duplicate or
           unsorted members, no other spelling of a string or number.
Errors     InvalidEncoding: json_depth, json_float, json_value, json_syntax, json_duplicate,
           json_not_canonical.
"""

import json
from typing import NoReturn, TypeAlias

import rfc8785

from crypto.errors import InvalidEncoding

MAX_DEPTH = 64

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"


def dumps(value: object) -> bytes:
    """Return the canonical bytes of `value`. Raises InvalidEncoding."""
    _check(value, MAX_DEPTH)
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except ValueError as error:
        raise InvalidEncoding("json_value") from error


def loads(data: bytes) -> Json:
    """Return the value of canonical bytes. Raises InvalidEncoding."""
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_members,
            parse_float=_refuse_float,
            parse_constant=_refuse_float,
        )
    except ValueError as error:
        raise InvalidEncoding("json_syntax") from error
    except RecursionError as error:  # the parser's own limit, far beyond ours
        raise InvalidEncoding("json_depth") from error
    if dumps(value) != data:
        raise InvalidEncoding("json_not_canonical")
    return value


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
