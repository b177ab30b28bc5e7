"""The chain as the ledger sees it: who keeps our tree heads, and what it says about them.

Drivers    ledger.chains: evm (AnchorRegistry contract), local (our own signed table), fake (tests)
Ids        node_id = SM3(node name), log_id = SM3(origin), root, hashes and digests: 32 bytes
Time       block_time is aware UTC to the second, as the chain states it
Errors     ChainUnavailable: ask again later; ChainMismatch: another chain, stop;
           ChainRefused: the contract does not take our anchors

No type of a chain library appears here. A chain gives no word of honour: `send` promises
nothing, only `heads` and `events` say what happened, and only `final` makes it lasting.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crypto import sm3
from ledger.errors import ChainMismatch

MAX_STEP = 1 << 24
"""Most entries between two anchors of one log; the contract refuses a longer step."""

MAX_ITEMS = 400
"""Most logs in one transaction: 7 of the 30 million gas of a block."""


@dataclass(frozen=True, slots=True)
class ChainIdentity:
    """What makes a chain this chain. Pinned at deployment and compared at every contact."""

    id: str
    """`eip155:<chain id>` or `local:<node name>`."""
    genesis: bytes
    """Hash of the first block."""
    contract: str
    """Address of the registry as 0x and 40 lower-case hex digits; local: the signer's kid."""
    code_digest: bytes
    """SM3 of the registry's runtime code; local: of the name of the rules."""
    driver: str
    """`evm`, `local` or `fake`."""

    @property
    def name(self) -> str:
        """Return a short name that no other chain, genesis or contract shares."""
        return f"{self.id}/{sm3.digest(self.genesis + self.contract.encode())[:5].hex()}"


@dataclass(frozen=True, slots=True)
class Head:
    """The latest anchor of a log as the chain holds it."""

    seq: int
    size: int
    root: bytes
    block_number: int


@dataclass(frozen=True, slots=True)
class Item:
    """One tree head to anchor as number `expect_seq` + 1 of its log."""

    log_id: bytes
    expect_seq: int
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class RawTx:
    """A signed transaction. Stored before it is sent, so that only these bytes are ever resent."""

    raw: bytes
    nonce: int
    hash: bytes
    sender: str


@dataclass(frozen=True, slots=True)
class AnchorEvent:
    """The chain's record that a tree head was accepted, and in which block."""

    log_id: bytes
    seq: int
    size: int
    root: bytes
    block_number: int
    block_hash: bytes
    block_time: datetime
    tx_hash: bytes


def enough(endpoints: int) -> int:
    """Return how many of `endpoints` must say the same: f + 1, where f may lie and n > 3f."""
    return (endpoints - 1) // 3 + 1


def require_same(pinned: ChainIdentity, found: ChainIdentity) -> None:
    """Raise ChainMismatch where another chain was found than the pinned one."""
    facts = (
        ("chain_id", pinned.id, found.id),
        ("chain_genesis", pinned.genesis.hex(), found.genesis.hex()),
        ("chain_contract", pinned.contract, found.contract),
        ("chain_code", pinned.code_digest.hex(), found.code_digest.hex()),
    )
    for code, expected, seen in facts:
        if expected != seen:
            raise ChainMismatch(code, expected=expected, found=seen)


class Chain(Protocol):
    """What every driver offers; the conformance tests hold for all of them."""

    @property
    def sender(self) -> str:
        """Return the account that signs our transactions."""
        ...

    def identity(self) -> ChainIdentity:
        """Look at the chain and return who it is.

        Raises ChainMismatch where it is not the pinned one, ChainUnavailable.
        """
        ...

    def nonce(self) -> int:
        """Return how many transactions of `sender` the chain has executed."""
        ...

    def heads(self, node_id: bytes, log_ids: Sequence[bytes]) -> Mapping[bytes, Head]:
        """Return the heads of these logs; a log that was never anchored is left out."""
        ...

    def prepare(self, node_id: bytes, items: Sequence[Item], nonce: int) -> RawTx:
        """Sign one transaction that anchors up to MAX_ITEMS tree heads; nothing is sent.

        Raises ChainRefused where the contract would refuse all of it (paused, no role).
        """
        ...

    def send(self, raw: bytes) -> None:
        """Hand a signed transaction over. What becomes of it, the heads will tell.

        Raises ChainUnavailable where nobody took it.
        """
        ...

    def events(self, node_id: bytes, heads: Mapping[bytes, Head]) -> Mapping[bytes, AnchorEvent]:
        """Return the events that made these heads; one that cannot be found is left out."""
        ...

    def history(self, node_id: bytes, log_id: bytes) -> Iterator[AnchorEvent]:
        """Yield every anchor event of the log, oldest first."""
        ...

    def final(self, event: AnchorEvent) -> bool:
        """Return whether the event's block is settled by this chain's rule of finality."""
        ...

    def head(self, node_id: bytes, log_id: bytes) -> Head | None:
        """Return the head of one log, None if it was never anchored."""
        return self.heads(node_id, [log_id]).get(log_id)

    def event(self, node_id: bytes, log_id: bytes, seq: int) -> AnchorEvent | None:
        """Return the event of anchor `seq`, None if there is none."""
        head = self.head(node_id, log_id)
        if head is None or head.seq < seq:
            return None
        if head.seq == seq:
            return self.events(node_id, {log_id: head}).get(log_id)
        return next((e for e in self.history(node_id, log_id) if e.seq == seq), None)
