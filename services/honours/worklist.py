"""What waits for somebody: the first page after a sign-in.

To approve      drafts that he, by role, delegation or as the superior's approver, may decide
Returned        his own batches that came back, until a newer one of the same honour is there
On the way      rosters that he uploaded and has not drafted yet
To confirm      changes of status that others asked for
To co-sign      issuer records that another registrar proposed
Reports         of suspicious certificates that nobody has closed, for registrars of the node
Running         approved batches whose certificates are not all anchored yet; failed ones first
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from identity.levels import Role
from services.accounts import people
from services.accounts.operators import NODE, Operator
from services.honours import approving, authority, changes, intake, listings, programmes, queries
from services.honours.remarks import texts as remarks
from services.honours.workflow import SIGNED
from services.platform.errors import Refused
from services.platform.jobs import queue
from services.platform.work import Work
from services.registry import institutions
from services.registry import queries as registry_queries
from services.reports import service as reports
from services.uploads.store import Brief

MOST = 50
Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits; `address` is where it is done."""

    address: str
    title: str
    institution: str
    count: int
    who: str = field(repr=False)
    at: datetime
    ground: str = ""
    text: str = field(default="", repr=False)
    state: str = ""


@dataclass(frozen=True, slots=True)
class WorkList:
    """All that waits."""

    to_approve: tuple[Task, ...]
    returned: tuple[Task, ...]
    uploads: tuple[Brief, ...] = field(repr=False)
    upload_programmes: Mapping[str, str]
    to_confirm: tuple[Task, ...]
    to_cosign: tuple[Task, ...]
    reports: int
    running: tuple[Task, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not any(
            (
                self.to_approve,
                self.returned,
                self.uploads,
                self.to_confirm,
                self.to_cosign,
                self.reports,
                self.running,
            )
        )


def of(work: Work, who: Operator) -> WorkList:
    """Return what waits for an operator."""
    scopes = authority.readable(work, who)
    uploads = tuple(intake.waiting(work, who))
    named = {
        upload.said["programme_id"]: programmes.load(work, upload.said["programme_id"])["name"]
        for upload in uploads
    }
    _, found = listings.batches(
        work.session, scopes, states=(approving.DRAFT, approving.RETURNED), limit=MOST
    )
    return WorkList(
        tuple(_to_approve(work, who, found)),
        tuple(_returned(work, who, found)),
        uploads,
        named,
        tuple(_to_confirm(work, who, scopes)),
        tuple(_to_cosign(work, who)),
        reports.waiting_count(work, who),
        tuple(_running(work, scopes)),
    )


def _to_approve(work: Work, who: Operator, found: Sequence[Row]) -> list[Task]:
    mine = []
    for row in found:
        if row["state"] != approving.DRAFT:
            continue
        try:
            ground = authority.to_approve(work, who, row).ground
        except Refused:
            continue
        mine.append(_task(work, row, ground=ground))
    return mine


def _returned(work: Work, who: Operator, found: Sequence[Row]) -> list[Task]:
    """Return what came back to its preparer and was not drafted anew."""
    back = []
    for row in found:
        if row["state"] != approving.RETURNED or row["preparer_edu_id"] != who.edu_id:
            continue
        newer = queries.batches(work.session, [row["institution_id"]], limit=MOST)
        same = ("programme_id", "period")
        if any(
            _later(each) > _later(row) and all(each[n] == row[n] for n in same) for each in newer
        ):
            continue
        batch = approving.load(work, row["id"])
        said = remarks.read(work, batch, "returned") or ""
        back.append(_task(work, row, text=said))
    return back


def _later(row: Row) -> tuple[datetime, bool, str]:
    """Return by what one draft is later than another, also of the same second: what came back
    is older than what is on its way, and of two that came back one stays in the list."""
    return row["created_at"], row["state"] != approving.RETURNED, row["id"]


def _to_confirm(work: Work, who: Operator, scopes: Sequence[str]) -> list[Task]:
    waiting = []
    for row in listings.open_requests(work.session, scopes, changes.OPEN):
        try:
            ground = authority.to_approve(work, who, row).ground
        except Refused:
            continue
        task = Task(
            f"/changes/{row['id']}",
            row["action"],
            _institution(work, row["institution_id"]),
            len(changes.numbers_of(row)),
            people.name(work, row["preparer_edu_id"]),
            row["created_at"],
            ground,
            row["reason"],
        )
        waiting.append(task)
    return waiting


def _to_cosign(work: Work, who: Operator) -> list[Task]:
    if (Role.REGISTRAR.value, NODE) not in who.roles:
        return []
    return [
        Task(
            "/registry/records",
            "record",
            _institution(work, row["institution_id"]),
            1,
            "",
            row["created_at"],
        )
        for row in registry_queries.drafts(work.session)
        if row["registrar"] != who.id
    ]


def _running(work: Work, scopes: Sequence[str]) -> list[Task]:
    states = (approving.APPROVED, approving.DONE)
    tasks = []
    _, found = listings.batches(work.session, scopes, states=states, limit=MOST)
    for row in found:
        counted = queries.row_states(work.session, row["id"])
        job = queue.progress_of(work.session, kind=approving.JOB, subject=row["id"])
        failed = job is not None and job.state == "failed"
        if row["state"] == approving.APPROVED or counted.get(SIGNED):
            tasks.append(_task(work, row, state="failed" if failed else "running"))
    return sorted(tasks, key=lambda task: task.state)


def _task(work: Work, row: Row, *, ground: str = "", text: str = "", state: str = "") -> Task:
    return Task(
        f"/batches/{row['id']}",
        row["programme_name"],
        _institution(work, row["institution_id"]),
        row["rows"],
        people.name(work, row["preparer_edu_id"]),
        row["created_at"],
        ground,
        text,
        state,
    )


def _institution(work: Work, institution_id: str) -> str:
    return str(institutions.load(work, institution_id)["name_zh"])
