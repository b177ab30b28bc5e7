"""Bodies and answers of the verification slice."""

from typing import Annotated, Any

from pydantic import StringConstraints

from services.web.bodies import Answer, Body

Typed = Annotated[str, StringConstraints(min_length=1, max_length=60)]
"""What a person copied from paper; spaces and hyphens do not matter."""


class LookupIn(Body):
    """What stands on the paper: its number, its code, or both."""

    number: Typed | None = None
    code: Typed | None = None


class IssuerNames(Answer):
    """The issuer by its record in the registry."""

    zh: str
    en: str | None
    telephone: str


class LookupOut(Answer):
    """What a number alone tells; with the code, the verdict too."""

    exists: bool
    number: str | None
    issuer: IssuerNames | None = None
    year: int | None = None
    status: str | None = None
    """valid, waiting, suspended, revoked or superseded."""
    verdict: dict[str, Any] | None = None
    """verdict-v1, with the least disclosures of the type."""
