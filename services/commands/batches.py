"""kexin honours: programmes, and a batch from the roster to its numbers."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event

import click

from ledger import checkpoint
from services import process, recurring
from services.commands import entry, speech
from services.commands.entry import AS_JSON, with_proof
from services.honours import approving, drafting, programmes, queries, report
from services.honours.drafting import Order
from services.honours.dry_run import Accepted, Report
from services.honours.programmes import DEFAULT_NOTICE_DAYS, NewProgramme
from services.platform import environment
from services.platform.errors import Conflict, NotFound
from services.platform.jobs import queue
from services.platform.jobs.alone import the_worker
from services.platform.work import Runtime

WAIT_SECONDS = 0.3
ANCHOR_WAITS = 100
MOST_BATCHES = 200


@click.command("programmes", help=speech.text("help_honours_programmes"))
@AS_JSON
def list_programmes(as_json: bool) -> None:
    """List the programmes of the institutions one works for."""
    with entry.runtime() as runtime:
        scopes = entry.scopes(entry.operator(runtime))
        with runtime.reading() as work:
            for row in queries.programmes(work.session, scopes):
                result = {
                    "programme": row["id"],
                    "institution": row["institution_id"],
                    "name": row["name"],
                    "category": row["category"],
                    "level": row["level"],
                    "awards": list(programmes.awards(row)),
                    "notice_days": row["notice_days"],
                    "open_from": row["open_from"],
                    "open_to": row["open_to"],
                }
                speech.show(result, as_json=as_json, code="programme_line")


@click.command("programme", help=speech.text("help_honours_programme"))
@click.argument("institution")
@click.option("--name", required=True, help=speech.line("option_programme_name"))
@click.option("--category", required=True, help=speech.line("option_category"))
@click.option("--level", default="school", show_default=True, help=speech.line("option_level"))
@click.option("--award", "awards", multiple=True, help=speech.line("option_award"))
@click.option("--statement", help=speech.line("option_statement"))
@click.option("--contest", is_flag=True, help=speech.line("option_contest"))
@click.option("--approval-number", help=speech.line("option_approval_number"))
@click.option(
    "--notice-days",
    default=DEFAULT_NOTICE_DAYS,
    show_default=True,
    help=speech.line("option_notice_days"),
)
@click.option("--open-from", required=True, help=speech.line("option_open_from"))
@click.option("--open-to", help=speech.line("option_open_to"))
@AS_JSON
def make_programme(
    institution: str, awards: tuple[str, ...], as_json: bool, **given: object
) -> None:
    """Register a programme."""
    order = NewProgramme(institution_id=institution, awards=awards, **given)  # type: ignore[arg-type]
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            made = programmes.create(work, actor, order)
        speech.show({"programme": made}, as_json=as_json, code="programme_created")


@click.command("import", help=speech.text("help_honours_import"))
@click.argument("file", type=entry.FILE)
@click.option("--programme", required=True, help=speech.line("option_programme"))
@click.option("--period", required=True, help=speech.line("option_period"))
@click.option("--award-on", required=True, help=speech.line("option_award_on"))
@click.option("--notice-place", required=True, help=speech.line("option_notice_place"))
@click.option("--notice-from", required=True, help=speech.line("option_notice_from"))
@click.option("--notice-to", required=True, help=speech.line("option_notice_to"))
@click.option("--exclude", multiple=True, metavar="ROW=REASON", help=speech.line("option_exclude"))
@click.option("--ignore-column", multiple=True, help=speech.line("option_ignore_column"))
@click.option("--corrects", is_flag=True, help=speech.line("option_corrects"))
@click.option("--dry-run", is_flag=True, help=speech.line("option_dry_run"))
@AS_JSON
def import_(
    file: Path,
    exclude: tuple[str, ...],
    ignore_column: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    **given: object,
) -> None:
    """Check a roster and, if it is clean, make a batch of it."""
    order = _order(given, Accepted(frozenset(ignore_column), _exclusions(exclude)))
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        data = file.read_bytes()
        batch_id: str | None = None
        if dry_run:
            checked = drafting.examine(runtime, actor, order, data, file.name)
        else:
            batch_id, checked = drafting.draft(runtime, actor, order, data, file.name)
        _show_report(checked, batch_id, as_json=as_json)
    if not checked.is_clean:
        sys.exit(speech.FAILED)


@click.command("batches", help=speech.text("help_honours_batches"))
@AS_JSON
def list_batches(as_json: bool) -> None:
    """List the batches of the institutions one works for."""
    with entry.runtime() as runtime:
        scopes = entry.scopes(entry.operator(runtime))
        with runtime.reading() as work:
            for row in queries.batches(work.session, scopes, limit=MOST_BATCHES):
                found = queue.progress_of(work.session, kind=approving.JOB, subject=row["id"])
                result = {
                    "batch": row["id"],
                    "institution": row["institution_id"],
                    "state": row["state"],
                    "period": row["period"],
                    "rows": row["rows"],
                    "states": queries.row_states(work.session, row["id"]),
                    "job": None if found is None else found.state,
                    "error": None if found is None else found.error_code,
                }
                _show_states(result, as_json=as_json, code="batch_line")


@click.command("approve", help=speech.text("help_honours_approve"))
@click.argument("batch")
@with_proof
@AS_JSON
def approve(batch: str, password_file: Path | None, code: str | None, as_json: bool) -> None:
    """Sign the manifest of a batch as another person and set its issuing going."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        proof = entry.ask_proof(password_file, code)
        done = approving.approve(runtime, actor, batch, password=proof.password, code=proof.code)
        result = {
            "batch": done.batch_id,
            "job": done.job_id,
            "first": done.first_number,
            "last": done.last_number,
        }
        speech.show(result, as_json=as_json, code="batch_approved")


@click.command("return", help=speech.text("help_honours_return"))
@click.argument("batch")
@click.option("--reason", required=True, help=speech.line("option_reason"))
@AS_JSON
def send_back(batch: str, reason: str, as_json: bool) -> None:
    """Return a draft to its preparer."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            approving.send_back(work, actor, batch, reason)
    speech.done({"batch": batch, "state": approving.RETURNED}, as_json=as_json)


@click.command("withdraw", help=speech.text("help_honours_withdraw"))
@click.argument("batch")
@AS_JSON
def withdraw(batch: str, as_json: bool) -> None:
    """Take one's own draft back."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            approving.withdraw(work, actor, batch)
    speech.done({"batch": batch, "state": approving.WITHDRAWN}, as_json=as_json)


@click.command("resume", help=speech.text("help_honours_resume"))
@click.argument("batch")
@AS_JSON
def resume(batch: str, as_json: bool) -> None:
    """Queue the rest of a batch whose job failed."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            job = approving.resume(work, actor, batch)
    speech.done({"batch": batch, "job": job}, as_json=as_json)


@click.command("issue", help=speech.text("help_honours_issue"))
@click.argument("batch")
@AS_JSON
def issue(batch: str, as_json: bool) -> None:
    """Wait for an approved batch; where no worker runs, do its work here."""
    with entry.runtime() as runtime:
        scopes = entry.scopes(entry.operator(runtime))
        with runtime.reading() as work:
            if approving.load(work, batch)["institution_id"] not in scopes:
                raise NotFound("batch_unknown")
        state, error = _watch(runtime, batch)
        anchored = state == "done" and _watch_anchor(runtime, batch)
        with runtime.reading() as work:
            states = queries.row_states(work.session, batch)
        result = {"batch": batch, "state": state, "error": error, "states": states}
        _show_states({**result, "anchored": anchored}, as_json=as_json, code="batch_issued")
    if state != "done":
        sys.exit(speech.FAILED)


COMMANDS = (
    list_programmes,
    make_programme,
    import_,
    list_batches,
    approve,
    send_back,
    withdraw,
    issue,
    resume,
)


def _order(given: Mapping[str, object], accepted: Accepted) -> Order:
    names = {"programme": "programme_id"}
    values = {names.get(name, name): value for name, value in given.items()}
    return Order(accepted=accepted, **values)  # type: ignore[arg-type]


def _exclusions(given: tuple[str, ...]) -> dict[int, str]:
    found = {}
    for each in given:
        row, _, reason = each.partition("=")
        if not row.isdecimal() or not reason.strip():
            raise click.UsageError(speech.line("exclude_form"))
        found[int(row)] = reason.strip()
    return found


def _show_report(checked: Report, batch_id: str | None, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"batch": batch_id, **report.to_json(checked)}, ensure_ascii=False))
        return
    click.echo(report.table(checked, environment.language()), nl=False)
    if batch_id is not None:
        speech.show({"batch": batch_id}, as_json=False, code="batch_drafted")


def _show_states(result: Mapping[str, object], *, as_json: bool, code: str) -> None:
    states = result["states"]
    if not as_json and isinstance(states, dict):
        listed = [f"{name} {count}" for name, count in sorted(states.items())]
        result = {**result, "states": listed}
    speech.show(result, as_json=as_json, code=code)


def _watch(runtime: Runtime, batch: str) -> tuple[str, str | None]:
    """Follow the job to its end; be its worker if nobody else is. Return state and error."""
    pause, shown = Event(), None
    while True:
        with runtime.reading() as work:
            found = queue.progress_of(work.session, kind=approving.JOB, subject=batch)
        if found is None:
            raise Conflict("batch_not_approved", state="draft")
        if shown != (found.done, found.state):
            shown = (found.done, found.state)
            speech.tell("job_progress", done=found.done, total=found.total, state=found.state)
        if found.state in ("done", "failed"):
            return found.state, found.error_code
        if not _help(runtime):
            pause.wait(WAIT_SECONDS)


def _watch_anchor(runtime: Runtime, batch: str) -> bool:
    """Wait a while until the anchor of a batch is final; return whether it is."""
    pause = Event()
    for _ in range(ANCHOR_WAITS):
        with runtime.reading() as work:
            institution = approving.load(work, batch)["institution_id"]
            waiting = queries.signed_origins(work.session)
        if not any(checkpoint.split_origin(each).institution == institution for each in waiting):
            return True
        _help(runtime)
        pause.wait(WAIT_SECONDS)
    speech.tell("anchor_waits")
    return False


def _help(runtime: Runtime) -> bool:
    """Do the worker's next piece here if no worker runs; return whether there was a job."""
    try:
        with the_worker(runtime):
            chain = process.open_chain(runtime)
            runner = process.make_runner(runtime, chain, recurring.FOR_ISSUING)
            runner.do_recurring()
            return runner.do_job()
    except Conflict as error:
        if error.code != "worker_runs_already":
            raise
        return False
