"""A chain in memory that misbehaves on demand: for tests of everything above the driver.

A transaction waits in the pool until `mine` puts the pool into a block (at once while `automine`
is set). Nonces are consumed in order and a gap waits, as on a real chain. Faults: `drop` empties
the pool, `reorg` replaces the newest blocks by those of another fork, `hidden` shows an older
state, `stalled` answers nothing, `paused` refuses anchors.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crypto import sm3
from ledger.chain import AnchorEvent, Chain, ChainIdentity, Head, Item, RawTx, require_same
from ledger.chains.rules import Tx, accepted, decode, encode
from ledger.errors import ChainRefused, ChainUnavailable

_IDENTITY = ChainIdentity(
    "eip155:0", sm3.digest(b"fake genesis"), "0x" + "00" * 20, sm3.digest(b"fake code"), "fake"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A mined block: its transactions, the events they made, by node, and the heads after it."""

    number: int
    hash: bytes
    time: datetime
    transactions: tuple[bytes, ...]
    events: tuple[tuple[bytes, AnchorEvent], ...]
    heads: Mapping[bytes, Mapping[bytes, Head]]


class FakeChain(Chain):
    """A chain with one account, seen through one node."""

    def __init__(self, genesis_time: datetime, *, depth: int = 1, automine: bool = True) -> None:
        self._blocks = [Block(0, _IDENTITY.genesis, genesis_time, (), (), {})]
        self._pool: dict[int, bytes] = {}
        self._forks = 0
        self.depth = depth
        self.automine = automine
        self.hidden = 0
        """How many of the newest blocks the node does not show."""
        self.stalled = False
        self.paused = False
        self.pin = _IDENTITY
        """The identity that the chain must have."""

    @property
    def sender(self) -> str:
        """Return the one account there is."""
        return "fake"

    def identity(self) -> ChainIdentity:
        """Return who the chain is; ChainMismatch where `pin` says otherwise."""
        self._visible()
        require_same(self.pin, _IDENTITY)
        return _IDENTITY

    def nonce(self) -> int:
        """Return how many transactions were mined."""
        return sum(len(block.transactions) for block in self._visible())

    def heads(self, node_id: bytes, log_ids: Sequence[bytes]) -> Mapping[bytes, Head]:
        """Return the heads of these logs."""
        heads = self._visible()[-1].heads.get(node_id, {})
        return {log_id: heads[log_id] for log_id in log_ids if log_id in heads}

    def prepare(self, node_id: bytes, items: Sequence[Item], nonce: int) -> RawTx:
        """Write the transaction down; ChainRefused while paused."""
        self._visible()
        if self.paused:
            raise ChainRefused("chain_paused")
        raw = encode(Tx(node_id, tuple(items), nonce))
        return RawTx(raw, nonce, sm3.digest(raw), self.sender)

    def send(self, raw: bytes) -> None:
        """Put the transaction into the pool; one of a used nonce is forgotten."""
        nonce = decode(raw).nonce
        if nonce >= self.nonce():
            self._pool.setdefault(nonce, raw)
        if self.automine:
            self.mine()

    def events(self, node_id: bytes, heads: Mapping[bytes, Head]) -> Mapping[bytes, AnchorEvent]:
        """Return the events that made these heads."""
        return {
            event.log_id: event
            for event in self._events(node_id)
            if event.log_id in heads and heads[event.log_id].seq == event.seq
        }

    def history(self, node_id: bytes, log_id: bytes) -> Iterator[AnchorEvent]:
        """Yield the log's events, oldest first."""
        yield from [event for event in self._events(node_id) if event.log_id == log_id]

    def final(self, event: AnchorEvent) -> bool:
        """Return whether the event's block stands and is `depth` blocks deep."""
        stack = self._visible()[event.block_number :]
        return len(stack) >= self.depth and stack[0].hash == event.block_hash

    def mine(self) -> None:
        """Make a block of all transactions that are next in order."""
        nonce = sum(len(block.transactions) for block in self._blocks)
        ready: list[bytes] = []
        while nonce + len(ready) in self._pool:
            ready.append(self._pool.pop(nonce + len(ready)))
        last = self._blocks[-1]
        number, time = last.number + 1, last.time + timedelta(seconds=1)
        name = sm3.digest(last.hash + self._forks.to_bytes(4) + b"".join(ready))
        heads = {node: dict(logs) for node, logs in last.heads.items()}
        events = []
        for raw in [] if self.paused else ready:
            tx = decode(raw)
            logs = heads.setdefault(tx.node_id, {})
            for log_id, made in accepted(tx.items, logs, number).items():
                logs[log_id] = made[-1]
                events += [
                    (tx.node_id, _event(log_id, head, name, time, sm3.digest(raw))) for head in made
                ]
        self._blocks.append(Block(number, name, time, tuple(ready), tuple(events), heads))

    def drop(self) -> None:
        """Forget every transaction that waits."""
        self._pool.clear()

    def reorg(self, depth: int) -> None:
        """Replace the newest `depth` blocks by as many empty ones; their transactions are gone."""
        kept = max(1, len(self._blocks) - depth)
        gone = self._blocks[kept:]
        del self._blocks[kept:]
        self._pool.clear()
        self._forks += 1
        for _ in gone:
            self.mine()

    def _visible(self) -> list[Block]:
        if self.stalled:
            raise ChainUnavailable("chain_silent")
        return self._blocks[: max(1, len(self._blocks) - self.hidden)]

    def _events(self, node_id: bytes) -> list[AnchorEvent]:
        return [e for block in self._visible() for node, e in block.events if node == node_id]


def _event(log_id: bytes, head: Head, block: bytes, time: datetime, tx: bytes) -> AnchorEvent:
    return AnchorEvent(log_id, head.seq, head.size, head.root, head.block_number, block, time, tx)
