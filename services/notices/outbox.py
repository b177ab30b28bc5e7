"""Telling people what happened to their account, their rights and their data.

tell        writes the notice in the caller's transaction: it is told exactly if the act happened.
            It always stands inside Kexin; besides, it goes to each contact that the person had
            at that moment, and on a printed slip if he has none
Nobody      writes to a contact that was added by the very act that is told: who takes over an
            account would tell only himself (identity.md, requirement 41). So callers tell before
            they change contacts
Errors      NotFound contact_unknown; Invalid contact_unusable; Tampered
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crypto import canonical
from crypto.canonical import Json
from services.audit import trail
from services.notices import queries
from services.notices.tables import CONTACT
from services.platform import guarded, texts
from services.platform.db import new_id
from services.platform.errors import Invalid, NotFound
from services.platform.work import Work

SLIP = "slip"
MOST_ADDRESS = 200
PAGE = 50


class Kind(StrEnum):
    """What people are told. Each has a text in the catalogue `notices`."""

    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  (a kind of notice)
    DEVICE_NEW = "device_new"
    RECOVERY_USED = "recovery_used"
    RECOVERED = "recovered"
    LOCKED = "locked"
    ROLE_GRANTED = "role_granted"
    ROLE_WITHDRAWN = "role_withdrawn"
    CONTACT_CHANGED = "contact_changed"
    GRANT_MADE = "grant_made"
    GRANT_ENDED = "grant_ended"
    RECORD_READ = "record_read"
    GUARDIAN_BOUND = "guardian_bound"
    GUARDIAN_ENDED = "guardian_ended"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person was told."""

    id: str
    kind: Kind
    at: datetime
    read_at: datetime | None
    params: Mapping[str, Json] = field(repr=False)

    def text(self, lang: str) -> str:
        """Return it as a sentence."""
        return texts.say("notices", self.kind.value, lang, **self.params)


@dataclass(frozen=True, slots=True)
class Slip:
    """A notice to be printed, cut and handed over."""

    delivery_id: str
    edu_id: str
    notice: Notice


def tell(work: Work, edu_id: str, kind: Kind, **params: str | int) -> str:
    """Tell a person something by every way he has; return the notice's id."""
    notice_id = new_id("ntc", work.random)
    row = {
        "id": notice_id,
        "edu_id": edu_id,
        "kind": kind.value,
        "params_sealed": work.protect.seal(
            canonical.dumps(dict(params)), **_place("notice", "params_sealed", notice_id)
        ),
        "created_at": work.now,
        "read_at": None,
    }
    reached = {contact["channel"]: contact["id"] for contact in _contacts(work, edu_id)}
    ways: Mapping[str, str | None] = reached or {SLIP: None}
    deliveries = [_delivery(work, notice_id, way, contact) for way, contact in ways.items()]
    queries.add_notice(work.session, row, deliveries)
    return notice_id


def notices(work: Work, edu_id: str, *, before: datetime | None = None) -> list[Notice]:
    """Return a page of what a person was told, the newest first."""
    rows = queries.notices_of(work.session, edu_id, before=before, limit=PAGE)
    return [opened(work, row) for row in rows]


def mark_read(work: Work, edu_id: str, notice_ids: Sequence[str]) -> None:
    """Note that the person saw these notices of his; those of others stay as they are."""
    queries.mark_read(work.session, edu_id, notice_ids, work.now)


def slips(work: Work, edu_ids: Sequence[str]) -> list[Slip]:
    """Return what is to be printed for these people."""
    rows = queries.slips(work.session, edu_ids)
    return [Slip(row["delivery_id"], row["edu_id"], opened(work, row)) for row in rows]


def close_slips(work: Work, delivery_ids: Sequence[str]) -> None:
    """Note that slips were printed and handed over."""
    queries.close_slips(work.session, delivery_ids, work.now)


def add_contact(work: Work, edu_id: str, channel: str, address: str) -> str:
    """Enter where a person can be reached, in place of what the channel had; return its id.

    The caller has seen that the address is his. The old one is told of the change.
    """
    address = address.strip()
    if not address or len(address) > MOST_ADDRESS or not address.isprintable() or channel == SLIP:
        raise Invalid("contact_unusable")
    tell(work, edu_id, Kind.CONTACT_CHANGED, channel=channel)
    for row in _contacts(work, edu_id):
        if row["channel"] == channel:
            _end(work, row)
    contact_id = new_id("cnt", work.random)
    sealed = work.protect.seal(address.encode(), **_place("contact", "address_sealed", contact_id))
    values = {
        "id": contact_id,
        "edu_id": edu_id,
        "channel": channel,
        "address_sealed": sealed,
        "created_at": work.now,
        "ended_at": None,
    }
    queries.add_contact(work.session, guarded.stamp(work.protect, CONTACT, values))
    trail.record(work, actor=edu_id, action="contact.add", object=contact_id, channel=channel)
    return contact_id


def end_contact(work: Work, edu_id: str, contact_id: str) -> None:
    """Take a contact away after telling it so. Raises NotFound."""
    row = queries.contact(work.session, contact_id)
    if row is None or row["edu_id"] != edu_id or row["ended_at"] is not None:
        raise NotFound("contact_unknown")
    tell(work, edu_id, Kind.CONTACT_CHANGED, channel=row["channel"])
    _end(work, guarded.check(work.protect, CONTACT, row))
    trail.record(work, actor=edu_id, action="contact.end", object=contact_id)


def contacts(work: Work, edu_id: str) -> dict[str, str]:
    """Return a person's addresses by channel."""
    return {row["channel"]: address_of(work, row) for row in _contacts(work, edu_id)}


def address_of(work: Work, row: Mapping[Any, Any]) -> str:
    """Return the address in a contact's row, after checking it. Raises Tampered."""
    guarded.check(work.protect, CONTACT, row)
    place = _place("contact", "address_sealed", row["id"])
    return work.protect.unseal(row["address_sealed"], **place).decode()


def opened(work: Work, row: Mapping[Any, Any]) -> Notice:
    """Return the notice of a row."""
    place = _place("notice", "params_sealed", row["id"])
    params = canonical.loads(work.protect.unseal(row["params_sealed"], **place))
    assert isinstance(params, dict)
    return Notice(row["id"], Kind(row["kind"]), row["created_at"], row["read_at"], params)


def check_all(work: Work) -> int:
    """Check the rows of all contacts; return how many. Raises Tampered."""
    rows = queries.contacts(work.session)
    for row in rows:
        guarded.check(work.protect, CONTACT, row)
    return len(rows)


def _contacts(work: Work, edu_id: str) -> list[Mapping[Any, Any]]:
    rows = queries.contacts_of(work.session, edu_id)
    return [guarded.check(work.protect, CONTACT, row) for row in rows]


def _end(work: Work, row: Mapping[Any, Any]) -> None:
    ended = guarded.stamp(work.protect, CONTACT, {**row, "ended_at": work.now})
    queries.replace_contact(work.session, ended)


def _delivery(work: Work, notice_id: str, channel: str, contact_id: str | None) -> dict[str, Any]:
    return {
        "id": new_id("dlv", work.random),
        "notice_id": notice_id,
        "contact_id": contact_id,
        "channel": channel,
        "state": "waiting",
        "attempts": 0,
        "due_at": work.now,
        "done_at": None,
        "error_code": None,
    }


def _place(table: str, column: str, key: str) -> dict[str, str]:
    return {"tenant": "node", "table": table, "column": column, "key": key}
