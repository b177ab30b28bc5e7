"""What the local chain reads and writes: tables `local_chain` and `local_anchor`.

Every function works inside the caller's transaction and never commits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crypto import sm3
from ledger.chain import AnchorEvent, Head
from ledger.tables import LOCAL_ANCHOR, LOCAL_CHAIN


@dataclass(frozen=True, slots=True)
class Block:
    """A row of the local chain."""

    height: int
    hash: bytes
    prev: bytes
    time: datetime
    tx: bytes
    signature: bytes


def tip(session: Session, chain: str) -> Block | None:
    """Return the newest block, None where there is none."""
    newest = select(func.max(LOCAL_CHAIN.c.height)).where(LOCAL_CHAIN.c.chain == chain)
    height = session.execute(newest).scalar_one()
    return None if height is None else block(session, chain, height)


def block(session: Session, chain: str, height: int) -> Block | None:
    """Return the block of this height."""
    return next(blocks(session, chain, first=height, last=height), None)


def blocks(session: Session, chain: str, *, first: int, last: int) -> Iterator[Block]:
    """Yield the blocks from `first` to `last`, in order."""
    rows = session.execute(
        select(
            LOCAL_CHAIN.c.height,
            LOCAL_CHAIN.c.hash,
            LOCAL_CHAIN.c.prev,
            LOCAL_CHAIN.c.time,
            LOCAL_CHAIN.c.tx,
            LOCAL_CHAIN.c.signature,
        )
        .where(LOCAL_CHAIN.c.chain == chain, LOCAL_CHAIN.c.height.between(first, last))
        .order_by(LOCAL_CHAIN.c.height)
    )
    for row in rows:
        yield Block(*row)


def heads(session: Session, chain: str, log_ids: Sequence[bytes]) -> dict[bytes, Head]:
    """Return the latest anchor of each of these logs."""
    newest = (
        select(LOCAL_ANCHOR.c.log_id, func.max(LOCAL_ANCHOR.c.seq))
        .where(LOCAL_ANCHOR.c.chain == chain, LOCAL_ANCHOR.c.log_id.in_(log_ids))
        .group_by(LOCAL_ANCHOR.c.log_id)
    )
    rows = session.execute(
        select(
            LOCAL_ANCHOR.c.log_id,
            LOCAL_ANCHOR.c.seq,
            LOCAL_ANCHOR.c.size,
            LOCAL_ANCHOR.c.root,
            LOCAL_ANCHOR.c.height,
        ).where(
            LOCAL_ANCHOR.c.chain == chain,
            tuple_(LOCAL_ANCHOR.c.log_id, LOCAL_ANCHOR.c.seq).in_(newest),
        )
    )
    return {log_id: Head(*facts) for log_id, *facts in rows}


def events(session: Session, chain: str, heads: Mapping[bytes, Head]) -> dict[bytes, AnchorEvent]:
    """Return the events that made these heads."""
    keys = [(log_id, head.seq) for log_id, head in heads.items()]
    key = tuple_(LOCAL_ANCHOR.c.log_id, LOCAL_ANCHOR.c.seq)
    rows = session.execute(_events(chain).where(key.in_(keys)))
    return {event.log_id: event for event in map(_event, rows)}


def history(session: Session, chain: str, log_id: bytes) -> list[AnchorEvent]:
    """Return all anchors of a log, oldest first."""
    mine = _events(chain).where(LOCAL_ANCHOR.c.log_id == log_id)
    return [_event(row) for row in session.execute(mine.order_by(LOCAL_ANCHOR.c.seq))]


def all_heads(session: Session, chain: str) -> dict[bytes, list[Head]]:
    """Return all anchors of all logs, each log's in order."""
    rows = session.execute(
        select(
            LOCAL_ANCHOR.c.log_id,
            LOCAL_ANCHOR.c.seq,
            LOCAL_ANCHOR.c.size,
            LOCAL_ANCHOR.c.root,
            LOCAL_ANCHOR.c.height,
        )
        .where(LOCAL_ANCHOR.c.chain == chain)
        .order_by(LOCAL_ANCHOR.c.log_id, LOCAL_ANCHOR.c.seq)
    )
    found: dict[bytes, list[Head]] = {}
    for log_id, *facts in rows:
        found.setdefault(log_id, []).append(Head(*facts))
    return found


def append(session: Session, chain: str, made: Block, new: Mapping[bytes, Sequence[Head]]) -> bool:
    """Write a block and the heads it made; False, with nothing written, where it has a rival."""
    try:
        with session.begin_nested():
            session.execute(
                insert(LOCAL_CHAIN).values(
                    chain=chain,
                    height=made.height,
                    hash=made.hash,
                    prev=made.prev,
                    time=made.time,
                    tx=made.tx,
                    signature=made.signature,
                )
            )
    except IntegrityError:
        return False
    rows = [
        {
            "chain": chain,
            "log_id": log_id,
            "seq": head.seq,
            "height": made.height,
            "size": head.size,
            "root": head.root,
        }
        for log_id, heads_ in new.items()
        for head in heads_
    ]
    if rows:
        session.execute(insert(LOCAL_ANCHOR), rows)
    return True


def _events(chain: str) -> Select[Any]:
    return (
        select(
            LOCAL_ANCHOR.c.log_id,
            LOCAL_ANCHOR.c.seq,
            LOCAL_ANCHOR.c.size,
            LOCAL_ANCHOR.c.root,
            LOCAL_ANCHOR.c.height,
            LOCAL_CHAIN.c.hash,
            LOCAL_CHAIN.c.time,
            LOCAL_CHAIN.c.tx,
        )
        .join(
            LOCAL_CHAIN,
            (LOCAL_CHAIN.c.chain == LOCAL_ANCHOR.c.chain)
            & (LOCAL_CHAIN.c.height == LOCAL_ANCHOR.c.height),
        )
        .where(LOCAL_ANCHOR.c.chain == chain)
    )


def _event(row: Any) -> AnchorEvent:
    log_id, seq, size, root, height, hash_, time, tx = row
    return AnchorEvent(log_id, seq, size, root, height, hash_, time, sm3.digest(tx))
