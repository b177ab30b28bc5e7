"""What shows that a checkpoint was anchored, and how strong that is.

Levels     local < receipt < seals < live. The node's own word about its own table; its word about
           a chain; the block header with the validators' seals; the event asked for just now
Receipt    kexin/anchor-receipt/v1: what the node saw on the chain, as a document sealed by its
           receipt key alone; docs/formats/anchor-receipt-v1.md
Errors     InvalidReceipt: receipt_encoding, receipt_members, receipt_<member>, receipt_ids,
           receipt_signature, receipt_checkpoint
Whether the chain is one to rely on, and the key one that was in force, is the caller's question.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import IntEnum

from crypto import jws
from crypto.canonical import Json
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.jws import SignBytes, b64u, unb64u
from crypto.keys import PublicKey
from ledger import times
from ledger.checkpoint import MAX_SIZE, Checkpoint, log_id, node_id, split_origin
from ledger.errors import InvalidCheckpoint, InvalidReceipt

FORMAT = "kexin/anchor-receipt/v1"
TYP = "kexin-receipt+jws"
LOCAL_DRIVER = "local"

_CHAIN = r"eip155:[1-9][0-9]{0,17}|local:[a-z0-9][a-z0-9.-]{0,62}"
_CONTRACT = r"0x[0-9a-f]{40}|[A-Za-z0-9_-]{43}"
_DRIVER = "evm|local"


class Level(IntEnum):
    """How strong the evidence of an anchor is; the words stand in trust lists and verdicts."""

    LOCAL = 1
    RECEIPT = 2
    SEALS = 3
    LIVE = 4

    @property
    def word(self) -> str:
        """Return the level's word."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Level":
        """Return the level of a word; ValueError if there is none."""
        for level in cls:
            if level.word == word:
                return level
        raise ValueError("not a level of evidence")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a node states about one anchor; nothing is verified yet."""

    node: str
    origin: str
    size: int
    root: bytes
    seq: int
    chain: str
    genesis: bytes
    contract: str
    driver: str
    block_number: int
    block_hash: bytes
    block_time: datetime
    tx_hash: bytes
    issued: datetime

    @property
    def level(self) -> Level:
        """Return how strong this receipt can be at best."""
        return Level.LOCAL if self.driver == LOCAL_DRIVER else Level.RECEIPT

    def to_json(self) -> dict[str, Json]:
        """Return the payload that the node signs."""
        return {
            "format": FORMAT,
            "node": self.node,
            "node_id": b64u(node_id(self.node)),
            "origin": self.origin,
            "log_id": b64u(log_id(self.origin)),
            "size": self.size,
            "root": b64u(self.root),
            "seq": self.seq,
            "chain": self.chain,
            "genesis": b64u(self.genesis),
            "contract": self.contract,
            "driver": self.driver,
            "block_number": self.block_number,
            "block_hash": b64u(self.block_hash),
            "block_time": times.to_text(self.block_time),
            "tx_hash": b64u(self.tx_hash),
            "issued": times.to_text(self.issued),
        }


_MEMBERS = {each.name for each in fields(Receipt)} | {"format", "node_id", "log_id"}


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint's anchor, as far as a valid receipt shows it."""

    level: Level
    receipt: Receipt
    kid: str
    """The receipt key that signed, for cut-offs and its time in force."""

    @property
    def block_time(self) -> datetime:
        """Return when the chain took the checkpoint: the instant by which keys are judged."""
        return self.receipt.block_time


def seal_receipt(receipt: Receipt, *, kid: str, sign: SignBytes) -> dict[str, Json]:
    """Return the sealed document. Raises InvalidReceipt for one that could not be read."""
    document = jws.seal_document(receipt.to_json(), typ=TYP, signers=[(kid, sign)])
    open_receipt(document)
    return document


def open_receipt(document: object) -> Receipt:
    """Take a receipt apart. Raises InvalidReceipt unless it is exactly as we write it."""
    return parse(_open(document).payload)


def verify_receipt(
    document: object, keys: Mapping[str, PublicKey], checkpoint: Checkpoint
) -> Anchored:
    """Return the anchor of this checkpoint by one of these receipt keys. Raises InvalidReceipt."""
    kid = _open(document).signatures[0].kid
    try:
        payload = jws.verify_document(document, keys, typ=TYP, threshold=1)
    except InvalidSignature as error:
        raise InvalidReceipt("receipt_signature", kid=kid) from error
    receipt = parse(payload)
    if (receipt.origin, receipt.size, receipt.root) != (
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root,
    ):
        raise InvalidReceipt("receipt_checkpoint", origin=receipt.origin, size=receipt.size)
    return Anchored(receipt.level, receipt, kid)


def parse(payload: object) -> Receipt:
    """Return the receipt of exactly the members that `to_json` writes. Raises InvalidReceipt."""
    if not isinstance(payload, dict) or set(payload) != _MEMBERS:
        raise InvalidReceipt("receipt_members")
    receipt = Receipt(
        node=_text(payload, "node", ".{1,64}"),
        origin=_text(payload, "origin", ".{1,160}"),
        size=_integer(payload, "size", 1),
        root=_octets(payload, "root"),
        seq=_integer(payload, "seq", 1),
        chain=_text(payload, "chain", _CHAIN),
        genesis=_octets(payload, "genesis"),
        contract=_text(payload, "contract", _CONTRACT),
        driver=_text(payload, "driver", _DRIVER),
        block_number=_integer(payload, "block_number", 0),
        block_hash=_octets(payload, "block_hash"),
        block_time=_instant(payload, "block_time"),
        tx_hash=_octets(payload, "tx_hash"),
        issued=_instant(payload, "issued"),
    )
    try:
        node = split_origin(receipt.origin).node
    except InvalidCheckpoint as error:
        raise InvalidReceipt("receipt_origin") from error
    own_table = f"{LOCAL_DRIVER}:{node}"
    if receipt.node != node:
        raise InvalidReceipt("receipt_node")
    if receipt.chain.startswith("local:") and receipt.chain != own_table:
        raise InvalidReceipt("receipt_chain")
    if (receipt.driver == LOCAL_DRIVER) != (receipt.chain == own_table):
        raise InvalidReceipt("receipt_driver")
    # What is left are the format and the two ids, which follow from the names.
    if receipt.to_json() != payload:
        raise InvalidReceipt("receipt_ids")
    return receipt


def _open(document: object) -> jws.Opened:
    try:
        opened = jws.open_document(document, typ=TYP)
    except InvalidEncoding as error:
        raise InvalidReceipt("receipt_encoding") from error
    if len(opened.signatures) != 1:
        raise InvalidReceipt("receipt_encoding")
    return opened


def _text(payload: dict[str, Json], name: str, pattern: str) -> str:
    value = payload[name]
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise InvalidReceipt(f"receipt_{name}")
    return value


def _integer(payload: dict[str, Json], name: str, lowest: int) -> int:
    value = payload[name]
    if type(value) is not int or not lowest <= value <= MAX_SIZE:
        raise InvalidReceipt(f"receipt_{name}")
    return value


def _octets(payload: dict[str, Json], name: str) -> bytes:
    try:
        data = unb64u(_text(payload, name, "[A-Za-z0-9_-]{43}"))
    except InvalidEncoding as error:
        raise InvalidReceipt(f"receipt_{name}") from error
    return data


def _instant(payload: dict[str, Json], name: str) -> datetime:
    try:
        return times.from_text(_text(payload, name, ".{20}"))
    except ValueError as error:
        raise InvalidReceipt(f"receipt_{name}") from error
