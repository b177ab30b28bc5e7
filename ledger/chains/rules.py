"""The registry in Python, for the chains that run no contract: transactions and rules.

Transaction   canonical JSON {"format","items":[{"expect_seq","log_id","root","size"}],"node_id",
              "nonce"}; its hash is SM3 of these bytes
Rules         those of `anchorMany` in contracts/src/AnchorRegistry.sol; the conformance tests
              hold both to the same cases
Errors        InvalidEncoding where bytes are no such transaction
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crypto import canonical
from crypto.base64url import b64u, unb64u
from crypto.canonical import Json
from crypto.errors import InvalidEncoding
from ledger.chain import MAX_STEP, Head, Item

FORMAT = "kexin/local-tx/v1"
NO_ROOT = bytes(32)


@dataclass(frozen=True, slots=True)
class Tx:
    """What a transaction asks for."""

    node_id: bytes
    items: tuple[Item, ...]
    nonce: int


def encode(tx: Tx) -> bytes:
    """Return the transaction's bytes."""
    items = [
        {
            "expect_seq": item.expect_seq,
            "log_id": b64u(item.log_id),
            "root": b64u(item.root),
            "size": item.size,
        }
        for item in tx.items
    ]
    return canonical.dumps(
        {"format": FORMAT, "items": items, "node_id": b64u(tx.node_id), "nonce": tx.nonce}
    )


def decode(raw: bytes) -> Tx:
    """Return what the bytes ask for. Raises InvalidEncoding unless `encode` writes them so."""
    match canonical.loads(raw):
        case {"items": [*items], "node_id": str(node), "nonce": nonce}:
            tx = Tx(unb64u(node), tuple(_item(item) for item in items), _integer(nonce))
        case _:
            raise InvalidEncoding("local_tx")
    if encode(tx) != raw:
        raise InvalidEncoding("local_tx")
    return tx


def _item(value: Json) -> Item:
    match value:
        case {"expect_seq": seq, "log_id": str(log), "root": str(root), "size": size}:
            return Item(unb64u(log), _integer(seq), _integer(size), unb64u(root))
        case _:
            raise InvalidEncoding("local_tx")


def _integer(value: Json) -> int:
    if type(value) is not int:  # True is one to isinstance
        raise InvalidEncoding("local_tx")
    return value


def accepted(
    items: Sequence[Item], heads: Mapping[bytes, Head], block_number: int
) -> dict[bytes, list[Head]]:
    """Return the new heads that these items make, for each log in order.

    Left out are what is the latest head already, what expects another number than the latest,
    the zero root, and a size that does not grow or grows by more than MAX_STEP.
    """
    new: dict[bytes, list[Head]] = {}
    for item in items:
        made = new.get(item.log_id)
        latest = made[-1] if made else heads.get(item.log_id)
        seq, size = (latest.seq, latest.size) if latest else (0, 0)
        if seq != item.expect_seq or item.root == NO_ROOT or not 0 < item.size - size <= MAX_STEP:
            continue
        new.setdefault(item.log_id, []).append(Head(seq + 1, item.size, item.root, block_number))
    return new
