"""Strict reading of one JSON object: each member taken once, what is left over refused.

Every format of identity/ is read through this class, so that "unknown member", "wrong type" and
"out of range" mean the same everywhere. The caller says which error they become:

    read = Members(payload, wrong)
    seq = read.integer("seq", 1, MAX_SEQ)
    read.end()
"""

import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import NoReturn, TypeVar

from crypto.canonical import Json
from crypto.errors import InvalidEncoding, InvalidKey
from crypto.jws import unb64u
from crypto.keys import PublicKey
from identity import instants
from identity.errors import IdentityError

T = TypeVar("T")

Wrong = Callable[[str], IdentityError]
"""Name of the offending member -> the error to raise. The value is never in it."""

MAX_COUNT = 2**53 - 1

_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069]")
"""Unicode's categories Cc, Cs, Zl and Zp, and the embeddings, overrides and isolates of its
algorithm for two directions: sets that the standard will not change."""


class Members:
    """The members of one JSON object that have not been taken yet."""

    def __init__(self, value: Json, wrong: Wrong, name: str = "") -> None:
        if not isinstance(value, dict):
            raise wrong(name)
        self._left = dict(value)
        self._wrong = wrong

    def has(self, name: str) -> bool:
        """Return whether the member is there and not taken yet."""
        return name in self._left

    def take(self, name: str) -> Json:
        """Return the member whatever its type."""
        if name not in self._left:
            raise self._wrong(name)
        return self._left.pop(name)

    def end(self) -> None:
        """Refuse members that nobody took."""
        for name in self._left:
            raise self._wrong(name if re.fullmatch("[A-Za-z_]{1,30}", name) else "")

    def refuse(self, name: str) -> NoReturn:
        """Raise the caller's error for a rule that this class does not know."""
        raise self._wrong(name)

    def constant(self, name: str, value: Json) -> None:
        """Take a member that can have one value only."""
        found = self.take(name)
        if type(found) is not type(value) or found != value:
            raise self._wrong(name)

    def text(self, name: str, most: int) -> str:
        """Return a text for people: 1 to `most` characters, none of them invisible commands."""
        value = self.take(name)
        if not isinstance(value, str) or not is_plain(value, most):
            raise self._wrong(name)
        return value

    def match(self, name: str, pattern: str) -> str:
        """Return a text that matches the whole of a pattern."""
        value = self.take(name)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self._wrong(name)
        return value

    def one_of(self, name: str, allowed: Collection[str]) -> str:
        """Return a text that is in the list."""
        value = self.take(name)
        if not isinstance(value, str) or value not in allowed:
            raise self._wrong(name)
        return value

    def integer(self, name: str, lowest: int, highest: int = MAX_COUNT) -> int:
        """Return a number in this range. True and false are not numbers."""
        value = self.take(name)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise self._wrong(name)
        return value

    def octets(self, name: str, size: int) -> bytes:
        """Return bytes of this size, written in base64url."""
        return self.converted(name, lambda text: _sized(unb64u(text), size))

    def instant(self, name: str) -> datetime:
        """Return an instant written as RFC 3339."""
        return self.converted(name, instants.read)

    def seconds(self, name: str) -> datetime:
        """Return an instant written as seconds."""
        return instants.from_seconds(self.integer(name, 0, instants.LATEST_SECONDS))

    def code(self, name: str, validate: Callable[[str], str]) -> str:
        """Return a code in its normal form; another spelling of it is refused."""
        return self.converted(name, lambda text: _unchanged(text, validate(text)))

    def or_null(self, name: str, read: Callable[[str], T]) -> T | None:
        """Return None for null, else what `read(name)` returns."""
        if name in self._left and self._left[name] is None:
            del self._left[name]
            return None
        return read(name)

    def or_absent(self, name: str, read: Callable[[str], T]) -> T | None:
        """Return None if the member is absent, else what `read(name)` returns."""
        return read(name) if name in self._left else None

    def key(self, name: str) -> PublicKey:
        """Return a public key written as a JWK."""
        return self.as_key(name, self.take(name))

    def as_key(self, name: str, jwk: Json) -> PublicKey:
        """Return the public key of a JWK that was an item of the member `name`."""
        try:
            return PublicKey.from_jwk(jwk)
        except (InvalidEncoding, InvalidKey) as error:
            raise self._wrong(name) from error

    def object(self, name: str) -> "Members":
        """Return the members of an inner object."""
        return Members(self.take(name), self._wrong, name)

    def array(self, name: str, least: int, most: int) -> list[Json]:
        """Return the items of a list that has this many."""
        value = self.take(name)
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise self._wrong(name)
        return value

    def objects(self, name: str, least: int, most: int) -> "list[Members]":
        """Return the items of a list of objects."""
        return [Members(item, self._wrong, name) for item in self.array(name, least, most)]

    def texts(self, name: str, least: int, most: int, pattern: str) -> tuple[str, ...]:
        """Return a list of different texts in ascending order, each matching the pattern."""
        items = self.array(name, least, most)
        found = [item for item in items if isinstance(item, str)]
        matches = re.compile(pattern).fullmatch
        if len(found) < len(items) or found != sorted(set(found)) or not all(map(matches, found)):
            raise self._wrong(name)
        return tuple(found)

    def digests(self, name: str, least: int, most: int) -> tuple[bytes, ...]:
        """Return a list of different digests of 32 bytes, in the list's own order."""
        found: list[bytes] = []
        for item in self.array(name, least, most):
            try:
                found.append(_sized(unb64u(str(item)), 32))
            except (ValueError, InvalidEncoding):
                raise self._wrong(name) from None
        if len(set(found)) != len(found):
            raise self._wrong(name)
        return tuple(found)

    def converted(self, name: str, read: Callable[[str], T]) -> T:
        """Return what `read` makes of a text; its refusal becomes ours."""
        value = self.take(name)
        if not isinstance(value, str):
            raise self._wrong(name)
        try:
            return read(value)
        except (ValueError, InvalidEncoding, IdentityError):
            # Without its cause: what the cause says may contain the value.
            raise self._wrong(name) from None


def is_plain(text: str, most: int) -> bool:
    """Return whether people can read all of this text: 1 to `most` characters, not only spaces.

    Refused are control characters, line and paragraph separators, lone surrogates,
    and the commands that turn the direction of writing. Variation selectors, joiners, private
    use characters and those newer than our Unicode tables stay: rare names need them.
    """
    return 0 < len(text) <= most and text.strip() == text and not _HIDDEN.search(text)


def _sized(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise ValueError("wrong size")
    return data


def _unchanged(text: str, normal: str) -> str:
    if text != normal:
        raise ValueError("not in normal form")
    return text
