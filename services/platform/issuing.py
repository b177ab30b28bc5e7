"""Put signed things into the institution's log, in the transaction that stores them.

Time    of an entry: now floored to the anchor period, never before the institution's last entry,
        also when that stands in a later year's log because a clock was set back
Log     of an entry: that of its own time's year in Asia/Shanghai; made with its first entry
Close   in January: last year's log gets a `close` entry and takes no more
Errors  those of ledger.log; Conflict year_not_over

Nothing is signed here and nothing leaves: whoever calls has signed and verified before, and
shows nothing before the commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crypto import canonical, sm3
from crypto.base64url import b64u
from ledger import checkpoint, sql_store, times
from ledger.entry import CLOSE, Entry, next_time
from ledger.log import Log
from services.platform import queries
from services.platform.errors import Conflict
from services.platform.work import Work

REGISTRY = "registry"
"""The id under which the node's own log stands: records, keys, audit heads."""


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry without its time, which the log decides. `issuer` is the institution by default."""

    kind: str
    digest: bytes
    approval: bytes | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry in its place; to be believed after the commit."""

    origin: str
    index: int
    entry: Entry

    @property
    def time(self) -> datetime:
        """The time that the log gave the entry."""
        return self.entry.time

    @property
    def data(self) -> bytes:
        """What the leaf hash covers."""
        return self.entry.encode()


def append(work: Work, *, institution: str, drafts: Sequence[EntryDraft]) -> list[Appended]:
    """Append entries in order and return where each stands."""
    if not drafts:
        return []
    log, time = _open(work, institution)
    entries = [
        Entry(draft.kind, draft.issuer or institution, time, draft.digest, draft.approval)
        for draft in drafts
    ]
    return _append(log, entries)


def close_year(work: Work, *, institution: str, year: int) -> Appended:
    """End the institution's log of a year that is over. Raises Conflict, LogClosed."""
    log = sql_store.open_for_append(work.session, _origin(work, institution, year))
    time = next_time(log.last_time, work.now, work.settings.anchor_every_seconds)
    if times.log_year(time) <= year:
        raise Conflict("year_not_over", year=year)
    content = {"origin": log.origin, "size": log.size, "salt": b64u(work.random(16))}
    digest = sm3.digest(canonical.dumps(content))
    [appended] = _append(log, [Entry(CLOSE, institution, time, digest)])
    return appended


def close_old_years(work: Work, *, limit: int = 100) -> int:
    """Close up to `limit` logs of years that are over; return how many there were."""
    period = work.settings.anchor_every_seconds
    this_year = times.log_year(next_time(None, work.now, period))
    old = queries.open_logs(work.session, before_year=this_year, limit=limit)
    for institution, year in old:
        close_year(work, institution=institution, year=year)
    return len(old)


def _open(work: Work, institution: str) -> tuple[Log, datetime]:
    """Return the log to append to, locked, and the time of the entries."""
    period = work.settings.anchor_every_seconds
    newest = queries.newest_log_year(work.session, institution)
    last = None
    if newest is not None:
        log = sql_store.open_for_append(work.session, _origin(work, institution, newest))
        last = log.last_time
    time = next_time(last, work.now, period)
    log = sql_store.open_for_append(work.session, _origin(work, institution, times.log_year(time)))
    # Another writer may have made this log and appended to it while we waited for its lock.
    return log, time if log.last_time is None else max(time, log.last_time)


def _append(log: Log, entries: Sequence[Entry]) -> list[Appended]:
    first = log.append(entries)
    return [Appended(log.origin, index, entry) for index, entry in enumerate(entries, first)]


def _origin(work: Work, institution: str, year: int) -> str:
    return checkpoint.origin(work.settings.node_name, institution, year)
