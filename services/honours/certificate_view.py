"""One certificate's history, as its page tells it: from the draft to today.

What happened stands in the order in which it happened, each with who and where it is written:
drafted, approved, signed into the log, anchored, changed, replaced. What the certificate states is
shown to who works with the institution; once it was forgotten, the history alone is left.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crypto import canonical
from ledger import evidence, sql_store
from services.accounts import people
from services.honours import approving, batch_view, changes, listings, programmes, queries, rows
from services.honours.batch_view import Decision
from services.honours.workflow import APPROVER, TABLE
from services.platform.errors import NotFound
from services.platform.record_keys import RecordKeys
from services.platform.work import Work
from services.registry import institutions

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    kind: str
    at: datetime | None
    who: str = field(default="", repr=False)
    reason: str = ""
    number: str = ""
    place: str = ""
    """Where the log says so."""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Anchor:
    """The evidence for a certificate's entry."""

    at: datetime
    chain: str
    block: int
    transaction: str
    size: int


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the page of a certificate shows."""

    row: Row
    programme: Row
    institution: Row
    batch: Row
    claims: Mapping[str, str] | None = field(repr=False)
    events: tuple[Event, ...]
    anchor: Anchor | None
    decision: Decision | None
    successor: str
    actions: tuple[str, ...]
    """What may be asked for in this state."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A certificate in a list."""

    row: Row
    programme: str
    claims: Mapping[str, str] | None = field(repr=False)


def view(work: Work, number: str) -> View:
    """Return the page of a certificate. Raises NotFound."""
    row = queries.certificate(work.session, number)
    if row is None:
        raise NotFound("certificate_unknown", number=number)
    batch = approving.load(work, row["batch_id"])
    decision = batch_view.decision(work, batch["id"])
    anchor = _anchor(work, row)
    successor = queries.successor_of(work.session, number)
    possible = TABLE.events(row["state"], APPROVER)
    return View(
        row,
        programmes.load(work, row["programme_id"]),
        institutions.load(work, row["institution_id"]),
        batch,
        _claims(work, [row["row_id"]]).get(row["row_id"]),
        tuple(_events(work, row, batch, decision, anchor)),
        anchor,
        decision,
        "" if successor is None else successor["number"],
        tuple(event for event in possible if event in changes.STATUSES),
    )


def listed(work: Work, found: Sequence[Row]) -> list[Listed]:
    """Return certificates as a list shows them."""
    claims = _claims(work, [row["row_id"] for row in found])
    named = {
        programme_id: programmes.load(work, programme_id)["name"]
        for programme_id in {row["programme_id"] for row in found}
    }
    return [Listed(row, named[row["programme_id"]], claims.get(row["row_id"])) for row in found]


def _claims(work: Work, row_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the claims of the rows that were not forgotten, by row id."""
    keys = RecordKeys.of(work.runtime).open_existing(work.session, row_ids)
    return {
        row["id"]: batch_view.whole(rows.open_claims(row, key))
        for row in rows.checked(work, listings.some_rows(work.session, row_ids))
        if (key := keys.get(row["id"])) is not None
    }


def _events(
    work: Work,
    row: Row,
    batch: Row,
    decision: Decision | None,
    anchor: Anchor | None,
) -> list[Event]:
    drafted = people.name(work, batch["preparer_edu_id"])
    entry = f"{row['log_origin']} #{row['log_index']}"
    events = [Event("drafted", batch["created_at"], drafted)]
    if decision is not None:
        events.append(Event("approved", decision.at, decision.who, decision.ground))
    events.append(Event("signed", row["issued_at"], number=row["supersedes"] or "", place=entry))
    if anchor is not None:
        events.append(Event("anchored", anchor.at, place=f"{anchor.chain} #{anchor.block}"))
    return [
        *events,
        *(_change(work, each) for each in queries.status_changes(work.session, row["number"])),
    ]


def _change(work: Work, change: Row) -> Event:
    told = json.loads(change["content"])
    approved = batch_view.decision(work, change["request_id"])
    return Event(
        change["action"],
        change["at"],
        approved.who if approved else "",
        str(told.get("reason", "")),
        str(told.get("successor", "")),
        f"{change['log_origin']} #{change['log_index']}",
        change["action"] != "lift",
    )


def _anchor(work: Work, row: Row) -> Anchor | None:
    found = sql_store.anchored(work.session, row["log_origin"], row["log_index"])
    if found is None or found.receipt is None:
        return None
    told = evidence.open_receipt(canonical.loads(found.receipt.encode()))
    return Anchor(told.block_time, told.chain, told.block_number, told.tx_hash.hex(), told.size)
