"""Jobs that survive their worker: enqueue, claim under a lease, advance, end.

States      queued → running → done | failed; running → queued when a worker gives it back
Lease       whoever claims a job holds it for `lease_seconds`; then another worker may claim it
Fencing     `attempt` grows with every claim. Every write of a worker names the attempt that it
            holds, in the transaction of the work itself; after another worker's claim there is
            no such row, LostLease rolls the chunk back, and nothing was done twice
Exactly one open job of a kind for a subject is a constraint of the table, not of this code
Errors      Conflict already_exists (enqueue), LostLease, NotFound job_unknown
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.platform.db import Session, new_id
from services.platform.errors import Conflict, NotFound
from services.platform.jobs import queries
from services.platform.work import Runtime, Work

LEASE_SECONDS = 60
DEATHS = 5
"""So many workers that vanished before the job moved, and it is failed: it kills them."""

_FREE = {"owner": None, "lease_until": None}


class LostLease(Conflict):
    """Another worker holds the job now. Whatever this one did in the transaction is void."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A job in the hands of one worker."""

    id: str
    kind: str
    subject: str
    owner: str
    attempt: int
    cursor: int
    total: int
    done: int
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, for people."""

    id: str
    kind: str
    subject: str
    state: str
    total: int
    done: int
    attempt: int
    error_code: str | None
    created_at: datetime
    updated_at: datetime


def enqueue(work: Work, *, kind: str, subject: str, total: int, delay_seconds: int = 0) -> str:
    """Add a job and return its id. Raises Conflict at the commit if one is open already."""
    job_id = new_id("job", work.random)
    row = {
        "id": job_id,
        "kind": kind,
        "subject": subject,
        "state": "queued",
        "not_before": work.now + timedelta(seconds=delay_seconds),
        "attempt": 0,
        "deaths": 0,
        "cursor": 0,
        "total": total,
        "done": 0,
        "error_code": None,
        "created_at": work.now,
        "updated_at": work.now,
        **_FREE,
    }
    queries.add(work.session, row)
    return job_id


def enqueue_once(work: Work, *, kind: str, subject: str, total: int = 1) -> str:
    """Add a job unless one is open; return the id of the open one."""
    found = queries.open_job(work.session, kind=kind, subject=subject)
    return str(found["id"]) if found else enqueue(work, kind=kind, subject=subject, total=total)


def claim(
    work: Work, *, owner: str, kinds: Sequence[str], lease_seconds: int = LEASE_SECONDS
) -> Lease | None:
    """Take the job that waits longest, or one whose lease ran out; None if there is none."""
    values = {"state": "running", "owner": owner, **_until(work, lease_seconds)}
    row = queries.take(work.session, kinds=kinds, now=work.now, values=values)
    if row is None:
        return None
    names = ("id", "kind", "subject", "owner", "attempt", "cursor", "total", "done")
    lease = Lease(**{name: row[name] for name in names})
    if row["deaths"] > DEATHS:
        fail(work, lease, code="workers_died")
        return None
    return lease


def heartbeat(work: Work, lease: Lease, *, lease_seconds: int = LEASE_SECONDS) -> None:
    """Hold the job for another while. Raises LostLease."""
    _change(work, lease, _until(work, lease_seconds))


def advance(
    work: Work, lease: Lease, *, cursor: int, done: int, lease_seconds: int = LEASE_SECONDS
) -> Lease:
    """Move the cursor in the transaction of the work that it stands for. Raises LostLease."""
    moved = {"cursor": cursor, "done": done, "deaths": 0, "error_code": None}
    _change(work, lease, {**moved, **_until(work, lease_seconds)})
    return replace(lease, cursor=cursor, done=done)


def finish(work: Work, lease: Lease) -> Lease:
    """End a job well, in the transaction of its last piece of work. Raises LostLease."""
    _change(work, lease, {"state": "done", "done": lease.total, "error_code": None, **_FREE})
    return replace(lease, done=lease.total, ended=True)


def fail(work: Work, lease: Lease, *, code: str) -> Lease:
    """End a job badly, for a reason that a second try would meet again. Raises LostLease."""
    _change(work, lease, {"state": "failed", "error_code": code, **_FREE})
    return replace(lease, ended=True)


def give_back(
    work: Work, lease: Lease, *, delay_seconds: int = 0, code: str | None = None
) -> Lease:
    """Let another worker, or this one later, go on where the cursor is. Raises LostLease."""
    later = work.now + timedelta(seconds=delay_seconds)
    _change(work, lease, {"state": "queued", "not_before": later, "error_code": code, **_FREE})
    return replace(lease, ended=True)


def clear_leases(work: Work) -> int:
    """Queue whatever is running; only for a worker that knows itself to be the only one."""
    values = {"state": "queued", "updated_at": work.now, "not_before": work.now, **_FREE}
    return queries.change_all_running(work.session, values)


def progress(session: Session, job_id: str) -> Progress:
    """Return how far the job is. Raises NotFound."""
    row = queries.job(session, job_id)
    if row is None:
        raise NotFound("job_unknown")
    return _progress(row)


def progress_of(session: Session, *, kind: str, subject: str) -> Progress | None:
    """Return how far the last job of this kind for the subject is; None if there never was one."""
    row = queries.newest(session, kind=kind, subject=subject)
    return None if row is None else _progress(row)


def counts(runtime: Runtime) -> dict[str, int]:
    """Return how many jobs are in each state, for the metrics."""
    with runtime.reading() as work:
        return queries.counts(work.session)


def _progress(row: Mapping[Any, Any]) -> Progress:
    names = ("id", "kind", "subject", "state", "total", "done", "attempt", "error_code")
    times = ("created_at", "updated_at")
    return Progress(**{name: row[name] for name in (*names, *times)})


def _until(work: Work, lease_seconds: int) -> dict[str, datetime]:
    return {"lease_until": work.now + timedelta(seconds=lease_seconds), "updated_at": work.now}


def _change(work: Work, lease: Lease, values: Mapping[str, Any]) -> None:
    held = queries.change_held(
        work.session,
        job_id=lease.id,
        owner=lease.owner,
        attempt=lease.attempt,
        values={"updated_at": work.now, **values},
    )
    if not held:
        raise LostLease("lease_lost", job=lease.id, attempt=lease.attempt)
