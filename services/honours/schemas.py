"""Bodies and answers of the honours slice."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.registry.schemas import InstitutionId
from services.web.bodies import Answer, Body, Day, Instant, Line, identifier

BatchId = Annotated[str, StringConstraints(pattern=identifier("bat"))]
ProgrammeId = Annotated[str, StringConstraints(pattern=identifier("prg"))]
RequestId = Annotated[str, StringConstraints(pattern=identifier("req"))]
JobId = Annotated[str, StringConstraints(pattern=identifier("job"))]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{22}$")]
Kind = Literal["xjh", "id_number", "student_no"]

MOST_AWARDS, MOST_NUMBERS = 200, 5_000


class ProgrammeIn(Body):
    """A new programme: what all its certificates have in common."""

    institution_id: InstitutionId
    name: Annotated[Line, StringConstraints(max_length=120)]
    category: Line
    level: Line
    awards: Annotated[list[Line], Field(default_factory=list, max_length=MOST_AWARDS)]
    statement: Annotated[Line, StringConstraints(max_length=300)] | None = None
    contest: bool = False
    approval_number: Annotated[Line, StringConstraints(max_length=80)] | None = None
    notice_days: Annotated[int, Field(ge=0, le=60)] = 5
    """Working days of public notice."""
    open_from: Day
    open_to: Day | None = None


class ProgrammeOut(Answer):
    """A programme."""

    id: str
    institution_id: str
    name: str
    category: str
    level: str
    awards: list[str]
    statement: str | None
    contest: bool
    approval_number: str | None
    notice_days: int
    open_from: str
    open_to: str | None


class JobOut(Answer):
    """How far a job is."""

    id: str
    kind: str
    subject: str
    state: str
    total: int
    done: int
    error_code: str | None
    created: Instant
    updated: Instant


class BatchBrief(Answer):
    """A batch in a list."""

    id: str
    institution_id: str
    programme_id: str
    period: str
    state: str
    rows: int
    excluded: int
    created: Instant


class BatchOut(BatchBrief):
    """A batch with the states of its rows and its job, if it has one."""

    award_on: str
    notice_place: str
    notice_from: str
    notice_to: str
    returned_reason: str | None
    states: dict[str, int]
    job: JobOut | None


class RowOut(Answer):
    """A row as its certificate will state it; no claims once it was forgotten."""

    position: int
    sheet_row: int
    state: str
    number: str | None
    void_reason: str | None
    supersedes: str | None
    claims: dict[str, str] | None


class ReturnIn(Body):
    """Why a batch goes back to its preparer."""

    reason: Line


class ApprovedOut(Answer):
    """What an approval set going."""

    batch: str
    job: str
    first_number: str
    last_number: str


class EntryOut(Answer):
    """Where the log says so."""

    origin: str
    index: int


class CertificateBrief(Answer):
    """A certificate in a list; nobody's name."""

    number: str
    institution_id: str
    programme_id: str
    batch_id: str
    period: str
    state: str
    issued: Instant


class ChangeOut(Answer):
    """A change of status that happened."""

    action: str
    at: Instant
    request_id: str
    content: dict[str, str]
    entry: EntryOut


class CertificateOut(CertificateBrief):
    """A certificate with its history."""

    forgotten: bool
    anchored: bool
    credential: str
    """SM3 of the issuer-signed JWT, base64url: what the entry is about."""
    entry: EntryOut
    changes: list[ChangeOut]
    supersedes: str | None
    successor: str | None


class CodeOut(Answer):
    """The code of a certificate's paper, and the address that its QR code holds."""

    number: str
    code: str
    address: str


class PersonIn(Body):
    """One identifier of a person: xjh (学籍号), id_number or student_no (学号)."""

    institution_id: InstitutionId
    kind: Kind
    identifier: Annotated[Line, StringConstraints(max_length=40)]


class StatusRequestIn(Body):
    """A change that a preparer asks for."""

    action: Literal["revoke", "suspend", "lift"]
    reason: Line
    numbers: Annotated[list[Number], Field(min_length=1, max_length=MOST_NUMBERS)]


class StatusRequestOut(Answer):
    """A change that was asked for, and what became of it."""

    id: str
    institution_id: str
    action: str
    reason: str
    numbers: list[str]
    state: str
    preparer_id: str
    created: Instant


class ChangedOut(Answer):
    """How many certificates an approved request changed."""

    request: str
    changed: int


class ForgetIn(Body):
    """Why somebody is forgotten; a code, never words about him."""

    reason: Line


class PersonForgetIn(PersonIn):
    """Whom to forget in one institution, and why."""

    reason: Line


class ForgottenOut(Answer):
    """What was forgotten."""

    rows: int
    numbers: list[str]


class PointOut(Answer):
    """One thing that a self-check looked at."""

    subject: str
    code: str
    result: str
    """ok, wrong, or unknown where it could not be looked at."""
    message: dict[str, str]
    remedy: dict[str, str] | None
    who: str | None
    """Who can mend it."""
    page: str | None
    """Where, in the console."""


class SignatoryIn(Body):
    """Somebody who stands for certificates on paper."""

    title: Annotated[Line, StringConstraints(max_length=20)]
    name: Annotated[Line, StringConstraints(max_length=20)]


class LookIn(Body):
    """How certificates are printed."""

    design: Annotated[Line, StringConstraints(max_length=20)]
    title: Annotated[Line, StringConstraints(max_length=12)] | None = None
    signatories: Annotated[list[SignatoryIn], Field(default_factory=list, max_length=3)]
    offset_x_hundredths_mm: Annotated[int, Field(ge=-3_000, le=3_000)] = 0
    """Everything is moved to the right by so much."""
    offset_y_hundredths_mm: Annotated[int, Field(ge=-3_000, le=3_000)] = 0
    """Everything is moved down by so much."""


class LookOut(Answer):
    """How certificates of an institution or a programme are printed."""

    subject_id: str
    design: str
    title: str | None
    signatories: list[SignatoryIn]
    offset_x_hundredths_mm: int
    offset_y_hundredths_mm: int
