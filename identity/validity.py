"""From when to when: spans of time, and keys that are in force during one.

Shared by issuer records and trust lists, which write a key in the same way:
{"from", "jwk", "kid", "to", "use"}.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crypto.canonical import Json
from crypto.keys import PublicKey
from identity import instants
from identity.members import Members


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant, included, to another, excluded; None: until further notice."""

    start: datetime
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        """Return whether the instant lies in it."""
        return self.start <= at and (self.end is None or at < self.end)

    def to_json(self) -> dict[str, Json]:
        """Return the members `from` and `to`."""
        end = None if self.end is None else instants.write(self.end)
        return {"from": instants.write(self.start), "to": end}


def read_span(read: Members) -> Span:
    """Take the members `from` and `to`, which comes later."""
    span = Span(read.instant("from"), read.or_null("to", read.instant))
    if span.end is not None and span.end <= span.start:
        read.refuse("to")
    return span


def read_key(read: Members, uses: Sequence[str]) -> tuple[PublicKey, str, Span]:
    """Read a key with its use and time; `kid` is written out and must be the key's own."""
    key = read.key("jwk")
    read.constant("kid", key.kid)
    use = read.one_of("use", uses)
    span = read_span(read)
    read.end()
    return key, use, span


def key_json(key: PublicKey, use: str, span: Span) -> dict[str, Json]:
    """Return a key as `read_key` reads it."""
    jwk: dict[str, Json] = {**key.jwk()}
    return {"jwk": jwk, "kid": key.kid, "use": use, **span.to_json()}
