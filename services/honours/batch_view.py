"""A batch as its page shows it: how far it is, what would be signed, who may decide.

Steps       draft, approve, issue, anchor, done; a batch that was returned or withdrawn ends early
Samples     rows chosen at random, others at every look: who draws them cannot be prepared for
Opened      claims are shown to who works with the institution; what was forgotten shows none
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from identity import codes
from identity.credential_types import HONOUR
from services.accounts import delegations, people
from services.accounts.operators import Operator
from services.honours import approving, authority, comparison, listings, programmes, queries, rows
from services.honours.authority import Authority
from services.honours.comparison import Comparison
from services.honours.remarks import texts as remarks
from services.honours.tables import APPROVAL
from services.honours.workflow import CANCELLED, NUMBERED, ON_NOTICE, SIGNED, VOID
from services.platform import clock, guarded
from services.platform.errors import Conflict, Refused
from services.platform.jobs import queue
from services.platform.jobs.queue import Progress
from services.platform.record_keys import RecordKeys
from services.platform.work import Work
from services.registry import institutions
from services.web import paging
from services.web.paging import Page

SAMPLES = 5
PAGE = 20
STEPS = ("draft", "approve", "issue", "anchor", "done")
_BEFORE = (ON_NOTICE, NUMBERED, CANCELLED, VOID)

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows have come how far."""

    rows: int
    approved: int
    issued: int
    anchored: int
    void: int
    job: Progress | None
    state: str

    @property
    def left(self) -> int:
        """Rows that shall become certificates."""
        return self.rows - self.void

    @property
    def step(self) -> int:
        """The step that is done now, from 0; len(STEPS) once everything is."""
        if self.state in (approving.RETURNED, approving.WITHDRAWN, approving.DRAFT):
            return 1
        if self.issued < self.left:
            return 2
        return 3 if self.anchored < self.left else len(STEPS)

    @property
    def running(self) -> bool:
        """Whether it goes on by itself."""
        return self.step in (2, 3) and self.state in (approving.APPROVED, approving.DONE)

    @property
    def failed(self) -> bool:
        """Whether its job gave up."""
        return self.job is not None and self.job.state == "failed"


@dataclass(frozen=True, slots=True)
class Shown:
    """A row with what its certificate states."""

    row: Row
    state: str
    claims: Mapping[str, str] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who approved, when, and on what ground."""

    who: str = field(repr=False)
    at: Any
    ground: str
    lent_by: str = field(repr=False)
    digest: str
    kid: str
    delegation_id: str | None


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the page of a batch shows."""

    batch: Row
    programme: Row
    institution: Row
    counts: Counts
    preparer: str = field(repr=False)
    note: str | None = field(repr=False)
    returned: str | None = field(repr=False)
    exclusions: tuple[tuple[int, str], ...] = field(repr=False)
    numbers: tuple[str, str] | None
    decision: Decision | None
    may: Authority | None
    """On what ground the one who looks may decide; None if he may not."""
    why_not: str
    own: bool
    """Whether he prepared it himself."""


def counts(work: Work, batch: Row) -> Counts:
    """Return how far a batch is."""
    states = queries.row_states(work.session, batch["id"])
    job = queue.progress_of(work.session, kind=approving.JOB, subject=batch["id"])
    issued = sum(number for state, number in states.items() if state not in _BEFORE)
    decided = batch["state"] in (approving.APPROVED, approving.DONE)
    return Counts(
        batch["rows"],
        batch["rows"] if decided else 0,
        issued,
        issued - states.get(SIGNED, 0),
        states.get(VOID, 0),
        job,
        batch["state"],
    )


def view(work: Work, who: Operator, batch: Row) -> View:
    """Return the page of a batch for whoever looks."""
    programme = programmes.load(work, batch["programme_id"])
    may, why_not = _may(work, who, batch)
    return View(
        batch,
        programme,
        institutions.load(work, batch["institution_id"]),
        counts(work, batch),
        people.name(work, batch["preparer_edu_id"]),
        remarks.read(work, batch, "note"),
        remarks.read(work, batch, "returned"),
        _exclusions(work, batch),
        _numbers(work, batch, programme),
        _decision(work, batch["id"]),
        may,
        why_not,
        batch["preparer_edu_id"] == who.edu_id,
    )


def page(work: Work, batch: Row, number: int) -> Page[Shown]:
    """Return a page of the rows of a batch, and how many pages there are."""

    def look(*, offset: int, limit: int) -> tuple[int, list[Shown]]:
        found = listings.page_of_rows(work.session, batch["id"], offset=offset, limit=limit)
        return batch["rows"], _opened(work, found)

    return paging.look_at(number, look, size=PAGE)


def samples(work: Work, batch: Row) -> list[Shown]:
    """Return some rows that were drawn just now."""
    wanted = min(SAMPLES, batch["rows"])
    drawn: set[int] = set()
    while len(drawn) < wanted:
        drawn.add(int.from_bytes(work.random(8)) % batch["rows"])
    return _opened(work, listings.row_at(work.session, batch["id"], sorted(drawn)))


def differences(work: Work, batch: Row) -> Comparison | None:
    """Return what changed since the batch was returned last."""
    return comparison.since_return(work, batch)


def whole(claims: Mapping[str, str]) -> dict[str, str]:
    """Return claims with an empty text for each that is not made."""
    return {name: claims.get(name, "") for name in HONOUR.disclosable}


def decision(work: Work, subject_id: str) -> Decision | None:
    """Return who approved a batch or a request. Raises Tampered."""
    return _decision(work, subject_id)


def _opened(work: Work, found: Sequence[Row]) -> list[Shown]:
    rows.checked(work, found)
    keys = RecordKeys.of(work.runtime).open_existing(work.session, [row["id"] for row in found])
    return [
        Shown(
            row,
            row.get("shown_state", row["state"]),
            None if (key := keys.get(row["id"])) is None else whole(rows.open_claims(row, key)),
        )
        for row in found
    ]


def _may(work: Work, who: Operator, subject: Row) -> tuple[Authority | None, str]:
    try:
        return authority.to_approve(work, who, subject), ""
    except Refused as error:
        return None, error.code


def _exclusions(work: Work, batch: Row) -> tuple[tuple[int, str], ...]:
    text = remarks.read(work, batch, "exclusions") or "[]"
    listed: list[dict[str, Any]] = json.loads(text)
    return tuple((int(each["row"]), str(each["reason"])) for each in listed)


def _numbers(work: Work, batch: Row, programme: Row) -> tuple[str, str] | None:
    """Return the first and the last number: those it has, or those it would get now."""
    if batch["state"] in (approving.APPROVED, approving.DONE):
        ends = listings.row_at(work.session, batch["id"], [0, batch["rows"] - 1])
        return (ends[0]["number"], ends[-1]["number"]) if ends and ends[0]["number"] else None
    if batch["state"] != approving.DRAFT:
        return None
    try:
        prefix = institutions.current_code(work, batch["institution_id"])
    except Conflict:
        return None
    year, category = clock.year_of(work.now), programme["category"]
    first = listings.next_serial(work.session, prefix, year, codes.LETTERS[category])
    last = first + batch["rows"] - 1
    return codes.number(prefix, year, category, first), codes.number(prefix, year, category, last)


def _decision(work: Work, subject_id: str) -> Decision | None:
    row = queries.approval_of(work.session, subject_id)
    if row is None:
        return None
    guarded.check(work.protect, APPROVAL, row)
    lent_by = ""
    if row["delegation_id"] is not None:
        lent = delegations.load(work, row["delegation_id"])
        lent_by = people.name(work, lent["from_edu_id"])
    return Decision(
        people.name(work, row["approver_edu_id"]),
        row["bound_at"],
        row["ground"],
        lent_by,
        row["digest"].hex(),
        row["approver_kid"],
        row["delegation_id"],
    )
