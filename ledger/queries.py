"""What the anchoring outbox reads and writes: tables `anchor` and `anchor_tx`.

Every function works inside the caller's transaction and never commits. `chain` is the name of
the pinned chain (`ChainIdentity.name`); the rows of another chain are left alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Select,
    Update,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.chain import MAX_STEP, AnchorEvent, RawTx
from ledger.checkpoint import log_id
from ledger.tables import ANCHOR, ANCHOR_TX, CHECKPOINT, LOG

__all__ = [
    "Final",
    "Pending",
    "Session",
    "awaiting_receipt",
    "chains",
    "diverged",
    "in_flight",
    "keep_receipt",
    "mark_diverged",
    "mark_final",
    "other_chain",
    "plan",
    "store_signed",
    "unexecuted",
]

_UNSETTLED = ("planned", "signed")
# Literal, so that the partial index of the same condition serves.
_NOT_FINAL = ANCHOR.c.state != literal_column("'final'")


@dataclass(frozen=True, slots=True)
class Pending:
    """An anchor that is not settled yet, and the size and root that its log had before."""

    log: bytes
    log_id: bytes
    seq: int
    size: int
    root: bytes
    size_before: int
    root_before: bytes


@dataclass(frozen=True, slots=True)
class Final:
    """A settled anchor with what its receipt states."""

    log: bytes
    origin: str
    event: AnchorEvent


def other_chain(session: Session, chain: str) -> str | None:
    """Return the name of another chain that this outbox has written to, if there is one."""
    return next(iter(_sent_to(session) - {chain}), None)


def chains(session: Session) -> frozenset[str]:
    """Return the names of chains that this outbox has planned for or written to."""
    planned = session.execute(select(ANCHOR.c.chain).limit(1)).scalars().all()
    return frozenset(planned) | _sent_to(session)


def plan(session: Session, chain: str, now: datetime, *, limit: int) -> int:
    """Plan the next anchor of up to `limit` logs that grew since their last one; return how many.

    A log with an anchor in flight waits. Of a log's checkpoints the largest within one step of
    the contract is taken.
    """
    rows = [
        {
            "log_id": log,
            "seq": seq,
            "size": size,
            "root": root,
            "chain": chain,
            "state": "planned",
            "planned_at": now,
        }
        for log, seq, size, root in session.execute(_due().limit(limit))
    ]
    if rows:
        session.execute(insert(ANCHOR), rows)
    return len(rows)


def _due() -> Select[Any]:
    """Select the logs that grew, the number of the next anchor, and the checkpoint for it."""
    last = ANCHOR.alias()
    highest = select(func.max(ANCHOR.c.seq)).where(ANCHOR.c.log_id == LOG.c.id)
    anchored = func.coalesce(last.c.size, 0)
    size = select(func.max(CHECKPOINT.c.size)).where(
        CHECKPOINT.c.log_id == LOG.c.id,
        CHECKPOINT.c.size > anchored,
        CHECKPOINT.c.size <= anchored + MAX_STEP,
    )
    largest = and_(
        CHECKPOINT.c.log_id == LOG.c.id,
        CHECKPOINT.c.size == size.correlate(LOG, last).scalar_subquery(),
    )
    return (
        select(LOG.c.id, func.coalesce(last.c.seq, 0) + 1, CHECKPOINT.c.size, CHECKPOINT.c.root)
        .select_from(LOG)
        .outerjoin(last, and_(last.c.log_id == LOG.c.id, last.c.seq == highest.scalar_subquery()))
        .join(CHECKPOINT, largest)
        .where(LOG.c.signed_size > anchored, or_(last.c.state.is_(None), last.c.state == "final"))
        .order_by(LOG.c.id)
    )


def in_flight(session: Session, chain: str, *, limit: int) -> list[Pending]:
    """Return up to `limit` unsettled anchors, the oldest plans first."""
    before = ANCHOR.alias()
    rows = session.execute(
        select(
            ANCHOR.c.log_id,
            LOG.c.origin,
            ANCHOR.c.seq,
            ANCHOR.c.size,
            ANCHOR.c.root,
            func.coalesce(before.c.size, 0),
            before.c.root,
        )
        .join(LOG, LOG.c.id == ANCHOR.c.log_id)
        .outerjoin(
            before, and_(before.c.log_id == ANCHOR.c.log_id, before.c.seq == ANCHOR.c.seq - 1)
        )
        .where(ANCHOR.c.chain == chain, ANCHOR.c.state.in_(_UNSETTLED), _NOT_FINAL)
        .order_by(ANCHOR.c.planned_at, ANCHOR.c.log_id)
        .limit(limit)
    )
    return [
        Pending(log, log_id(origin), seq, size, root, size_before, root_before or b"")
        for log, origin, seq, size, root, size_before, root_before in rows
    ]


def unexecuted(session: Session, chain: str, sender: str, nonce: int) -> list[RawTx]:
    """Return the stored transactions that the chain has not executed, in order."""
    rows = session.execute(
        select(ANCHOR_TX.c.raw, ANCHOR_TX.c.nonce, ANCHOR_TX.c.hash, ANCHOR_TX.c.sender)
        .where(ANCHOR_TX.c.chain == chain, ANCHOR_TX.c.sender == sender, ANCHOR_TX.c.nonce >= nonce)
        .order_by(ANCHOR_TX.c.nonce)
    )
    return [RawTx(*row) for row in rows]


def store_signed(
    session: Session, chain: str, tx: RawTx, anchors: Sequence[Pending], now: datetime
) -> bool:
    """Keep a signed transaction and say which anchors it carries.

    Return False, with nothing written, where another writer has used the nonce.
    """
    made = tx.hash[:16]
    try:
        with session.begin_nested():
            session.execute(
                insert(ANCHOR_TX).values(
                    id=made,
                    chain=chain,
                    sender=tx.sender,
                    nonce=tx.nonce,
                    hash=tx.hash,
                    raw=tx.raw,
                    signed_at=now,
                )
            )
    except IntegrityError:
        return False
    session.execute(_open(anchors).values(state="signed", tx_id=made))
    return True


def _open(anchors: Sequence[Pending]) -> Update:
    """Return an update of those anchors that were not settled or stopped meanwhile."""
    keys = [(anchor.log, anchor.seq) for anchor in anchors]
    key = tuple_(ANCHOR.c.log_id, ANCHOR.c.seq)
    return update(ANCHOR).where(key.in_(keys), ANCHOR.c.state.in_(_UNSETTLED))


def _sent_to(session: Session) -> frozenset[str]:
    """Return the first and the last name of the chains that transactions were made for."""
    names = select(func.min(ANCHOR_TX.c.chain), func.max(ANCHOR_TX.c.chain))
    return frozenset(name for name in session.execute(names).one() if name is not None)


def mark_final(
    session: Session, settled: Iterable[tuple[Pending, AnchorEvent]], now: datetime
) -> None:
    """Settle anchors by their events."""
    one = update(ANCHOR).where(
        ANCHOR.c.log_id == bindparam("log"),
        ANCHOR.c.seq == bindparam("number"),
        # Not `in_`: many rows at once take no list of values.
        or_(*(ANCHOR.c.state == state for state in _UNSETTLED)),
    )
    facts = [
        {
            "log": anchor.log,
            "number": anchor.seq,
            "block_number": event.block_number,
            "block_hash": event.block_hash,
            "block_time": event.block_time,
            "tx_hash": event.tx_hash,
        }
        for anchor, event in settled
    ]
    session.connection().execute(one.values(state="final", final_at=now), facts)


def mark_diverged(session: Session, anchors: Sequence[Pending]) -> int:
    """Stop these logs and return how many were not settled or stopped meanwhile.

    A diverged anchor stays in flight: it is neither sent nor replaced.
    """
    stop = _open(anchors).values(state="diverged").returning(ANCHOR.c.log_id)
    return len(session.execute(stop).all())


def diverged(session: Session) -> Mapping[str, int]:
    """Return the origins whose anchoring stopped by divergence, with the anchor's number."""
    rows = session.execute(
        select(LOG.c.origin, ANCHOR.c.seq)
        .join(LOG, LOG.c.id == ANCHOR.c.log_id)
        .where(ANCHOR.c.state == "diverged")
        .order_by(LOG.c.origin)
    )
    return {row.origin: row.seq for row in rows}


def awaiting_receipt(session: Session, chain: str, *, limit: int) -> list[Final]:
    """Return up to `limit` settled anchors for which no receipt was signed yet."""
    rows = session.execute(
        select(
            ANCHOR.c.log_id,
            LOG.c.origin,
            ANCHOR.c.seq,
            ANCHOR.c.size,
            ANCHOR.c.root,
            ANCHOR.c.block_number,
            ANCHOR.c.block_hash,
            ANCHOR.c.block_time,
            ANCHOR.c.tx_hash,
        )
        .join(LOG, LOG.c.id == ANCHOR.c.log_id)
        .where(ANCHOR.c.chain == chain, ANCHOR.c.state == "final", ANCHOR.c.receipt.is_(None))
        .order_by(ANCHOR.c.final_at, ANCHOR.c.log_id)
        .limit(limit)
    )
    return [Final(log, origin, AnchorEvent(log_id(origin), *facts)) for log, origin, *facts in rows]


def keep_receipt(session: Session, log: bytes, seq: int, receipt: str) -> None:
    """Keep the signed receipt of a settled anchor; the first one stays."""
    session.execute(
        update(ANCHOR)
        .where(
            ANCHOR.c.log_id == log,
            ANCHOR.c.seq == seq,
            ANCHOR.c.state == "final",
            ANCHOR.c.receipt.is_(None),
        )
        .values(receipt=receipt)
    )
