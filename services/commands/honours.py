"""kexin honours: import a roster, approve it, issue, look, fetch bundles, change a status."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event

import click

from services import process
from services.commands import entry, speech
from services.commands.entry import AS_JSON, with_proof
from services.honours import approving, bundles, changes, drafting, programmes, queries, report
from services.honours.drafting import Order
from services.honours.dry_run import Accepted, Report
from services.honours.programmes import DEFAULT_NOTICE_DAYS, NewProgramme
from services.platform import environment
from services.platform.errors import Invalid, NotFound
from services.platform.jobs import queue
from services.platform.jobs.alone import the_worker
from services.platform.work import Runtime

WAIT_SECONDS = 0.3
ALL_SCOPES = ("preparer", "approver", "auditor")


@click.group(help=speech.text("help_honours"))
def honours() -> None:
    """Be the group."""


@honours.command("programmes", help=speech.text("help_honours_programmes"))
@AS_JSON
def list_programmes(as_json: bool) -> None:
    """List the programmes of the institutions one works for."""
    with entry.runtime() as runtime:
        scopes = sorted(scope for _, scope in entry.operator(runtime).roles)
        with runtime.reading() as work:
            for row in queries.programmes(work.session, scopes):
                names = ("id", "institution_id", "name", "category", "level")
                result = {name: row[name] for name in names}
                speech.show(result, as_json=as_json, code="programme_line")


@honours.command("programme", help=speech.text("help_honours_programme"))
@click.argument("institution")
@click.option("--name", required=True)
@click.option("--category", required=True)
@click.option("--level", default="school", show_default=True)
@click.option("--award", "awards", multiple=True)
@click.option("--statement")
@click.option("--contest", is_flag=True)
@click.option("--approval-number")
@click.option("--notice-days", default=DEFAULT_NOTICE_DAYS, show_default=True)
@click.option("--open-from", required=True)
@click.option("--open-to")
@AS_JSON
def make_programme(institution: str, as_json: bool, **given: object) -> None:
    """Register a programme."""
    values = {**given, "awards": tuple(given["awards"])}  # type: ignore[arg-type]
    order = NewProgramme(institution_id=institution, **values)  # type: ignore[arg-type]
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            made = programmes.create(work, actor, order)
        speech.show({"programme": made}, as_json=as_json, code="programme_created")


@honours.command("import", help=speech.text("help_honours_import"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--programme", required=True, help=speech.line("option_programme"))
@click.option("--period", required=True, help=speech.line("option_period"))
@click.option("--award-on", required=True, help=speech.line("option_award_on"))
@click.option("--notice-place", default="", help=speech.line("option_notice_place"))
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
    **given: str,
) -> None:
    """Check a roster and, if it is clean, make a batch of it."""
    accepted = Accepted(frozenset(ignore_column), _exclusions(exclude))
    order = _order(given, accepted)
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
        sys.exit(1)


@honours.command("batches", help=speech.text("help_honours_batches"))
@AS_JSON
def list_batches(as_json: bool) -> None:
    """List the batches of the institutions one works for."""
    with entry.runtime() as runtime:
        scopes = sorted(scope for _, scope in entry.operator(runtime).roles)
        with runtime.reading() as work:
            for row in queries.batches(work.session, scopes, limit=200):
                states = queries.row_states(work.session, row["id"])
                result = {
                    "batch": row["id"],
                    "state": row["state"],
                    "period": row["period"],
                    "rows": row["rows"],
                    "states": ", ".join(f"{name} {n}" for name, n in sorted(states.items())),
                }
                speech.show(result, as_json=as_json, code="batch_line")


@honours.command("approve", help=speech.text("help_honours_approve"))
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


@honours.command("return", help=speech.text("help_honours_return"))
@click.argument("batch")
@click.option("--reason", required=True)
def send_back(batch: str, reason: str) -> None:
    """Return a draft to its preparer."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            approving.send_back(work, actor, batch, reason)


@honours.command("issue", help=speech.text("help_honours_issue"))
@click.argument("batch")
@AS_JSON
def issue(batch: str, as_json: bool) -> None:
    """Wait for an approved batch; where no worker runs, do its work here."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.reading() as work:
            institution = approving.load(work, batch)["institution_id"]
        if institution not in {scope for _, scope in actor.roles}:
            raise NotFound("batch_unknown")
        state = _watch(runtime, batch)
        with runtime.reading() as work:
            states = queries.row_states(work.session, batch)
        listed = ", ".join(f"{name} {n}" for name, n in sorted(states.items()))
        result = {"batch": batch, "state": state, "states": listed}
        speech.show(result, as_json=as_json, code="batch_issued")


@honours.command("certificates", help=speech.text("help_honours_certificates"))
@click.option("--batch")
@AS_JSON
def certificates(batch: str | None, as_json: bool) -> None:
    """List certificates of the institutions one works for."""
    with entry.runtime() as runtime:
        scopes = sorted(scope for _, scope in entry.operator(runtime).roles)
        with runtime.reading() as work:
            found = queries.certificates(work.session, scopes, batch_id=batch, limit=100_000)
        for row in found:
            result = {"number": row["number"], "state": row["state"]}
            speech.show(result, as_json=as_json, code="certificate_line")


@honours.command("bundle", help=speech.text("help_honours_bundle"))
@click.argument("number")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path))
def bundle(number: str, out: Path | None) -> None:
    """Write a certificate's bundle, with all its disclosures."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.reading() as work:
            row = queries.certificate(work.session, number)
        if row is None or row["institution_id"] not in {scope for _, scope in actor.roles}:
            raise NotFound("certificate_unknown", number=number[:22])
        path = out or Path(f"{number}.kexin.json")
        path.write_bytes(bundles.of_number(runtime, number))
        speech.show({"file": str(path)}, as_json=False, code="bundle_written")


def _ask(action: str, numbers: tuple[str, ...], reason: str, as_json: bool) -> None:
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.writing() as work:
            made = changes.ask(work, actor, action=action, reason=reason, numbers=numbers)
        result = {"request": made, "count": len(numbers)}
        speech.show(result, as_json=as_json, code="change_asked")


@honours.command("revoke", help=speech.text("help_honours_revoke"))
@click.argument("numbers", nargs=-1, required=True)
@click.option("--reason", required=True, type=click.Choice(changes.REASONS))
@AS_JSON
def revoke(numbers: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Ask for certificates to be revoked."""
    _ask("revoke", numbers, reason, as_json)


@honours.command("suspend", help=speech.text("help_honours_suspend"))
@click.argument("numbers", nargs=-1, required=True)
@click.option("--reason", required=True, type=click.Choice(changes.REASONS))
@AS_JSON
def suspend(numbers: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Ask for certificates to be suspended."""
    _ask("suspend", numbers, reason, as_json)


@honours.command("lift", help=speech.text("help_honours_lift"))
@click.argument("numbers", nargs=-1, required=True)
@click.option("--reason", default="dispute_settled", type=click.Choice(changes.REASONS))
@AS_JSON
def lift(numbers: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Ask for a suspension to be lifted."""
    _ask("lift", numbers, reason, as_json)


@honours.command("confirm", help=speech.text("help_honours_confirm"))
@click.argument("request")
@with_proof
@AS_JSON
def confirm(request: str, password_file: Path | None, code: str | None, as_json: bool) -> None:
    """Approve a change of status as another person; verifiers see it at once."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        proof = entry.ask_proof(password_file, code)
        count = changes.approve(runtime, actor, request, password=proof.password, code=proof.code)
        speech.show({"request": request, "count": count}, as_json=as_json, code="change_done")


def _order(given: Mapping[str, object], accepted: Accepted) -> Order:
    names = {"programme": "programme_id"}
    values = {names.get(name, name): value for name, value in given.items()}
    return Order(accepted=accepted, **values)  # type: ignore[arg-type]


def _exclusions(given: tuple[str, ...]) -> dict[int, str]:
    found = {}
    for each in given:
        row, _, reason = each.partition("=")
        if not row.isdecimal():
            raise Invalid("exclusion_form")
        found[int(row)] = reason.strip()
    return found


def _show_report(checked: Report, batch_id: str | None, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"batch": batch_id, **report.to_json(checked)}, ensure_ascii=False))
        return
    click.echo(report.table(checked, environment.language()), nl=False)
    if batch_id is not None:
        speech.show({"batch": batch_id}, as_json=False, code="batch_drafted")


def _watch(runtime: Runtime, batch: str) -> str:
    """Follow the job to its end; be its worker if nobody else is."""
    pause = Event()
    while True:
        with runtime.reading() as work:
            found = queue.progress_of(work.session, kind=approving.JOB, subject=batch)
        if found is None:
            raise NotFound("job_unknown")
        speech.tell("job_progress", done=found.done, total=found.total, state=found.state)
        if found.state in ("done", "failed"):
            return found.state
        if not _help(runtime):
            pause.wait(WAIT_SECONDS)


def _help(runtime: Runtime) -> bool:
    """Do the queue's work here if no worker runs; return whether that was so."""
    from services.platform.errors import Conflict

    try:
        with the_worker(runtime):
            runner = process.make_runner(runtime, process.open_chain(runtime))
            runner.do_recurring()
            return runner.do_job()
    except Conflict as error:
        if error.code != "worker_runs_already":
            raise
        return False
