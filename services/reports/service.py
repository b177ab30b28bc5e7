"""Reports of suspicious certificates: filed by anybody, read and answered by people of the node.

File       what is wrong, and if the reporter likes his contact and the certificate's number; he
           takes a ticket home and looks up later what became of it
Sealed     under a record key of its own, because a contact is somebody's and the text may name a
           pupil; KEPT after it was closed the key is destroyed and the row deleted
Bounds     lengths, and MOST_WAITING reports that nobody has closed: a flood of them ends here, not
           in the database. How many one place may file is counted where it is filed
States     open → read (somebody of the node has seen it) → closed. An answer may come with either
Errors     Invalid report_empty, report_too_long, ticket_mistyped; NotFound ticket_unknown,
           report_unknown; Conflict report_closed; TooMany reports_full; Refused role_missing
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from crypto import canonical, sm4
from identity.levels import Role
from services.accounts.operators import NODE, Operator
from services.audit import trail
from services.platform.db import new_id
from services.platform.errors import Conflict, Invalid, NotFound, TooMany
from services.platform.protect import Protect
from services.platform.record_keys import RecordKeys
from services.platform.work import Work
from services.reports import queries, tickets

OPEN, READ, CLOSED = "open", "read", "closed"
LEAST_TEXT, MOST_TEXT, MOST_CONTACT, MOST_NUMBER = 5, 2_000, 200, 60
MOST_WAITING: Final = 2_000
KEPT: Final = timedelta(days=180)
CHUNK = 200
ANONYMOUS = "reporter"
"""Actor of what somebody without an account does."""

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class NewReport:
    """What somebody wrote; all but the text may be empty."""

    text: str = field(repr=False)
    contact: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    """Number or code of the certificate."""
    issuer: str = ""
    """Who issued it, as the node knows."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report as people of the node read it."""

    id: str
    state: str
    said: NewReport = field(repr=False)
    answer: str = field(repr=False)
    handler: str | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """What a ticket tells: nothing of what was written, because anybody may hold it."""

    state: str
    answer: str = field(repr=False)
    created_at: datetime
    changed_at: datetime


def file(work: Work, given: NewReport) -> str:
    """Keep a report and return its ticket."""
    _check(given)
    counted = queries.counts(work.session)
    if counted.get(OPEN, 0) + counted.get(READ, 0) >= MOST_WAITING:
        raise TooMany("reports_full", retry_after_seconds=_DAY_SECONDS)
    ticket, report_id = tickets.new(work.random), new_id("rpt", work.random)
    key = RecordKeys.of(work.runtime).create(work, [report_id])[report_id]
    content = canonical.dumps(
        {
            "contact": given.contact,
            "issuer": given.issuer,
            "number": given.number,
            "text": given.text,
        }
    )
    row = {
        "id": report_id,
        "ticket": _digest(work.protect, ticket),
        "state": OPEN,
        "content_sealed": sm4.seal(key, content, _place(report_id, "content")),
        "answer_sealed": None,
        "handler": None,
        "created_at": work.now,
        "changed_at": work.now,
    }
    queries.add(work.session, row)
    trail.record(work, actor=ANONYMOUS, action="report.file", object=report_id)
    return ticket


def progress(work: Work, ticket: str) -> Progress:
    """Return what became of the report with this ticket. Raises NotFound, Invalid."""
    row = queries.by_ticket(work.session, _digest(work.protect, tickets.read(ticket)))
    if row is None:
        raise NotFound("ticket_unknown")
    report = _opened(work, row)
    return Progress(report.state, report.answer, report.created_at, report.changed_at)


def may_read(actor: Operator) -> bool:
    """Return whether somebody sees reports: registrars and auditors of the node."""
    return NODE in actor.scopes(Role.REGISTRAR, Role.AUDITOR)


def listed(work: Work, actor: Operator, *, offset: int, limit: int) -> tuple[int, list[Report]]:
    """Return how many reports there are, and some of them, those that wait first."""
    _require_reader(actor)
    rows = queries.listed(work.session, offset=offset, limit=limit)
    return sum(queries.counts(work.session).values()), [_opened(work, row) for row in rows]


def waiting(work: Work, actor: Operator) -> list[Report]:
    """Return the reports that a registrar of the node has to look at, the oldest first."""
    if (Role.REGISTRAR.value, NODE) not in actor.roles:
        return []
    rows = queries.listed(work.session, offset=0, limit=CHUNK)
    return [_opened(work, row) for row in rows if row["state"] != CLOSED]


def waiting_count(work: Work, actor: Operator) -> int:
    """Return how many reports wait for this registrar of the node; nobody else has any."""
    if (Role.REGISTRAR.value, NODE) not in actor.roles:
        return 0
    found = queries.counts(work.session)
    return found.get(OPEN, 0) + found.get(READ, 0)


def look_at(work: Work, actor: Operator, report_id: str) -> Report:
    """Return a report; the first registrar who opens it has read it."""
    _require_reader(actor)
    row = _load(work, report_id)
    if row["state"] == OPEN and (Role.REGISTRAR.value, NODE) in actor.roles:
        values = {"state": READ, "handler": actor.id, "changed_at": work.now}
        queries.change(work.session, report_id, values)
        trail.record(work, actor=actor.id, action="report.read", object=report_id)
        row = _load(work, report_id)
    return _opened(work, row)


def answer(work: Work, actor: Operator, report_id: str, note: str, *, close: bool) -> None:
    """Say something to the reporter, who reads it with his ticket; close the report or not."""
    actor.require(Role.REGISTRAR, NODE)
    row = _load(work, report_id)
    if row["state"] == CLOSED:
        raise Conflict("report_closed")
    if not note:
        raise Invalid("report_answer_empty")
    if len(note) > MOST_TEXT:
        raise Invalid("report_too_long", most=MOST_TEXT)
    key = RecordKeys.of(work.runtime).open(work.session, report_id)
    values = {
        "state": CLOSED if close else READ,
        "answer_sealed": sm4.seal(key, note.encode(), _place(report_id, "answer")),
        "handler": actor.id,
        "changed_at": work.now,
    }
    queries.change(work.session, report_id, values)
    action = "report.close" if close else "report.answer"
    trail.record(work, actor=actor.id, action=action, object=report_id)


def forget_old(work: Work) -> int:
    """Forget reports that were closed long ago, a chunk of them; return how many."""
    old = queries.closed_before(work.session, work.now - KEPT, limit=CHUNK)
    if old:
        RecordKeys.of(work.runtime).destroy(work, old)
        queries.forget(work.session, old)
    return len(old)


def counts(work: Work) -> Mapping[str, int]:
    """Return how many reports there are in each state."""
    found = queries.counts(work.session)
    return {state: found.get(state, 0) for state in (OPEN, READ, CLOSED)}


def _check(given: NewReport) -> None:
    if len(given.text) < LEAST_TEXT:
        raise Invalid("report_empty", least=LEAST_TEXT)
    for text, most in (
        (given.text, MOST_TEXT),
        (given.contact, MOST_CONTACT),
        (given.number, MOST_NUMBER),
    ):
        if len(text) > most:
            raise Invalid("report_too_long", most=most)


def _require_reader(actor: Operator) -> None:
    if not may_read(actor):
        actor.require(Role.AUDITOR, NODE)


def _load(work: Work, report_id: str) -> Mapping[Any, Any]:
    row = queries.report(work.session, report_id, lock=True)
    if row is None:
        raise NotFound("report_unknown")
    return row


def _opened(work: Work, row: Mapping[Any, Any]) -> Report:
    key = RecordKeys.of(work.runtime).open(work.session, row["id"])
    content = canonical.loads(sm4.unseal(key, row["content_sealed"], _place(row["id"], "content")))
    assert isinstance(content, dict)
    said = NewReport(**{name: str(value) for name, value in content.items()})
    sealed = row["answer_sealed"]
    told = b"" if sealed is None else sm4.unseal(key, sealed, _place(row["id"], "answer"))
    times = (row["created_at"], row["changed_at"])
    return Report(row["id"], row["state"], said, told.decode(), row["handler"], *times)


def _digest(protect: Protect, ticket: str) -> bytes:
    return protect.mac("report-ticket", ticket.encode())


def _place(report_id: str, part: str) -> bytes:
    return f"{report_id}/{part}".encode()
