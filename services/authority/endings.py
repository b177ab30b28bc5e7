"""Alarms 90, 30 and 7 days before a certificate ends.

Looked at      the authority's own certificates, and those of institutions, also imported ones.
               Persons are too many for alarms: the list of certificates says when each one ends
An alarm       `certificate_end`, subject `<id>/<days>`; it goes when the certificate was renewed or
               revoked, or when a more urgent one takes its place
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from crypto import certificate as certificate_form
from identity import certificates
from identity.certificates import ALARM_DAYS, Kind
from services.audit import trail
from services.authority import own, queries, service
from services.platform.work import Runtime, Work

ALARM = "certificate_end"


def remind(runtime: Runtime) -> None:
    """Make the next status responder, raise the alarms that are due, clear those that are not."""
    with runtime.writing() as work:
        if own.exists(work):
            own.ensure_responder(work)
        wanted = set(_due(work))
        raised = {subject for kind, subject in trail.alarms(work) if kind == ALARM}
        for subject in sorted(wanted - raised):
            trail.raise_alarm(work, ALARM, subject)
        for subject in sorted(raised - wanted):
            trail.clear_alarm(work, ALARM, subject)


def left(row: Mapping[Any, Any], work: Work) -> int | None:
    """Return the most urgent of ALARM_DAYS that has come for a row with a certificate."""
    return certificates.alarm(certificate_form.parse(row["der"]), work.now)


def _due(work: Work) -> Iterator[str]:
    present = {row["kind"]: row for row in queries.authorities(work.session)}
    for row in present.values():
        if row["kind"] != Kind.RESPONDER.value:  # which is followed by itself
            yield from _subject(row["kid"], left(row, work))
    last = work.now + timedelta(days=max(ALARM_DAYS))
    for row in queries.ending(work.session, after=work.now, before=last):
        if service.is_institution(row["subject"]) and _is_newest(work, row):
            yield from _subject(row["id"], left(row, work))


def _subject(name: str, days: int | None) -> Iterator[str]:
    if days is not None:
        yield f"{name}/{days}"


def _is_newest(work: Work, row: Mapping[Any, Any]) -> bool:
    """Return whether nothing of the same kind was issued to the institution since."""
    same = [each for each in queries.of_subject(work.session, row["subject"])
            if each["kind"] == row["kind"] and each["revoked_at"] is None]  # fmt: skip
    return bool(same[-1]["id"] == row["id"])
