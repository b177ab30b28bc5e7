"""The node's status lists: random places, changes, signed publications, one-entry assertions.

Change     an entry of the institution's log first (the slice that changes writes it in the same
           transaction), then a value here, then the next signed list
Signed     anew at once after a change, by whoever is first, and before the `ttl` is half over. A
           list counts its changes and a publication says how many it shows, so a publisher that
           looked before a change cannot pass for one that looked after it
Marked     how many changes a signed list shows is written outside the database before it leaves
           (services.status.marks): a list that went back is not signed, served or changed
Room       a list takes credentials until half its places are taken; the rest are decoys
Errors     Conflict status_unknown; NotFound status_list_unknown; Unavailable status_list_full,
           status_publication_contended; those of marks; Tampered
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crypto.errors import CryptoError
from crypto.provider import Use
from identity import status_list
from identity.credential import StatusRef
from identity.status_list import LIFE, LIST_SIZE, TTL, Assertion, Status, StatusList
from ledger.errors import LedgerError, LogMoved
from services.audit import trail
from services.platform import guarded
from services.platform.errors import Conflict, NotFound, ServiceError, Unavailable
from services.platform.work import Runtime, Work
from services.registry import keys
from services.status import marks, queries
from services.status.tables import STATUS_ENTRY, STATUS_LIST

MOST_TRIES = 8
CHECKED_AT_ONCE = 5_000
ALARM = "status_publication"
PATH = "/v1/status"
"""Where lists are served. A list keeps the address that it was opened under: credentials and
the trust list name it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A free place in a list, for one new credential."""

    number: int
    index: int
    uri: str

    @property
    def ref(self) -> StatusRef:
        """What the credential says of its place."""
        return StatusRef(self.uri, self.index)


@dataclass(frozen=True, slots=True)
class Publication:
    """A signed list."""

    token: str
    issued_at: datetime


def make_room(runtime: Runtime, count: int) -> None:
    """See to it that the newest list has room for `count` more, and that it is published."""
    with runtime.reading() as work:
        newest = queries.newest_list(work.session)
        if newest is not None and not _half_full(work, newest, count):
            return
    with runtime.writing() as work:
        open_list(work, count)
    publish(runtime)


def open_list(work: Work, count: int = 0) -> None:
    """Open the next list if there is none, or if the newest is half full (with `count` more)."""
    newest = queries.newest_list(work.session, lock=True)
    if newest is not None and not _half_full(work, newest, count):
        return
    number = 1 if newest is None else newest["number"] + 1
    row = {
        "number": number,
        "uri": f"{work.settings.url}{PATH}/{number}",
        "capacity": LIST_SIZE,
        "changes": 0,
        "changed_mac": _set_mac(work, number, 0),
        "created_at": work.now,
    }
    queries.add_list(work.session, guarded.stamp(work.protect, STATUS_LIST, row))


def _half_full(work: Work, newest: Mapping[Any, Any], count: int) -> bool:
    taken = queries.count_taken(work.session, newest["number"])
    return taken + count > int(newest["capacity"]) // 2


def places(work: Work, count: int) -> list[Place]:
    """Return random free places for `count` credentials.

    They are not reserved: two that meet break a constraint at the insert, and the whole chunk
    is tried again with other places.
    """
    newest = queries.newest_list(work.session)
    if newest is None or count > newest["capacity"] // 2:
        raise Unavailable("status_list_full")
    guarded.check(work.protect, STATUS_LIST, newest)
    number, size = newest["number"], newest["capacity"]
    chosen: dict[int, None] = {}
    while len(chosen) < count:
        drawn = [int.from_bytes(work.random(8)) % size for _ in range(count - len(chosen))]
        gone = queries.taken(work.session, number, drawn)
        chosen |= {index: None for index in drawn if index not in gone}
    return [Place(number, index, newest["uri"]) for index in chosen]


def register(work: Work, credentials: Sequence[tuple[bytes, Place]]) -> None:
    """Take the places for new, valid credentials, named by their digests."""
    rows = [
        guarded.stamp(
            work.protect,
            STATUS_ENTRY,
            {
                "credential": digest,
                "list_number": place.number,
                "idx": place.index,
                "value": int(Status.VALID),
                "since": None,
                "reason": None,
                "successor": None,
                "version": 1,
            },
        )
        for digest, place in credentials
    ]
    queries.add_entries(work.session, rows)


@dataclass(frozen=True, slots=True)
class Change:
    """What the place of a credential says from now on."""

    credential: bytes
    status: Status
    reason: str | None = None
    successor: str | None = None


def said_of(work: Work, credentials: Sequence[bytes]) -> dict[bytes, Status]:
    """Return what the places of these credentials say now, of those we know. Raises Tampered."""
    return {
        credential: Status(guarded.check(work.protect, STATUS_ENTRY, row)["value"])
        for credential, row in queries.entries_of(work.session, credentials).items()
    }


def change(work: Work, changes: Sequence[Change]) -> None:
    """Let the places of these credentials, no two alike, say something else from now on."""
    wanted = {each.credential: each for each in changes}
    rows = queries.lock_entries(work.session, sorted(wanted))
    if len(rows) != len(changes):
        raise Conflict("status_unknown")
    lists = sorted({row["list_number"] for row in rows})
    for number in lists:
        listed = queries.status_list(work.session, number, lock=True)
        marks.check(work, listed)
        _changed_rows(work, listed)
    queries.replace_entries(
        work.session, [_changed(work, row, wanted[row["credential"]]) for row in rows]
    )
    for number in lists:
        listed = queries.status_list(work.session, number)
        version = listed["changes"] + 1
        values = {"changes": version, "changed_mac": _set_mac(work, number, version)}
        row = guarded.stamp(work.protect, STATUS_LIST, {**listed, **values})
        queries.replace_list(work.session, row)


def _changed(work: Work, row: Mapping[Any, Any], wanted: Change) -> dict[str, Any]:
    guarded.check(work.protect, STATUS_ENTRY, row)
    values = {
        **row,
        "value": int(wanted.status),
        "since": None if wanted.status is Status.VALID else work.now,
        "reason": wanted.reason,
        "successor": wanted.successor,
        "version": row["version"] + 1,
    }
    return guarded.stamp(work.protect, STATUS_ENTRY, values)


def publish(runtime: Runtime) -> int:
    """Sign anew every list that is due; return how many."""
    with runtime.reading() as work:
        found = queries.due(work.session, before=work.now - TTL / 2)
    return sum(_publish(runtime, number, wanted) for number, wanted in found)


def publish_at_once(runtime: Runtime) -> None:
    """Publish after a commit that changed something: what cannot be done now, the worker does.

    Never fails, because the change has happened; a failure raises an alarm.
    """
    try:
        publish(runtime)
    except (ServiceError, CryptoError, LedgerError) as error:
        with runtime.writing() as work:
            trail.raise_alarm(work, ALARM, error.code)


def _publish(runtime: Runtime, number: int, wanted: int) -> bool:
    """Sign one list unless somebody else does it meanwhile, with as many changes as we saw.

    Another publisher may have come before us, and may have looked before we did: look again.
    """
    for _ in range(MOST_TRIES):
        signed = _sign(runtime, number, wanted)
        if signed is not None:
            return signed
    raise Unavailable("status_publication_contended", list=number)


def published(work: Work, number: int) -> str:
    """Return the newest signed list. Raises NotFound."""
    return publication(work, number).token


def publication(work: Work, number: int) -> Publication:
    """Return the newest signed list and when it was signed. Raises NotFound."""
    row = queries.publication(work.session, number)
    if row is None:
        raise NotFound("status_list_unknown")
    marks.check(work, queries.status_list(work.session, number), signed=True)
    return Publication(row["token"], row["issued_at"])


def published_at(work: Work, uri: str) -> str:
    """Return the newest signed list of an address. Raises NotFound."""
    number = queries.number_at(work.session, uri)
    if number is None:
        raise NotFound("status_list_unknown")
    return published(work, number)


def assertion(runtime: Runtime, credential: bytes) -> str:
    """Return the node's signed word of now on one credential, good for LIFE."""
    return assertions(runtime, [credential])[0]


def assertions(runtime: Runtime, credentials: Sequence[bytes]) -> list[str]:
    """Return the node's signed words of now on some credentials, in their order."""
    with runtime.reading() as work:
        ref = keys.node_ref(work, Use.STATUS)
        said = _said(work, credentials)
    sign = runtime.provider.signer(ref, status_list.ASSERTION_TYP)
    return [status_list.sign_assertion(each, kid=ref.kid, sign=sign) for each in said]


def _said(work: Work, credentials: Sequence[bytes]) -> list[Assertion]:
    found = queries.entries_of(work.session, credentials)
    lists: dict[int, tuple[str, int]] = {}
    said = []
    for credential in credentials:
        if credential not in found:
            raise Conflict("status_unknown")
        row = guarded.check(work.protect, STATUS_ENTRY, found[credential])
        if row["list_number"] not in lists:
            lists[row["list_number"]] = _uri_and_seq(work, row["list_number"])
        uri, seq = lists[row["list_number"]]
        said.append(
            Assertion(
                uri=uri,
                index=row["idx"],
                status=Status(row["value"]),
                credential=credential,
                seq=seq,
                issued_at=work.now,
                expires_at=work.now + LIFE,
                since=row["since"],
                reason=row["reason"],
                successor=row["successor"],
            )
        )
    return said


def _uri_and_seq(work: Work, number: int) -> tuple[str, int]:
    """Return a list's address and the number of its last publication."""
    publication = queries.publication(work.session, number)
    listed = queries.status_list(work.session, number)
    marks.check(work, listed, signed=publication is not None)
    return listed["uri"], 1 if publication is None else publication["seq"]


def check_all(work: Work) -> int:
    """Check the entries of all lists; return how many there are. Raises Tampered."""
    after, count = b"", 0
    for number in queries.list_numbers(work.session):
        _changed_rows(work, queries.status_list(work.session, number))
    while rows := queries.entries(work.session, after=after, limit=CHECKED_AT_ONCE):
        for row in rows:
            guarded.check(work.protect, STATUS_ENTRY, row)
        after, count = rows[-1]["credential"], count + len(rows)
    return count


def age_seconds(work: Work) -> int | None:
    """Return how old the oldest published list is; None where there is no list."""
    oldest = queries.oldest_publication(work.session)
    return None if oldest is None else int((work.now - oldest).total_seconds())


def _sign(runtime: Runtime, number: int, wanted: int) -> bool | None:
    """Return whether the list was signed anew; None if another one came before."""
    with runtime.reading() as work:
        last = queries.publication(work.session, number)
        listed = queries.status_list(work.session, number)
        if last is not None and not _is_due(work, last, wanted):
            return False
        marks.check(work, listed, signed=last is not None)
        statuses = _statuses(work, listed)
        ref = keys.node_ref(work, Use.STATUS)
        now = work.now
    seq = 1 if last is None else last["seq"] + 1
    token = status_list.sign_list(
        statuses,
        uri=listed["uri"],
        seq=seq,
        now=now,
        kid=ref.kid,
        sign=runtime.provider.signer(ref, status_list.LIST_TYP),
    )
    try:
        marks.raise_to(runtime.settings, listed)
    except LogMoved:  # another publisher has shown more changes
        return None
    made = {"list_number": number, "seq": seq, "changes": listed["changes"], "token": token}
    times = {"issued_at": now, "expires_at": now + LIFE}
    with runtime.writing() as work:
        done = queries.publish(work.session, {**made, **times}, after=seq - 1)
    return True if done else None


def _is_due(work: Work, last: Mapping[Any, Any], wanted: int) -> bool:
    changed: bool = last["changes"] < wanted
    old: bool = work.now - last["issued_at"] >= TTL / 2
    return changed or old


def _statuses(work: Work, listed: Mapping[Any, Any]) -> StatusList:
    statuses = StatusList.empty(listed["capacity"])
    for row in _changed_rows(work, listed):
        statuses.set(row["idx"], row["value"])
    return statuses


def _changed_rows(work: Work, listed: Mapping[Any, Any]) -> Sequence[Mapping[Any, Any]]:
    """Return the entries of a list that say anything but valid. Raises Tampered."""
    number, version = listed["number"], listed["changes"]
    rows = queries.changed(work.session, number)
    guarded.check_set(
        work.protect, STATUS_ENTRY, str(number), rows, version=version, mac=listed["changed_mac"]
    )
    return rows


def _set_mac(work: Work, number: int, version: int) -> bytes:
    rows = queries.changed(work.session, number)
    return guarded.set_mac(work.protect, STATUS_ENTRY, str(number), rows, version=version)
