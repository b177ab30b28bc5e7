"""The node's status lists: random places, changes, signed publications, one-entry assertions.

A change is an entry of the institution's log first (the slice that changes writes it in the
same transaction), then a value here, then the next signed list. A list is signed anew at once
after a change and otherwise before its `ttl` is half over.

Errors     Conflict status_unknown, status_list_full; Tampered; Unavailable status_unpublished
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crypto.provider import Use
from identity import status_list
from identity.credential import StatusRef
from identity.status_list import LIFE, LIST_SIZE, TTL, Assertion, Status, StatusList
from services.platform import guarded
from services.platform.errors import Conflict, NotFound, Unavailable
from services.platform.work import Runtime, Work
from services.registry import keys
from services.status import queries
from services.status.tables import STATUS_ENTRY

MOST_TRIES = 8
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


def open_list(work: Work) -> None:
    """Open the next list if there is none, or if the newest is half full."""
    newest = queries.newest_list(work.session, lock=True)
    if newest is not None and not _half_full(work, newest):
        return
    number = 1 if newest is None else newest["number"] + 1
    row = {
        "number": number,
        "uri": f"{work.settings.url}{PATH}/{number}",
        "capacity": LIST_SIZE,
        "created_at": work.now,
    }
    queries.add_list(work.session, row)


def _half_full(work: Work, newest: Mapping[Any, Any]) -> bool:
    return queries.count_taken(work.session, newest["number"]) >= int(newest["capacity"]) // 2


def places(work: Work, count: int) -> list[Place]:
    """Return random free places for `count` credentials.

    They are not reserved: two that meet break a constraint at the insert, and the whole chunk
    is tried again with other places.
    """
    newest = queries.newest_list(work.session)
    if newest is None:
        raise Conflict("status_list_full")
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


def change(
    work: Work,
    credential: bytes,
    status: Status,
    *,
    reason: str | None = None,
    successor: str | None = None,
) -> None:
    """Let a credential's place say something else from now on."""
    row = _entry(work, credential, lock=True)
    values = {
        **row,
        "value": int(status),
        "since": None if status is Status.VALID else work.now,
        "reason": reason,
        "successor": successor,
        "version": row["version"] + 1,
    }
    queries.replace_entry(work.session, guarded.stamp(work.protect, STATUS_ENTRY, values))


def publish(runtime: Runtime, *, force: bool = False) -> int:
    """Sign anew every list that is due; return how many. `force`: something has changed."""
    with runtime.reading() as work:
        numbers = queries.list_numbers(work.session)
    return sum(_publish(runtime, number, force=force) for number in numbers)


def _publish(runtime: Runtime, number: int, *, force: bool) -> bool:
    """Sign one list if it is due. Another publisher may have read before our change: again."""
    for _ in range(MOST_TRIES):
        signed = _sign(runtime, number, force=force)
        if signed is not None:
            return signed
    raise Unavailable("status_publication_contended", list=number)


def published(work: Work, number: int) -> str:
    """Return the newest signed list. Raises NotFound."""
    row = queries.publication(work.session, number)
    if row is None:
        raise NotFound("status_list_unknown")
    return str(row["token"])


def assertion(runtime: Runtime, credential: bytes) -> str:
    """Return the node's signed word of now on one credential, good for LIFE."""
    with runtime.reading() as work:
        row = _entry(work, credential)
        publication = queries.publication(work.session, row["list_number"])
        ref = keys.node_ref(work, Use.STATUS)
        listed, now = queries.status_list(work.session, row["list_number"]), work.now
    said = Assertion(
        uri=listed["uri"],
        index=row["idx"],
        status=Status(row["value"]),
        credential=credential,
        seq=1 if publication is None else publication["seq"],
        issued_at=now,
        expires_at=now + LIFE,
        since=row["since"],
        reason=row["reason"],
        successor=row["successor"],
    )
    sign = runtime.provider.signer(ref, status_list.ASSERTION_TYP)
    return status_list.sign_assertion(said, kid=ref.kid, sign=sign)


def age_seconds(work: Work) -> int | None:
    """Return how old the oldest published list is; None where there is no list."""
    oldest = queries.oldest_publication(work.session)
    return None if oldest is None else int((work.now - oldest).total_seconds())


def _sign(runtime: Runtime, number: int, *, force: bool) -> bool | None:
    """Return whether the list was signed anew; None if another one came before."""
    with runtime.reading() as work:
        last = queries.publication(work.session, number)
        if last is not None and not force and work.now - last["issued_at"] < TTL / 2:
            return False
        listed = queries.status_list(work.session, number)
        statuses = StatusList.empty(listed["capacity"])
        for row in queries.changed(work.session, number):
            guarded.check(work.protect, STATUS_ENTRY, row)
            statuses.set(row["idx"], row["value"])
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
    made = {"list_number": number, "seq": seq, "issued_at": now, "expires_at": now + LIFE}
    with runtime.writing() as work:
        done = queries.publish(work.session, {**made, "token": token}, after=seq - 1)
    return True if done else None


def _entry(work: Work, credential: bytes, *, lock: bool = False) -> Mapping[Any, Any]:
    row = queries.entry(work.session, credential, lock=lock)
    if row is None:
        raise Conflict("status_unknown")
    return guarded.check(work.protect, STATUS_ENTRY, row)
