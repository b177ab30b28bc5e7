"""kexin anchor, kexin log: drive the anchoring by hand, and audit logs against the chain."""

import sys
from collections.abc import Sequence
from dataclasses import replace

import click

from crypto.keys import PublicKey
from crypto.provider import Use
from identity.levels import Role
from ledger import auditor, checkpoint, sql_store
from ledger.checkpoint import Checkpoint
from ledger.errors import InvalidCheckpoint
from services import process
from services.accounts.operators import NODE
from services.anchoring import anchors
from services.audit import queries, trail
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.honours import bundles, replay
from services.honours.replay import Found
from services.platform.work import Runtime
from services.registry import keys

UNDETERMINED = 3


@click.group(cls=speech.Group, help=speech.text("help_anchor"))
def anchor() -> None:
    """Be the group."""


@anchor.command("now", help=speech.text("help_anchor_now"))
@AS_JSON
def now(as_json: bool) -> None:
    """Sign checkpoints, anchor them and sign receipts for what is final."""
    with entry.runtime() as runtime:
        entry.operator(runtime)
        done = anchors.round_(runtime, process.open_chain(runtime))
        released = bundles.release(runtime)
        result = {
            "checkpoints": done.checkpoints,
            "finalised": done.finalised,
            "receipts": done.receipts,
            "released": released,
            "waiting": done.waiting,
        }
        speech.show(result, as_json=as_json, code="anchored")


@click.group(cls=speech.Group, help=speech.text("help_log"))
def log() -> None:
    """Be the group."""


@log.command("list", help=speech.text("help_log_list"))
@AS_JSON
def list_(as_json: bool) -> None:
    """List the logs with their sizes; cut-offs name them."""
    with entry.runtime() as runtime:
        entry.operator(runtime)
        with runtime.reading() as work:
            for origin in sql_store.origins(work.session):
                result = {
                    "origin": origin,
                    "size": sql_store.open_log(work.session, origin).size,
                    "anchored": sql_store.receipted_size(work.session, origin),
                }
                speech.show(result, as_json=as_json, code="log_line")


@log.command("trail", help=speech.text("help_log_trail"))
@click.option(
    "--last",
    "limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help=speech.line("option_last"),
)
@AS_JSON
def events(limit: int, as_json: bool) -> None:
    """Show the newest events of the audit trail, the newest last."""
    with entry.runtime() as runtime:
        entry.operator(runtime).require(Role.AUDITOR, NODE)
        with runtime.reading() as work:
            found = queries.events(work.session, limit=limit)
        for row in reversed(found):
            names = ("actor", "action", "object", "result", "detail")
            result = {"at": row["at"].isoformat(), **{name: row[name] for name in names}}
            speech.show(result, as_json=as_json, code="event_line")


@log.command("audit", help=speech.text("help_log_audit"))
@click.argument("origins", nargs=-1)
@AS_JSON
def audit(origins: tuple[str, ...], as_json: bool) -> None:
    """Replay the chain's events of these logs, or of all, against the logs and the statuses."""
    outcomes = set()
    replays = _Replays()
    with entry.runtime() as runtime:
        entry.operator(runtime).require(Role.AUDITOR, NODE)
        with runtime.reading() as work:
            length = trail.check(work)
            chosen = origins or tuple(sql_store.origins(work.session))
        speech.show({"events": length}, as_json=as_json, code="audit_trail")
        for origin in chosen:
            report = replays.added(runtime, _audit(runtime, origin))
            outcomes.add(report.outcome)
            found = [{"code": each.code, **each.params} for each in report.findings]
            result = {"origin": origin, "outcome": report.outcome.value, "findings": found}
            speech.show(result, as_json=as_json, code=f"log_{report.outcome.value}")
    if auditor.Outcome.INCONSISTENT in outcomes:
        sys.exit(speech.FAILED)
    if auditor.Outcome.UNDETERMINED in outcomes:
        sys.exit(UNDETERMINED)


class _Replays:
    """What the status entries of an institution say otherwise than its logs, found once."""

    def __init__(self) -> None:
        self._found: dict[str, list[Found]] = {}

    def added(self, runtime: Runtime, report: auditor.Report) -> auditor.Report:
        """Return an audit's report with what was found of the log's statuses besides."""
        institution = checkpoint.split_origin(report.origin).institution
        if institution not in self._found:
            with runtime.reading() as work:
                self._found[institution] = replay.of_institution(work, institution)
        more = (each.finding for each in self._found[institution] if each.origin == report.origin)
        return replace(report, findings=(*report.findings, *more))


def _audit(runtime: Runtime, origin: str) -> auditor.Report:
    chain = process.open_chain(runtime)
    chain.identity()
    node = checkpoint.node_id(runtime.settings.node_name)
    events = list(chain.history(node, checkpoint.log_id(origin)))
    with runtime.reading() as work:
        rows = keys.node_keys(work)
        held = [PublicKey(row["public"]) for row in rows if row["use"] == Use.LOG.value]
        name = runtime.settings.node_name
        notes = [_verified(note, name, held) for note in sql_store.notes(work.session, origin)]
        opened = sql_store.open_log(work.session, origin)
        return auditor.audit(events, opened, checkpoints=notes)


def _verified(note: str, name: str, held: Sequence[PublicKey]) -> Checkpoint:
    """Return what a note says if one of the node's log keys, past or present, signed it."""
    for key in held[:-1]:
        try:
            return checkpoint.verify(note, name=name, key=key)
        except InvalidCheckpoint:
            continue
    return checkpoint.verify(note, name=name, key=held[-1])
