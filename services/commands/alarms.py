"""kexin alarms: what the node wants a person to look at (docs/operations.md says what to do)."""

import click

from identity.levels import Role
from services.accounts.operators import NODE
from services.audit import trail
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.platform.errors import NotFound


@click.group(cls=speech.Group, help=speech.text("help_alarms"))
def alarms() -> None:
    """Be the group."""


@alarms.command("list", help=speech.text("help_alarms_list"))
@AS_JSON
def list_(as_json: bool) -> None:
    """List the open alarms."""
    with entry.runtime() as runtime, runtime.reading() as work:
        found = trail.alarms(work)
    for kind, subject in found:
        speech.show({"kind": kind, "subject": subject}, as_json=as_json, code="alarm_line")
    if not found and not as_json:
        speech.tell("alarms_none")


@alarms.command("clear", help=speech.text("help_alarms_clear"))
@click.argument("kind")
@click.argument("subject")
@AS_JSON
def clear(kind: str, subject: str, as_json: bool) -> None:
    """Clear an alarm whose cause is gone; the audit trail says who did."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        actor.require(Role.REGISTRAR, NODE)
        with runtime.writing() as work:
            if (kind, subject) not in trail.alarms(work):
                raise NotFound("alarm_unknown")
            trail.clear_alarm(work, kind, subject)
            trail.record(work, actor=actor.id, action="alarm.dismiss", object=kind, subject=subject)
    speech.done({"kind": kind, "subject": subject}, as_json=as_json)
