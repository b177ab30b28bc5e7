"""What the worker does by itself, and how often; each run says whether its alarms still hold.

Each is safe to be cut off anywhere and to be done by several workers at once. One that went
well clears the alarms that earlier runs of it raised (kind: its name); an alarm about a job stays
until a person clears it.

anchoring     checkpoints, anchors, receipts; certificates whose anchor is final are released
status        status lists are signed anew before half their `ttl` is over
audit         the audit trail is chained; audit_head: its head goes into the registry log
close_years   logs of years that are over are closed
reports       reports that were closed half a year ago are forgotten (daily)
uploads       rosters that were sent and left lying are forgotten after a week (hourly)
notices       what people are told goes out to where they can be reached
answers       kept answers to requests are forgotten after a week (daily)
integrity     rows that carry a MAC, the audit trail and the registry log are checked, and every
              status against the logs (daily)
revocation_lists  lists of revoked certificates are signed anew before half their life is over
certificate_ends  the next status responder; alarms before certificates end (daily)
trust_list    a published list older than 30 days raises an alarm: two operators sign anew
"""

from collections.abc import Callable

from ledger.chain import Chain
from services.anchoring import anchors
from services.audit import trail
from services.authority import endings
from services.authority import lists as revocation_lists
from services.authority import service as authority
from services.honours import bundles
from services.honours import integrity as honours_integrity
from services.notices import delivery, outbox
from services.notices.channels import FileChannel
from services.platform import idempotency, issuing
from services.platform.errors import Conflict
from services.platform.jobs.runner import Recurring
from services.platform.work import Runtime
from services.registry import integrity, trust
from services.reports import service as reports
from services.status import lists, marks
from services.uploads import store

Call = Callable[[Runtime], None]

FOR_ISSUING = ("anchoring", "status")
"""What an issuing job waits for: anchored records, and lists that have room."""

STATUS_SECONDS = 60
AUDIT_SECONDS = 5
NOTICES_SECONDS = 10
HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400


def everything(runtime: Runtime, chain: Chain) -> tuple[Recurring, ...]:
    """Return all of it for one worker."""
    every = runtime.settings.anchor_every_seconds
    return (
        _named("anchoring", every, lambda runtime: anchor(runtime, chain)),
        _named("status", STATUS_SECONDS, publish_status),
        _named("revocation_lists", STATUS_SECONDS, publish_revocations),
        _named("certificate_ends", DAY_SECONDS, remind_of_ends),
        _named("audit", AUDIT_SECONDS, seal_audit),
        _named("audit_head", every * 6, publish_audit_head),
        _named("close_years", HOUR_SECONDS, close_years),
        _named("uploads", HOUR_SECONDS, forget_uploads),
        _named("reports", DAY_SECONDS, forget_reports),
        _named("notices", NOTICES_SECONDS, send_notices),
        _named("answers", DAY_SECONDS, forget_answers),
        _named("integrity", DAY_SECONDS, check_integrity, at_start=False),
        _named("trust_list", HOUR_SECONDS, remind_of_trust_list),
    )


def anchor(runtime: Runtime, chain: Chain) -> None:
    """Do one round of anchoring."""
    anchors.round_(runtime, chain)
    bundles.release(runtime)


def publish_status(runtime: Runtime) -> None:
    """Sign the status lists that are due."""
    lists.publish(runtime)


def publish_revocations(runtime: Runtime) -> None:
    """Sign the revocation lists that are due."""
    revocation_lists.publish(runtime)


def remind_of_ends(runtime: Runtime) -> None:
    """Raise alarms about certificates that end soon."""
    endings.remind(runtime)


def seal_audit(runtime: Runtime) -> None:
    """Chain the events of the audit trail."""
    with runtime.writing() as work:
        trail.seal(work)


def publish_audit_head(runtime: Runtime) -> None:
    """Write the head of the audit trail into the registry log."""
    with runtime.writing() as work:
        trail.publish_head(work)


def close_years(runtime: Runtime) -> None:
    """Close the logs of years that are over."""
    with runtime.writing() as work:
        issuing.close_old_years(work)


def forget_uploads(runtime: Runtime) -> None:
    """Forget the uploads whose time is over."""
    with runtime.writing() as work:
        store.forget_expired(work)


def send_notices(runtime: Runtime) -> None:
    """Send what waits into the folder that the messages' gateway collects."""
    delivery.deliver(runtime, [FileChannel("sms", runtime.settings.notice_folder)])


def forget_reports(runtime: Runtime) -> None:
    """Forget the reports that were closed long ago."""
    with runtime.writing() as work:
        reports.forget_old(work)


def forget_answers(runtime: Runtime) -> None:
    """Forget the answers that nobody will ask for again."""
    with runtime.writing() as work:
        idempotency.forget_old(work)


def check_integrity(runtime: Runtime) -> None:
    """Check whole tables, also rows that nobody uses. Raises Tampered."""
    with runtime.reading() as work:
        integrity.check(work)
        lists.check_all(work)
        marks.check_all(work)
        honours_integrity.check(work)
        outbox.check_all(work)
        authority.check_all(work)


def remind_of_trust_list(runtime: Runtime) -> None:
    """Raise Conflict trust_list_due where it is time for the operators to sign a new list."""
    due = trust.due(runtime.settings.trust_folder, runtime.clock())
    if due is not None:
        raise Conflict("trust_list_due", seq=due)


def _named(name: str, every_seconds: int, call: Call, *, at_start: bool = True) -> Recurring:
    def run(runtime: Runtime) -> None:
        call(runtime)
        _calm(runtime, name)

    return Recurring(name, every_seconds, run, at_start)


def _calm(runtime: Runtime, name: str) -> None:
    """Clear the alarms that earlier runs raised."""
    with runtime.reading() as work:
        raised = [subject for kind, subject in trail.alarms(work) if kind == name]
    if raised:
        with runtime.writing() as work:
            for subject in raised:
                trail.clear_alarm(work, name, subject)
