"""kexin anchor, kexin log: drive the anchoring by hand, and audit logs against the chain."""

import sys

import click

from identity.levels import Role
from ledger import auditor, checkpoint, sql_store
from services import process
from services.accounts.operators import NODE
from services.anchoring import anchors
from services.audit import trail
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.honours import bundles
from services.platform.work import Runtime


@click.group(help=speech.text("help_anchor"))
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


@click.group(help=speech.text("help_log"))
def log() -> None:
    """Be the group."""


@log.command("audit", help=speech.text("help_log_audit"))
@click.argument("origins", nargs=-1)
@AS_JSON
def audit(origins: tuple[str, ...], as_json: bool) -> None:
    """Replay the chain's events of these logs, or of all, against the logs themselves."""
    outcomes = set()
    with entry.runtime() as runtime:
        entry.operator(runtime).require(Role.AUDITOR, NODE)
        with runtime.reading() as work:
            length = trail.check(work)
            chosen = origins or tuple(sql_store.origins(work.session))
        speech.show({"events": length}, as_json=as_json, code="audit_trail")
        for origin in chosen:
            report = _audit(runtime, origin)
            outcomes.add(report.outcome)
            result = {
                "origin": origin,
                "outcome": report.outcome.value,
                "findings": ", ".join(
                    f"{each.code} {dict(each.params)}" for each in report.findings
                ),
            }
            speech.show(result, as_json=as_json, code=f"log_{report.outcome.value}")
    if auditor.Outcome.INCONSISTENT in outcomes:
        sys.exit(1)
    if auditor.Outcome.UNDETERMINED in outcomes:
        sys.exit(3)


def _audit(runtime: Runtime, origin: str) -> auditor.Report:
    chain = process.open_chain(runtime)
    chain.identity()
    node = checkpoint.node_id(runtime.settings.node_name)
    events = list(chain.history(node, checkpoint.log_id(origin)))
    with runtime.reading() as work:
        notes = [
            checkpoint.parse(note).checkpoint for note in sql_store.notes(work.session, origin)
        ]
        opened = sql_store.open_log(work.session, origin)
        return auditor.audit(events, opened, checkpoints=notes)
