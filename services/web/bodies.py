"""What request bodies and answers are made of: strict, closed, and without control characters.

Body       of a request: exact JSON types, no member that is not named, never shown in an error
Answer     what is answered; a member that is not named is a programmer's mistake
Line       text of one line; Text with `most` and `least` by StringConstraints beside it
Instant    RFC 3339, UTC, to the second, as everywhere in Kexin
Day        2026-11-24
identifier the pattern of our ids, so that no other text reaches the database
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from identity import instants


class Body(BaseModel):
    """A request body."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class Answer(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _printable(text: str) -> str:
    """Refuse what a database, a log line or a terminal could not carry."""
    if any(not symbol.isprintable() for symbol in text):
        raise ValueError("control characters")
    return text


def _instant(value: object) -> object:
    return instants.read(value) if isinstance(value, str) else value


def _day(text: str) -> str:
    instants.read_day(text)
    return text


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A password or a code: any characters, compared and never stored."""

Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(instants.write, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


def choice(kind: type[StrEnum]) -> Callable[[Any], Any]:
    """Return what turns the value of an enum, as JSON has it, into the enum."""

    def read(value: object) -> object:
        return kind(value) if isinstance(value, str) else value

    return read


def identifier(prefix: str) -> str:
    """Return the pattern of the ids that services.platform.db.new_id makes with this prefix."""
    return rf"^{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}$"
