"""The chain of a node without a chain: an append-only table of its own, signed block by block.

Not a blockchain: one operator writes it and nobody else has a copy. It orders the anchors, and
whoever keeps one block's hash can tell later whether anything before it was changed; it proves
nothing against the operator. Evidence from it is `local`, and the verdict says so.

Block      one transaction; header = canonical JSON {"chain","format","height","prev","time",
           "tx"}, hash = SM3(header), SM2 signature of the node's key over the header
Genesis    SM3 of canonical JSON {"chain","format","signer"}: another key is another chain
Rules      ledger.chains.rules
Final      at once: the database's commit is all there is to wait for
Errors     ChainMismatch: chain_id, chain_genesis, chain_contract, chain_code (not the pinned
           chain), chain_broken (blocks that do not follow from each other or are not signed);
           ChainRefused chain_role: another node's logs
"""

from collections.abc import Iterator, Mapping, Sequence

from crypto import canonical, sm2, sm3
from crypto.base64url import b64u
from crypto.errors import InvalidSignature
from crypto.jws import SignBytes
from crypto.keys import PublicKey
from ledger import checkpoint, times
from ledger.chain import AnchorEvent, Chain, ChainIdentity, Head, Item, RawTx, require_same
from ledger.chains import queries
from ledger.chains.queries import Block
from ledger.chains.rules import Tx, accepted, decode, encode
from ledger.errors import ChainMismatch, ChainRefused
from ledger.units import Units

FORMAT = "kexin/local-chain/v1"
BLOCK_FORMAT = "kexin/local-block/v1"


class LocalChain(Chain):
    """The one writer of one node's local chain."""

    def __init__(
        self,
        units: Units,
        *,
        node: str,
        key: PublicKey,
        sign: SignBytes,
        pin: ChainIdentity | None = None,
    ) -> None:
        self._units = units
        self._key = key
        self._sign = sign
        self._node_id = checkpoint.node_id(node)
        self._identity = identity(node, key)
        self._name = self._identity.name
        self._pin = pin or self._identity

    @property
    def sender(self) -> str:
        """Return the thumbprint of the signing key."""
        return self._key.kid

    def identity(self) -> ChainIdentity:
        """Return who the chain is. Raises ChainMismatch where it is not the pinned one."""
        require_same(self._pin, self._identity)
        return self._identity

    def nonce(self) -> int:
        """Return how many blocks there are: each holds one transaction."""
        with self._units.reading() as unit:
            tip = queries.tip(unit.session, self._name)
        return tip.height if tip else 0

    def heads(self, node_id: bytes, log_ids: Sequence[bytes]) -> Mapping[bytes, Head]:
        """Return the heads of these logs; another node has none here."""
        if node_id != self._node_id:
            return {}
        with self._units.reading() as unit:
            return queries.heads(unit.session, self._name, log_ids)

    def prepare(self, node_id: bytes, items: Sequence[Item], nonce: int) -> RawTx:
        """Write the transaction down. Raises ChainRefused for another node."""
        if node_id != self._node_id:
            raise ChainRefused("chain_role")
        raw = encode(Tx(node_id, tuple(items), nonce))
        return RawTx(raw, nonce, sm3.digest(raw), self.sender)

    def send(self, raw: bytes) -> None:
        """Append a block with the transaction if its turn has come; else do nothing.

        Raises ChainMismatch where the newest block is not one that this key signed.
        """
        tx = decode(raw)
        with self._units.reading() as unit:
            tip = queries.tip(unit.session, self._name)
            heads = queries.heads(unit.session, self._name, [item.log_id for item in tx.items])
            now = unit.now
        if tx.nonce != (tip.height if tip else 0) or tx.node_id != self._node_id:
            return
        if tip is not None:
            self._verify(tip)
            now = max(now, tip.time)
        made = Block(tx.nonce + 1, b"", tip.hash if tip else self._identity.genesis, now, raw, b"")
        header = self._header(made)
        made = Block(made.height, sm3.digest(header), made.prev, now, raw, self._sign(header))
        with self._units.writing() as unit:
            # A rival block of the same height wins by being there: the heads will tell.
            new = accepted(tx.items, heads, made.height)
            queries.append(unit.session, self._name, made, new)

    def events(self, node_id: bytes, heads: Mapping[bytes, Head]) -> Mapping[bytes, AnchorEvent]:
        """Return the events that made these heads."""
        if node_id != self._node_id:
            return {}
        with self._units.reading() as unit:
            return queries.events(unit.session, self._name, heads)

    def history(self, node_id: bytes, log_id: bytes) -> Iterator[AnchorEvent]:
        """Yield every anchor of the log, oldest first."""
        if node_id != self._node_id:
            return
        with self._units.reading() as unit:
            yield from queries.history(unit.session, self._name, log_id)

    def final(self, event: AnchorEvent) -> bool:
        """Return whether the event's block is there, with our signature."""
        with self._units.reading() as unit:
            block = queries.block(unit.session, self._name, event.block_number)
        if block is None or block.hash != event.block_hash:
            return False
        self._verify(block)
        return True

    def check(self) -> int:
        """Verify the whole chain against its blocks alone; return how many there are.

        Raises ChainMismatch chain_broken at the first block that does not follow from the one
        before, is not signed, or made other heads than the table of heads says.
        """
        prev, heads, height = self._identity.genesis, dict[bytes, Head](), 0
        made: dict[bytes, list[Head]] = {}
        with self._units.reading() as unit:
            session, chain = unit.session, self._name
            tip = queries.tip(session, chain)
            last = tip.height if tip else 0
            for block in queries.blocks(session, chain, first=1, last=last):
                height += 1
                if (block.height, block.prev) != (height, prev):
                    raise ChainMismatch("chain_broken", height=height)
                self._verify(block)
                for log_id, new in accepted(decode(block.tx).items, heads, height).items():
                    heads[log_id] = new[-1]
                    made.setdefault(log_id, []).extend(new)
                prev = block.hash
            if queries.all_heads(session, chain) != made:
                raise ChainMismatch("chain_broken", height=height)
        return height

    def _header(self, block: Block) -> bytes:
        return canonical.dumps(
            {
                "chain": self._identity.id,
                "format": BLOCK_FORMAT,
                "height": block.height,
                "prev": b64u(block.prev),
                "time": times.to_text(block.time),
                "tx": b64u(sm3.digest(block.tx)),
            }
        )

    def _verify(self, block: Block) -> None:
        header = self._header(block)
        try:
            sm2.verify(self._key, header, block.signature)
        except InvalidSignature as error:
            raise ChainMismatch("chain_broken", height=block.height) from error
        if sm3.digest(header) != block.hash:
            raise ChainMismatch("chain_broken", height=block.height)


def identity(node: str, key: PublicKey) -> ChainIdentity:
    """Return the identity of the local chain that `key` signs for this node."""
    chain = f"local:{node}"
    genesis = canonical.dumps({"chain": chain, "format": FORMAT, "signer": key.kid})
    return ChainIdentity(chain, sm3.digest(genesis), key.kid, sm3.digest(FORMAT.encode()), "local")
