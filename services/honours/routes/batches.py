"""HTTP of batches: dry run, draft, approval, the job that issues."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.accounts.access import OperatorDep
from services.accounts.operators import Operator
from services.accounts.schemas import Proof
from services.audit import trail
from services.honours import approving, authority, drafting, programmes, queries, report, rows
from services.honours.dry_run import Report
from services.honours.remarks import texts as remarks
from services.honours.routes import scopes
from services.honours.routes.rosters import RosterDep, content_of, order_of
from services.honours.schemas import (
    ApprovedOut,
    BatchBrief,
    BatchId,
    BatchOut,
    JobId,
    JobOut,
    ReturnIn,
    RowOut,
)
from services.platform.jobs import queue
from services.platform.jobs.queue import Progress
from services.platform.record_keys import RecordKeys
from services.platform.work import Work
from services.web.deps import RuntimeDep, WorkDep, WriteWorkDep
from services.web.http_errors import Problem, problems, respond
from services.web.once import OnceDep

router = APIRouter(prefix="/v1", tags=["batches"])

MOST_ROWS = 500
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]
_BRIEF = ("id", "institution_id", "programme_id", "period", "state", "rows", "excluded")
_ORDER = ("award_on", "notice_place", "notice_from", "notice_to")


class _NotClean(Exception):
    """Nothing was stored; the report says what is wrong."""

    def __init__(self, found: Report) -> None:
        super().__init__("roster_not_clean")
        self.report = found


@router.post("/dry-runs", responses=problems(401, 403, 404, 409, 413))
def dry_run(form: RosterDep, who: OperatorDep, runtime: RuntimeDep) -> dict[str, Any]:
    """Check a roster (roster-report-v1). Nothing is stored, clean or not."""
    data = form.file.file.read()
    found = drafting.examine(runtime, who, order_of(form), data, form.file.filename or "")
    return report.to_json(found)


@router.post(
    "/batches",
    status_code=201,
    response_model=BatchOut,
    responses=problems(401, 403, 404, 409, 413),
)
def create_batch(
    request: Request, form: RosterDep, who: OperatorDep, runtime: RuntimeDep, once: OnceDep
) -> Response:
    """Draft a batch of a clean roster; else 422 with the same `report` as a dry run."""
    data, order = form.file.file.read(), order_of(form)

    def make() -> BatchOut:
        name = form.file.filename or ""
        batch_id, found = drafting.draft(runtime, who, order, data, name)
        if batch_id is None:
            raise _NotClean(found)
        with runtime.reading() as work:
            return _batch(work, approving.load(work, batch_id))

    try:
        content = content_of(form, data)
        return once.answer_outside(runtime, actor=who.id, make=make, content=content)
    except _NotClean as error:
        told = report.to_json(error.report)
        params = report.counts(error.report)
        code = "roster_not_clean"
        return respond(request, Problem(422, code, code, params, more={"report": told}))


@router.get("/batches", responses=problems(401, 403))
def list_batches(who: OperatorDep, work: WorkDep, limit: Limit = 100) -> list[BatchBrief]:
    """List the newest batches of the institutions that one works for."""
    found = queries.batches(work.session, authority.readable(work, who), limit=limit)
    return [BatchBrief(**_brief(row)) for row in found]


@router.get("/batches/{batch_id}", responses=problems(401, 403, 404))
def read_batch(batch_id: BatchId, who: OperatorDep, work: WorkDep) -> BatchOut:
    """Read a batch with the states of its rows and the progress of its job."""
    return _batch(work, _load(work, who, batch_id))


@router.get("/batches/{batch_id}/rows", responses=problems(401, 403, 404))
def read_rows(
    batch_id: BatchId,
    who: OperatorDep,
    runtime: RuntimeDep,
    start: Annotated[int, Query(ge=0)] = 0,
    limit: Limit = MOST_ROWS,
) -> list[RowOut]:
    """Read what the certificates of a batch state, row by row. The audit trail says who read."""
    with runtime.reading() as work:
        batch = _load(work, who, batch_id)
        some = queries.batch_rows(work.session, batch_id)[start : start + limit]
        found = rows.checked(work, some)
        claims = _claims(work, batch, found)
    count = len(found)
    with runtime.writing() as work:
        trail.record(
            work, actor=who.id, action="batch.read", object=batch_id, start=start, rows=count
        )
    names = ("position", "sheet_row", "state", "number", "void_reason", "supersedes")
    return [
        RowOut(**{name: row[name] for name in names}, claims=claims.get(row["id"])) for row in found
    ]


@router.post(
    "/batches/{batch_id}/approve",
    response_model=ApprovedOut,
    responses=problems(401, 403, 404, 409),
)
def approve_batch(
    batch_id: BatchId, proof: Proof, who: OperatorDep, runtime: RuntimeDep, once: OnceDep
) -> Response:
    """Sign the manifest of a batch as another person; reserve its numbers; set its job going."""
    with runtime.reading() as work:
        _load(work, who, batch_id)

    def make() -> ApprovedOut:
        done = approving.approve(runtime, who, batch_id, password=proof.password, code=proof.code)
        return ApprovedOut(
            batch=done.batch_id,
            job=done.job_id,
            first_number=done.first_number,
            last_number=done.last_number,
        )

    return once.answer_outside(runtime, actor=who.id, make=make, status=200)


@router.post("/batches/{batch_id}/return", responses=problems(401, 403, 404, 409))
def return_batch(
    batch_id: BatchId, given: ReturnIn, who: OperatorDep, work: WriteWorkDep
) -> BatchOut:
    """Return a draft to its preparer; its rows are cancelled."""
    _load(work, who, batch_id)
    approving.send_back(work, who, batch_id, given.reason)
    return _batch(work, approving.load(work, batch_id))


@router.post("/batches/{batch_id}/withdraw", responses=problems(401, 403, 404, 409))
def withdraw_batch(batch_id: BatchId, who: OperatorDep, work: WriteWorkDep) -> BatchOut:
    """Take a draft back as a preparer; its rows may be imported again."""
    _load(work, who, batch_id)
    approving.withdraw(work, who, batch_id)
    return _batch(work, approving.load(work, batch_id))


@router.post("/batches/{batch_id}/resume", responses=problems(401, 403, 404, 409))
def resume_batch(batch_id: BatchId, who: OperatorDep, work: WriteWorkDep) -> JobOut:
    """Queue the rest of an approved batch whose job failed."""
    _load(work, who, batch_id)
    return _job(queue.progress(work.session, approving.resume(work, who, batch_id)))


@router.get("/jobs/{job_id}", responses=problems(401, 403, 404))
def read_job(job_id: JobId, who: OperatorDep, work: WorkDep) -> JobOut:
    """Read how far a job is."""
    found = queue.progress(work.session, job_id)
    batch = approving.load(work, found.subject)
    scopes.require(work, who, batch["institution_id"], "job_unknown")
    return _job(found)


def _load(work: Work, who: Operator, batch_id: str) -> Mapping[Any, Any]:
    batch = approving.load(work, batch_id)
    scopes.require(work, who, batch["institution_id"], "batch_unknown")
    return batch


def _claims(
    work: Work, batch: Mapping[Any, Any], found: Sequence[Mapping[Any, Any]]
) -> dict[str, dict[str, str]]:
    """Return the claims of the rows that were not forgotten, by row id."""
    known = RecordKeys.of(work.runtime).open_existing(work.session, [row["id"] for row in found])
    keys = {row_id: key for row_id, key in known.items() if key is not None}
    programme = programmes.load(work, batch["programme_id"])
    kept = [row for row in found if row["id"] in keys]
    opened = rows.open_rows(work, programme, kept, keys)
    return {each.row["id"]: dict(each.claims) for each in opened}


def _batch(work: Work, row: Mapping[Any, Any]) -> BatchOut:
    job = queue.progress_of(work.session, kind=approving.JOB, subject=row["id"])
    return BatchOut(
        **_brief(row),
        **{name: row[name] for name in _ORDER},
        returned_reason=remarks.read(work, row, "returned"),
        states=queries.row_states(work.session, row["id"]),
        job=None if job is None else _job(job),
    )


def _brief(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {**{name: row[name] for name in _BRIEF}, "created": row["created_at"]}


def _job(found: Progress) -> JobOut:
    names = ("id", "kind", "subject", "state", "total", "done", "error_code")
    values = {name: getattr(found, name) for name in names}
    return JobOut(**values, created=found.created_at, updated=found.updated_at)
