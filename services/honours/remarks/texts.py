"""What people wrote about a batch: why rows were left out, why it was returned, a note.

A remark may name a pupil, so each is sealed under a record key of its own (the batch's id, a dot
and the first letter of its kind), and all remarks of a batch are forgotten with any pupil of the
batch, whether his row was taken in or left out: no machine can tell whom a sentence names.
Stays: that the batch was returned, and how many rows were left out.
"""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from crypto import sm4
from services.honours.remarks import queries
from services.platform.record_keys import RecordKeys
from services.platform.work import Work

Kind = Literal["exclusions", "note", "returned"]
KINDS: tuple[Kind, ...] = ("exclusions", "note", "returned")


def seal(work: Work, batch_id: str, kind: Kind, text: str) -> bytes:
    """Return a remark sealed under a new key, which is stored; no bytes for no text."""
    if not text:
        return b""
    record = _record(batch_id, kind)
    key = RecordKeys.of(work.runtime).create(work, [record])[record]
    return sm4.seal(key, text.encode(), record.encode())


def read(work: Work, batch: Mapping[Any, Any], kind: Kind) -> str | None:
    """Return a remark; None if there is none, or none any more. Raises InvalidCiphertext."""
    sealed, record = batch[f"{kind}_sealed"], _record(batch["id"], kind)
    if not sealed:
        return None
    key = RecordKeys.of(work.runtime).open_existing(work.session, [record]).get(record)
    return None if key is None else sm4.unseal(key, sealed, record.encode()).decode()


def forget(work: Work, batch_ids: Collection[str]) -> None:
    """Destroy the keys of all remarks of these batches, and who was left out of them."""
    records = [_record(batch_id, kind) for batch_id in sorted(batch_ids) for kind in KINDS]
    RecordKeys.of(work.runtime).destroy(work, records)
    queries.drop(work.session, batch_ids)


def _record(batch_id: str, kind: Kind) -> str:
    return f"{batch_id}.{kind[0]}"
