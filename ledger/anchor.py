"""The anchoring outbox: every tree head on the chain exactly once, whatever dies in between.

States     planned → signed → final; one anchor in flight for each log. `diverged` is the end
Truth      the head that the chain holds. What `send` says is ignored, a receipt is never asked
Safety     a raw transaction is stored before its first send, and only stored ones are sent; the
           contract takes a head only after the one we expect, so a double does no harm
Crash      each call of the chain and each transaction stands alone; after a death at any point
           the next step looks again and goes on
Errors     AnchorDivergence: two writers, or a database restored from an old backup. The log is
           stopped, then it is raised, once; the other logs go on with the next step
           ChainMismatch, ChainUnavailable, ChainRefused: nothing was written

One step does at most one thing and says what. Call it again at once while it says SIGNED or
FINALISED; else after a while.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ledger import queries
from ledger.chain import MAX_ITEMS, AnchorEvent, Chain, ChainIdentity, Head, Item
from ledger.checkpoint import split_origin
from ledger.errors import AnchorDivergence, ChainMismatch
from ledger.evidence import Receipt
from ledger.queries import Final, Pending
from ledger.units import Units

MAX_IN_FLIGHT = 4 * MAX_ITEMS
"""Most anchors that are planned or looked at in one go."""


class Did(StrEnum):
    """What a step did."""

    NOTHING = "nothing"
    """No anchor is in flight."""
    SIGNED = "signed"
    SENT = "sent"
    FINALISED = "finalised"
    WAITING = "waiting"
    """For a block, for finality, or for a node that knows less than the chain told us before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did, to how many anchors, and how many the chain seems to have forgotten."""

    did: Did
    anchors: int = 0
    behind: int = 0


@dataclass(slots=True)
class View:
    """The anchors in flight, sorted by what the chain's heads say of them."""

    landed: list[Pending] = field(default_factory=list)
    due: list[Pending] = field(default_factory=list)
    behind: list[Pending] = field(default_factory=list)
    diverged: list[Pending] = field(default_factory=list)


def plan(units: Units, chain: Chain, *, limit: int = MAX_IN_FLIGHT) -> int:
    """Plan an anchor for each log that grew since its last one; return how many were planned.

    Raises ChainMismatch where this database has anchored on another chain before.
    """
    name = chain.identity().name
    with units.writing() as unit:
        other = queries.other_chain(unit.session, name)
        if other is not None:
            raise ChainMismatch("anchored_elsewhere", known=other, offered=name)
        return queries.plan(unit.session, name, unit.now, limit=limit)


def step(units: Units, chain: Chain, node_id: bytes, *, limit: int = MAX_IN_FLIGHT) -> Outcome:
    """Look at the chain and do the one thing that is due.

    Raises AnchorDivergence, ChainMismatch, ChainUnavailable, ChainRefused.
    """
    # 1. Whom do we talk to? The driver compares with the pinned identity.
    name = chain.identity().name
    # 2. What is in flight?
    with units.reading() as unit:
        flight = queries.in_flight(unit.session, name, limit=limit)
    if not flight:
        return Outcome(Did.NOTHING)
    # 3. How far is the chain? First the nonce: heads read later are never older than it.
    executed = chain.nonce()
    heads = _heads(chain, node_id, [anchor.log_id for anchor in flight])
    view = sort(flight, heads)
    # 4. A head that is not ours: stop the log, then raise the alarm.
    _stop(units, view.diverged, heads)
    # 5. Settle what is on the chain for good.
    settled = _settled(chain, node_id, view.landed, heads)
    if settled:
        with units.writing() as unit:
            queries.mark_final(unit.session, settled, unit.now)
        return Outcome(Did.FINALISED, len(settled), len(view.behind))
    # 6. Send, or sign, what is missing.
    return _push(units, chain, node_id, name, executed, view)


def sort(flight: Sequence[Pending], heads: Mapping[bytes, Head]) -> View:
    """Sort the anchors in flight by the heads of their logs."""
    view = View()
    for anchor in flight:
        head = heads.get(anchor.log_id)
        seq, found = (head.seq, (head.size, head.root)) if head else (0, (0, b""))
        if seq == anchor.seq and found == (anchor.size, anchor.root):
            view.landed.append(anchor)
        elif seq >= anchor.seq:
            view.diverged.append(anchor)
        elif seq < anchor.seq - 1:
            view.behind.append(anchor)
        elif found == (anchor.size_before, anchor.root_before):
            view.due.append(anchor)
        else:
            view.diverged.append(anchor)
    return view


def _heads(chain: Chain, node_id: bytes, log_ids: Sequence[bytes]) -> dict[bytes, Head]:
    heads: dict[bytes, Head] = {}
    for start in range(0, len(log_ids), MAX_ITEMS):
        heads |= chain.heads(node_id, log_ids[start : start + MAX_ITEMS])
    return heads


def _stop(units: Units, diverged: Sequence[Pending], heads: Mapping[bytes, Head]) -> None:
    if not diverged:
        return
    with units.writing() as unit:
        stopped = queries.mark_diverged(unit.session, diverged)
    if not stopped:
        return  # another worker went on meanwhile; ours was an old view
    first = diverged[0]
    raise AnchorDivergence(
        "anchor_divergence",
        logs=stopped,
        log_id=first.log_id.hex(),
        seq=first.seq,
        size=first.size,
        chain_seq=heads[first.log_id].seq,
        chain_size=heads[first.log_id].size,
    )


def _settled(
    chain: Chain, node_id: bytes, landed: Sequence[Pending], heads: Mapping[bytes, Head]
) -> list[tuple[Pending, AnchorEvent]]:
    """Return the landed anchors whose event lies in a final block; each block is asked once."""
    if not landed:
        return []
    events = chain.events(node_id, {anchor.log_id: heads[anchor.log_id] for anchor in landed})
    blocks: dict[tuple[int, bytes], bool] = {}
    settled = []
    for anchor in landed:
        event = events.get(anchor.log_id)
        if event is None or (event.seq, event.size, event.root) != (
            anchor.seq,
            anchor.size,
            anchor.root,
        ):
            continue  # the block went while we looked; the next step sees the new one
        block = (event.block_number, event.block_hash)
        if block not in blocks:
            blocks[block] = chain.final(event)
        if blocks[block]:
            settled.append((anchor, event))
    return settled


def _push(
    units: Units, chain: Chain, node_id: bytes, name: str, executed: int, view: View
) -> Outcome:
    """Send the stored transactions, or where the next nonce has none, sign one for it."""
    behind = len(view.behind)
    with units.reading() as unit:
        stored = queries.unexecuted(unit.session, name, chain.sender, executed)
    # Older than any anchor in flight, too: a chain that lost its end gets all of it back, and a
    # gap before a waiting transaction closes.
    if stored and stored[0].nonce == executed:
        for tx in stored:
            chain.send(tx.raw)
        return Outcome(Did.SENT, len(view.due), behind)
    due = view.due[:MAX_ITEMS]
    if not due:
        return Outcome(Did.WAITING, len(view.landed), behind)
    items = [Item(a.log_id, a.seq - 1, a.size, a.root) for a in due]
    tx = chain.prepare(node_id, items, executed)
    with units.writing() as unit:
        stored_now = queries.store_signed(unit.session, name, tx, due, unit.now)
    return Outcome(Did.SIGNED if stored_now else Did.WAITING, len(due), behind)


def receipt(identity: ChainIdentity, final: Final, issued: datetime) -> Receipt:
    """Return what the node's receipt of a settled anchor states."""
    event = final.event
    return Receipt(
        node=split_origin(final.origin).node,
        origin=final.origin,
        size=event.size,
        root=event.root,
        seq=event.seq,
        chain=identity.id,
        genesis=identity.genesis,
        contract=identity.contract,
        driver=identity.driver,
        block_number=event.block_number,
        block_hash=event.block_hash,
        block_time=event.block_time,
        tx_hash=event.tx_hash,
        issued=issued,
    )
