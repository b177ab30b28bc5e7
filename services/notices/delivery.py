"""Sending what waits: lease in one transaction, send outside, write down the end in another.

Died before sending    the lease runs out and the delivery is taken again
Died after sending     the same: the message goes out once more under the same id, and a channel
                       that can tell leaves it at one
Refused                again after FIRST_WAIT, doubling; after MOST_ATTEMPTS it has failed for
                       good, raises an alarm, and stands in Kexin all the same
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from services.audit import trail
from services.notices import outbox, queries
from services.notices.channels import Channel, Undelivered
from services.platform import texts
from services.platform.work import Runtime, Work

LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(minutes=1)
MOST_ATTEMPTS = 8
ALARM = "notices"


@dataclass(frozen=True, slots=True)
class _Message:
    """What goes out, and as which attempt."""

    delivery_id: str
    attempt: int
    channel: str
    address: str = field(repr=False)
    text: str = field(repr=False)


def deliver(runtime: Runtime, channels: Sequence[Channel], *, most: int = 100) -> int:
    """Send what is due over these channels; return how many deliveries were taken."""
    by_name = {channel.name: channel for channel in channels}
    for taken in range(most):
        with runtime.writing() as work:
            message = _take(work, list(by_name))
        if message is None:
            return taken
        if message.attempt > MOST_ATTEMPTS:  # whoever made the last attempt died in it
            _settle(runtime, message, "sender_died")
            continue
        try:
            by_name[message.channel].send(message.delivery_id, message.address, message.text)
        except Undelivered as error:
            _settle(runtime, message, error.code)
        else:
            _settle(runtime, message, None)
    return most


def _take(work: Work, channels: Sequence[str]) -> _Message | None:
    now, until = work.now, work.now + LEASE
    row = queries.take_due(work.session, channels=channels, now=now, until=until)
    if row is None:
        return None
    contact = queries.contact(work.session, row["contact_id"])
    assert contact is not None
    notice = outbox.opened(work, queries.notice(work.session, row["notice_id"]))
    text = "\n".join(notice.text(lang) for lang in texts.LANGUAGES)
    address = outbox.address_of(work, contact)
    return _Message(row["id"], row["attempts"], row["channel"], address, text)


def _settle(runtime: Runtime, message: _Message, code: str | None) -> None:
    """Write down how an attempt ended: `code` is None if it arrived."""
    with runtime.writing() as work:
        values: dict[str, object] = {"error_code": code}
        lost = code is not None and message.attempt >= MOST_ATTEMPTS
        if code is None or lost:
            values |= {"state": "failed" if lost else "sent", "done_at": work.now}
        else:
            values["due_at"] = work.now + FIRST_WAIT * (1 << (message.attempt - 1))
        settled = queries.settle(work.session, message.delivery_id, message.attempt, values)
        if settled and lost:
            trail.raise_alarm(work, ALARM, message.channel)
