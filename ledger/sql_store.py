"""Logs and their checkpoints in the database, through the caller's session; nothing commits here.

Two writers   on PostgreSQL the log's row is locked until the transaction ends; on SQLite the
              transaction is BEGIN IMMEDIATE; everywhere the size is compared and swapped first
Reading       one statement a proof: its node hashes, levels and leaves together
Signing       only committed leaves: read `heads_to_sign` in one transaction, sign outside, store
              in another; between them the high-water mark (ledger.high_water) is flushed
Errors        UnknownLog, LogMoved (log_moved, checkpoint_moved), InvalidEntry entry_duplicate
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    and_,
    bindparam,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy import Row as SqlRow
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.checkpoint import Checkpoint, log_id, split_origin
from ledger.errors import InvalidEntry, LogInconsistent, LogMoved, UnknownLog
from ledger.log import Log, Row, State
from ledger.merkle import Node
from ledger.tables import ANCHOR, CHECKPOINT, LOG, LOG_ENTRY, LOG_NODE

_PAGE = 1000
"""Entries read at a time."""

_DATA = (
    select(LOG_ENTRY.c.data)
    .where(
        LOG_ENTRY.c.log_id == bindparam("log"),
        LOG_ENTRY.c.index >= bindparam("first"),
        LOG_ENTRY.c.index < bindparam("last"),
    )
    .order_by(LOG_ENTRY.c.index)
)


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A committed tree that awaits its checkpoint, and the size of the checkpoint before."""

    origin: str
    size: int
    root: bytes
    signed_size: int


@dataclass(frozen=True, slots=True)
class Anchored:
    """The evidence for one entry: the first anchored checkpoint that covers it."""

    note: str
    size: int
    seq: int
    receipt: str | None


class SqlStore:
    """One log's rows. See ledger.log.LogStore."""

    def __init__(self, session: Session, row: SqlRow[Any]) -> None:
        self._session = session
        self._id: bytes = row.id
        if not isinstance(row.size, int):  # SQLite keeps whatever somebody writes into the column
            raise LogInconsistent("log_altered", origin=row.origin)
        self._state = State(row.size, row.last_time, row.closed)

    @property
    def state(self) -> State:
        """Return where the log stands, as this transaction last saw or left it."""
        return self._state

    def extend(self, state: State, rows: Sequence[Row], nodes: Mapping[Node, bytes]) -> None:
        """Add rows and nodes. Raises LogMoved, InvalidEntry; the transaction must end then."""
        moved = self._session.connection().execute(
            update(LOG)
            .where(LOG.c.id == self._id, LOG.c.size == self._state.size, ~LOG.c.closed)
            .values(size=state.size, last_time=state.last_time, closed=state.closed)
        )
        if moved.rowcount != 1:
            raise LogMoved("log_moved", size=self._state.size)
        try:
            self._session.execute(insert(LOG_ENTRY), [self._entry(row) for row in rows])
        except IntegrityError as error:
            raise InvalidEntry("entry_duplicate") from error
        if nodes:
            self._session.execute(
                insert(LOG_NODE),
                [
                    {"log_id": self._id, "level": level, "index": index, "hash": value}
                    for (level, index), value in nodes.items()
                ],
            )
        self._state = state

    def hashes(self, wanted: Collection[Node]) -> Mapping[Node, bytes]:
        """Return the stored hashes among `wanted`, by one statement."""
        facts: dict[str, object] = {"log": self._id}
        facts["leaves"] = [index for level, index in wanted if level == 0]
        inner = [node for node in wanted if node[0] > 0]
        for number, (level, index) in enumerate(inner):
            facts[f"level_{number}"], facts[f"index_{number}"] = level, index
        found = self._session.execute(_hashes(len(inner)), facts)
        return {(level, index): value for level, index, value in found}

    def data(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes of the entries [start, stop) that are there."""
        for first in range(start, stop, _PAGE):
            last = min(first + _PAGE, stop)
            page = self._session.execute(_DATA, {"log": self._id, "first": first, "last": last})
            yield from page.scalars().all()

    def find(self, digest: bytes) -> int | None:
        """Return the index of the entry with this digest."""
        return self._session.execute(
            select(LOG_ENTRY.c.index).where(
                LOG_ENTRY.c.log_id == self._id, LOG_ENTRY.c.digest == digest
            )
        ).scalar_one_or_none()

    def _entry(self, row: Row) -> dict[str, Any]:
        return {
            "log_id": self._id,
            "index": row.index,
            "digest": row.digest,
            "leaf": row.leaf,
            "data": row.data,
        }


@lru_cache(maxsize=128)
def _hashes(count: int) -> CompoundSelect[int, int, bytes]:
    """Return the statement for some leaves and `count` inner nodes; building it takes a while.

    Whole keys, one by one: SQLite looks each of them up, but would read the whole log for
    `log_id = ? AND (level, index) IN (...)`.
    """
    keys = [
        and_(
            LOG_NODE.c.log_id == bindparam("log"),
            LOG_NODE.c.level == bindparam(f"level_{number}"),
            LOG_NODE.c.index == bindparam(f"index_{number}"),
        )
        for number in range(count)
    ]
    return union_all(
        select(literal(0), LOG_ENTRY.c.index, LOG_ENTRY.c.leaf).where(
            LOG_ENTRY.c.log_id == bindparam("log"),
            LOG_ENTRY.c.index.in_(bindparam("leaves", expanding=True)),
        ),
        select(LOG_NODE.c.level, LOG_NODE.c.index, LOG_NODE.c.hash).where(or_(false(), *keys)),
    )


def open_log(session: Session, origin: str) -> Log:
    """Return the log for reading. Raises UnknownLog."""
    row = session.execute(select(LOG).where(LOG.c.id == _id(origin))).one_or_none()
    if row is None:
        raise UnknownLog("log_unknown", origin=origin)
    return Log(SqlStore(session, row), origin)


def open_for_append(session: Session, origin: str) -> Log:
    """Return the log for writing, making it if there is none and locking it where that exists."""
    parts = split_origin(origin)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(LOG)
        .values(
            id=_id(origin),
            origin=origin,
            institution=parts.institution,
            year=parts.year,
            size=0,
            closed=False,
            signed_size=0,
        )
        .on_conflict_do_nothing()
    )
    row = session.execute(select(LOG).where(LOG.c.id == _id(origin)).with_for_update()).one()
    return Log(SqlStore(session, row), origin)


def entries_at(session: Session, origin: str, indexes: Collection[int]) -> dict[int, bytes]:
    """Return the bytes of these entries of a log, of those that are there, by index."""
    found: dict[int, bytes] = {}
    wanted = sorted(indexes)
    for first in range(0, len(wanted), _PAGE):
        some = LOG_ENTRY.c.index.in_(wanted[first : first + _PAGE])
        asked = select(LOG_ENTRY.c.index, LOG_ENTRY.c.data)
        rows = session.execute(asked.where(LOG_ENTRY.c.log_id == _id(origin), some))
        found |= {index: data for index, data in rows if isinstance(data, bytes)}
    return found


def heads_to_sign(session: Session, *, limit: int) -> list[TreeHead]:
    """Return the heads of up to `limit` logs that grew since their last checkpoint."""
    rows = session.execute(
        select(LOG).where(LOG.c.size > LOG.c.signed_size).order_by(LOG.c.id).limit(limit)
    ).all()
    return [_head(session, row) for row in rows]


def signed_heads(session: Session) -> dict[str, tuple[int, bytes]]:
    """Return size and root of the newest checkpoint of each log, by origin, in one statement.

    Only of logs that still have as many entries as were signed.
    """
    found = session.execute(
        select(LOG.c.origin, CHECKPOINT.c.size, CHECKPOINT.c.root)
        .join(
            CHECKPOINT,
            (CHECKPOINT.c.log_id == LOG.c.id) & (CHECKPOINT.c.size == LOG.c.signed_size),
        )
        .where(LOG.c.size >= LOG.c.signed_size)
    )
    return {origin: (size, root) for origin, size, root in found}


def store_checkpoint(session: Session, checkpoint: Checkpoint, note: str) -> None:
    """Keep a signed checkpoint, larger than the log's last one. Raises LogMoved."""
    log = _id(checkpoint.origin)
    moved = session.connection().execute(
        update(LOG)
        .where(LOG.c.id == log, LOG.c.signed_size < checkpoint.size, LOG.c.size >= checkpoint.size)
        .values(signed_size=checkpoint.size)
    )
    if moved.rowcount != 1:
        raise LogMoved("checkpoint_moved", size=checkpoint.size)
    session.execute(
        insert(CHECKPOINT).values(
            log_id=log,
            size=checkpoint.size,
            root=checkpoint.root,
            time=checkpoint.time,
            note=note,
        )
    )


def latest_note(session: Session, origin: str) -> str | None:
    """Return the note of the log's newest checkpoint."""
    return session.execute(
        select(CHECKPOINT.c.note)
        .where(CHECKPOINT.c.log_id == _id(origin))
        .order_by(CHECKPOINT.c.size.desc())
        .limit(1)
    ).scalar_one_or_none()


def notes(session: Session, origin: str) -> Sequence[str]:
    """Return the notes of all the log's checkpoints, smallest first."""
    return (
        session.execute(
            select(CHECKPOINT.c.note)
            .where(CHECKPOINT.c.log_id == _id(origin))
            .order_by(CHECKPOINT.c.size)
        )
        .scalars()
        .all()
    )


def anchored(session: Session, origin: str, index: int) -> Anchored | None:
    """Return the first checkpoint that covers the entry and whose anchor is final."""
    row = session.execute(
        select(CHECKPOINT.c.note, ANCHOR.c.size, ANCHOR.c.seq, ANCHOR.c.receipt)
        .join(
            CHECKPOINT,
            (CHECKPOINT.c.log_id == ANCHOR.c.log_id) & (CHECKPOINT.c.size == ANCHOR.c.size),
        )
        .where(ANCHOR.c.log_id == _id(origin), ANCHOR.c.size > index, ANCHOR.c.state == "final")
        .order_by(ANCHOR.c.size)
        .limit(1)
    ).one_or_none()
    return None if row is None else Anchored(*row)


def origins(session: Session) -> Sequence[str]:
    """Return the origins of all logs that have entries."""
    return (
        session.execute(select(LOG.c.origin).where(LOG.c.size > 0).order_by(LOG.c.origin))
        .scalars()
        .all()
    )


def receipted_size(session: Session, origin: str) -> int:
    """Return how many entries of the log are under a final anchor with a receipt."""
    size: int = session.execute(
        select(func.coalesce(func.max(ANCHOR.c.size), 0)).where(
            ANCHOR.c.log_id == _id(origin),
            ANCHOR.c.state == "final",
            ANCHOR.c.receipt.is_not(None),
        )
    ).scalar_one()
    return size


def last_block_time(session: Session, *, institution: str | None) -> datetime | None:
    """Return the latest block time of the final anchors of one institution's logs, or of all."""
    asked = select(func.max(ANCHOR.c.block_time)).where(ANCHOR.c.state == "final")
    if institution is not None:
        asked = asked.join(LOG, LOG.c.id == ANCHOR.c.log_id).where(LOG.c.institution == institution)
    latest: datetime | None = session.execute(asked).scalar_one()
    return latest


def unanchored(session: Session, *, institution: str | None, limit: int) -> list[tuple[str, int]]:
    """Return up to `limit` entries (origin, index) that no final anchor covers yet.

    Of one institution's logs, or of all logs.
    """
    settled = (
        select(func.coalesce(func.max(ANCHOR.c.size), 0))
        .where(ANCHOR.c.log_id == LOG.c.id, ANCHOR.c.state == "final")
        .scalar_subquery()
    )
    asked = select(LOG.c.origin, settled, LOG.c.size).where(LOG.c.size > settled)
    if institution is not None:
        asked = asked.where(LOG.c.institution == institution)
    waiting = session.execute(asked.order_by(LOG.c.origin)).all()
    named = ((origin, index) for origin, first, size in waiting for index in range(first, size))
    return list(islice(named, limit))


def _head(session: Session, row: SqlRow[Any]) -> TreeHead:
    log = Log(SqlStore(session, row), row.origin)
    return TreeHead(log.origin, log.size, log.root(), row.signed_size)


def _id(origin: str) -> bytes:
    """Return the log's row id: the first half of its name on the chain."""
    return log_id(origin)[:16]
