"""Bodies and answers of the registry slice."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from identity.levels import InstitutionKind
from services.accounts.schemas import Proof
from services.web.bodies import Answer, Body, Instant, Line, choice, identifier

InstitutionId = Annotated[str, StringConstraints(pattern=r"^inst_[0-9A-Z]{18}$")]
AccreditationId = Annotated[str, StringConstraints(pattern=identifier("acc"))]
Kid = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
Kind = Annotated[InstitutionKind, BeforeValidator(choice(InstitutionKind))]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]

MOST_RECORDS = 500


class InstitutionIn(Body):
    """A new institution."""

    kind: Kind
    name_zh: Annotated[Line, StringConstraints(max_length=120)]
    name_en: Line | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    code: Code
    uscc: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{18}$")] | None = None
    telephone: Annotated[Line, StringConstraints(max_length=30)]
    superior_id: InstitutionId | None = None


class CodeIn(Body):
    """The code that an institution has from now on."""

    code: Code


class AccreditationIn(Body):
    """The right to issue a type at these levels."""

    type: Line
    levels: Annotated[list[Line], Field(min_length=1, max_length=10)]
    valid_from: Instant | None = None
    """Default: now."""
    valid_to: Instant | None = None


class RecordsIn(Proof):
    """The institutions whose records one registrar signs with one proof of his factors."""

    institutions: Annotated[list[InstitutionId], Field(min_length=1, max_length=MOST_RECORDS)]


class Made(Answer):
    """Something new, by its id."""

    id: str


class CodeOut(Answer):
    """A code and when it is or was the institution's."""

    code: str
    valid_from: Instant
    valid_to: Instant | None
    reason: str


class KeyOut(Answer):
    """An issuer key, by its public part's name."""

    kid: str
    state: str
    valid_from: Instant
    valid_to: Instant | None


class AccreditationOut(Answer):
    """What an institution may issue."""

    id: str
    type: str
    levels: list[str]
    valid_from: Instant
    valid_to: Instant | None


class RecordOut(Answer):
    """A published record, by number and digest."""

    seq: int
    digest: str
    published: Instant


class InstitutionBrief(Answer):
    """An institution in a list."""

    id: str
    kind: str
    name_zh: str
    name_en: str | None
    region: str
    state: str
    superior_id: str | None


class InstitutionOut(InstitutionBrief):
    """An institution with all that its next record would say."""

    uscc: str | None
    telephone: str
    codes: list[CodeOut]
    keys: list[KeyOut]
    accreditations: list[AccreditationOut]
    record: RecordOut | None


class DraftOut(Answer):
    """A record that waits for its second signature."""

    institution: str
    registrar: str
    proposed: Instant


class SignedRecord(Answer):
    """What came of signing one record: done, or a problem as an error answer would tell it."""

    institution: str
    outcome: Literal["signed", "refused"]
    problem: dict[str, object] | None = None


class SignedRecords(Answer):
    """What came of signing several records."""

    records: list[SignedRecord]
