"""Entries, keys and logs that the tests of the ledger share."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crypto import sm2, sm3
from crypto.jws import SignBytes
from crypto.keys import PrivateKey
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.entry import WITH_APPROVAL, Entry
from ledger.log import Log, MemoryStore

VECTORS = Path(__file__).parents[1] / "vectors" / "merkle"

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
NODE = "demo.kexin"
INSTITUTION = "inst_41AAAAAAAAAAAAAAAA"
ORIGIN = checkpoint.origin(NODE, INSTITUTION, 2026)


def vectors(name: str) -> list[dict[str, Any]]:
    """Return the tests of a vector file."""
    tests: list[dict[str, Any]] = json.loads((VECTORS / name).read_text("utf-8"))["tests"]
    assert tests, f"{name} is empty"
    return tests


def private_key(number: int) -> PrivateKey:
    """Return one of the tests' keys."""
    return PrivateKey.from_scalar(number.to_bytes(32))


def signer(private: PrivateKey) -> SignBytes:
    """Return what signs with this key."""
    return lambda message: sm2.sign(private, message)


LOG_KEY = private_key(101)
RECEIPT_KEY = private_key(102)
WITNESS_KEY = private_key(103)


def an_entry(
    number: int, *, kind: str = "credential", time: datetime = NOON, issuer: str = INSTITUTION
) -> Entry:
    """Return entry `number`; each has a digest of its own."""
    approval = sm3.digest(b"approval") if kind in WITH_APPROVAL else None
    return Entry(kind, issuer, time, sm3.digest(b"entry %d" % number), approval)


def some_entries(count: int, start: int = 0) -> list[Entry]:
    """Return this many entries, numbered from `start`."""
    return [an_entry(number) for number in range(start, start + count)]


def a_log(count: int) -> tuple[Log, MemoryStore]:
    """Return a log of this many entries, and its store to tamper with."""
    store = MemoryStore()
    log = Log(store, ORIGIN)
    log.append(some_entries(count))
    return log, store


def a_checkpoint(log: Log, size: int | None = None) -> Checkpoint:
    """Return the log's checkpoint at a size."""
    wanted = log.size if size is None else size
    return Checkpoint(log.origin, wanted, log.root(wanted), NOON)


def a_note(head: Checkpoint) -> str:
    """Return the checkpoint as the node signs it."""
    return checkpoint.sign(head, NODE, LOG_KEY.public, signer(LOG_KEY))


def flipped(data: bytes, bit: int) -> bytes:
    """Return the bytes with one bit changed."""
    return (int.from_bytes(data) ^ (1 << bit)).to_bytes(len(data))


def altered(text: str) -> Sequence[str]:
    """Return the text with each character changed in turn, and with one more or one less."""
    changed = [
        f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}" for at in range(len(text))
    ]
    shorter = [text[:at] + text[at + 1 :] for at in range(len(text))]
    return [*changed, *shorter, text + "\n", " " + text, ""]
