"""Replay what the logs of an institution say of statuses, and compare it with the status entries.

A status entry put back to an older copy carries a good MAC; but the log says what happened to
the credential, in order, and the log is anchored. So for every credential of the institution's
logs there must be an entry, which says what the last change in the log says and has as many
versions as there were changes.

Findings   status_unexplained   a status entry of the log whose content is gone or another one
           status_unlogged      a change or a void number that the log does not know
           status_missing       a credential without status entry
           status_altered       a status entry that we did not write
           status_differs       one that says something else than the log
           Each with the index in the log that it is about, and the certificate's number
Memory     a digest and a place for each credential of the institution
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crypto import canonical, sm3
from crypto.errors import InvalidEncoding
from crypto.jws import unb64u
from identity.status_list import Status
from ledger import entry, sql_store
from ledger.auditor import Finding
from ledger.checkpoint import split_origin
from ledger.entry import Entry
from ledger.errors import InvalidEntry, LogInconsistent
from services.honours import sweeps
from services.platform import guarded
from services.platform.errors import Tampered
from services.platform.work import Work
from services.status import queries as status_queries
from services.status.tables import STATUS_ENTRY

PIECE = 5_000
VOID = "void"
_STATUSES = {
    "revoke": Status.INVALID,
    "suspend": Status.SUSPENDED,
    "lift": Status.VALID,
    "supersede": Status.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and the log that it is about."""

    origin: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class _Said:
    """What the log says last of a credential, and where."""

    origin: str
    index: int
    status: Status = Status.VALID
    reason: str | None = None
    successor: str | None = None
    changes: int = 0

    @property
    def columns(self) -> tuple[int, str | None, str | None, int]:
        """Return value, reason, successor and version of the status entry that must be there."""
        return int(self.status), self.reason, self.successor, 1 + self.changes


@dataclass(slots=True)
class _Replay:
    """What was read so far."""

    voids: dict[bytes, str]
    said: dict[bytes, _Said] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)

    def wrong(self, code: str, origin: str, index: int | None, number: str | None = None) -> None:
        self.found.append(Found(origin, Finding(code, {"index": index, "number": number})))


def of_institution(work: Work, institution_id: str) -> list[Found]:
    """Return everything that does not fit in an institution's logs and status entries."""
    origins = sorted(
        each
        for each in sql_store.origins(work.session)
        if split_origin(each).institution == institution_id
    )
    replay = _Replay(_voids(work, institution_id))
    for origin in origins:
        _read(work, replay, origin)
    for number in replay.voids.values():
        replay.wrong("status_unlogged", origins[-1] if origins else institution_id, None, number)
    known = list(replay.said)
    for start in range(0, len(known), PIECE):
        _compare(work, replay, known[start : start + PIECE])
    return replay.found


def _voids(work: Work, institution_id: str) -> dict[bytes, str]:
    return {
        sm3.digest(row["void_content"].encode()): str(row["number"])
        for row in sweeps.voids(work.session, institution_id)
        if isinstance(row["void_content"], str)
    }


def _read(work: Work, replay: _Replay, origin: str) -> None:
    contents = sweeps.status_changes(work.session, origin)
    for index, read in _entries(work, origin):
        if read.kind == "credential":
            replay.said[read.digest] = _Said(origin, index)
        elif read.kind == "status":
            _apply(replay, origin, index, read, contents.pop(index, None))
    for index in contents:
        replay.wrong("status_unlogged", origin, index)


def _entries(work: Work, origin: str) -> Iterator[tuple[int, Entry]]:
    """Yield the entries that can be read; what is wrong with others the auditor says."""
    log = sql_store.open_log(work.session, origin)
    try:
        for index, data in enumerate(log.entries(0, log.size)):
            try:
                yield index, entry.decode(data)
            except InvalidEntry:
                continue
    except LogInconsistent:
        return


def _apply(replay: _Replay, origin: str, index: int, read: Entry, content: str | None) -> None:
    if content is None:
        if replay.voids.pop(read.digest, None) is None:
            replay.wrong("status_unexplained", origin, index)
        return
    told = _told(content) if sm3.digest(content.encode()) == read.digest else None
    before = None if told is None else replay.said.get(told[0])
    if told is None or before is None:
        replay.wrong("status_unexplained", origin, index)
        return
    credential, change = told
    replay.said[credential] = replace(
        change, origin=origin, index=index, changes=before.changes + 1
    )


def _told(content: str) -> tuple[bytes, _Said] | None:
    """Return a change's credential and what it says from then on; None if it is unreadable."""
    try:
        match canonical.loads(content.encode()):
            case {"action": str(action), "credential": str(credential), **rest} if (
                action in _STATUSES
            ):
                status = _STATUSES[action]
                reason = None if status is Status.VALID else _text(rest.get("reason"))
                successor = _text(rest.get("successor"))
                return unb64u(credential), _Said("", 0, status, reason, successor)
    except InvalidEncoding:
        pass
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _compare(work: Work, replay: _Replay, credentials: Sequence[bytes]) -> None:
    rows = status_queries.entries_of(work.session, credentials)
    wrong = {
        each: code
        for each in credentials
        if (code := _problem(work, replay.said[each], rows.get(each))) is not None
    }
    numbers = sweeps.numbers(work.session, list(wrong))
    for credential, code in wrong.items():
        said = replay.said[credential]
        replay.wrong(code, said.origin, said.index, numbers.get(credential))


def _problem(work: Work, said: _Said, row: Mapping[Any, Any] | None) -> str | None:
    if row is None:
        return "status_missing"
    try:
        guarded.check(work.protect, STATUS_ENTRY, row)
    except Tampered:
        return "status_altered"
    columns = row["value"], row["reason"], row["successor"], row["version"]
    return None if columns == said.columns else "status_differs"
