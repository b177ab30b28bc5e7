"""A receipt says one thing about one checkpoint, in one form, under one key."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, jws, sm3
from crypto.errors import InvalidEncoding
from crypto.jws import b64u
from ledger import evidence
from ledger.checkpoint import Checkpoint
from ledger.errors import InvalidReceipt
from ledger.evidence import Level, Receipt
from tests.ledger.samples import (
    NODE,
    NOON,
    ORIGIN,
    RECEIPT_KEY,
    WITNESS_KEY,
    flipped,
    signer,
)

HEAD = Checkpoint(ORIGIN, 42, sm3.digest(b"root"), NOON)
RECEIPT = Receipt(
    node=NODE,
    origin=ORIGIN,
    size=42,
    root=HEAD.root,
    seq=3,
    chain="eip155:31337",
    genesis=sm3.digest(b"genesis"),
    contract="0x5fbdb2315678afecb367f032d93f642f64180aa3",
    driver="evm",
    block_number=17,
    block_hash=sm3.digest(b"block"),
    block_time=NOON,
    tx_hash=sm3.digest(b"tx"),
    issued=NOON,
)
LOCAL = replace(RECEIPT, chain=f"local:{NODE}", contract=RECEIPT_KEY.public.kid, driver="local")
KEYS = {RECEIPT_KEY.public.kid: RECEIPT_KEY.public}


def sealed(receipt: Receipt = RECEIPT) -> dict[str, Any]:
    return evidence.seal_receipt(receipt, kid=RECEIPT_KEY.public.kid, sign=signer(RECEIPT_KEY))


def code(document: object, head: Checkpoint = HEAD) -> str:
    with pytest.raises(InvalidReceipt) as caught:
        evidence.verify_receipt(document, KEYS, head)
    return caught.value.code


def test_what_is_sealed_verifies() -> None:
    anchored = evidence.verify_receipt(sealed(), KEYS, HEAD)
    assert anchored.receipt == RECEIPT
    assert anchored.level is Level.RECEIPT
    assert anchored.block_time == NOON
    assert anchored.kid == RECEIPT_KEY.public.kid
    assert evidence.open_receipt(sealed()) == RECEIPT


def test_the_nodes_own_table_is_the_weakest_evidence() -> None:
    assert evidence.verify_receipt(sealed(LOCAL), KEYS, HEAD).level is Level.LOCAL


def test_levels_are_ordered_and_have_words() -> None:
    assert Level.LOCAL < Level.RECEIPT < Level.SEALS < Level.LIVE
    assert [level.word for level in Level] == ["local", "receipt", "seals", "live"]
    assert all(Level.of(level.word) is level for level in Level)
    for word in ("LIVE", "", "chain"):
        with pytest.raises(ValueError, match="not a level"):
            Level.of(word)


@pytest.mark.parametrize(
    "head",
    [
        replace(HEAD, size=43),
        replace(HEAD, root=sm3.digest(b"other")),
        replace(HEAD, origin=ORIGIN.replace("2026", "2025")),
    ],
)
def test_a_receipt_of_another_checkpoint_is_refused(head: Checkpoint) -> None:
    assert code(sealed(), head) == "receipt_checkpoint"


def test_a_strangers_key_is_refused() -> None:
    other = evidence.seal_receipt(RECEIPT, kid=WITNESS_KEY.public.kid, sign=signer(WITNESS_KEY))
    assert code(other) == "receipt_signature"


def test_a_key_under_a_listed_name_is_refused() -> None:
    other = evidence.seal_receipt(RECEIPT, kid=RECEIPT_KEY.public.kid, sign=signer(WITNESS_KEY))
    assert code(other) == "receipt_signature"


@given(data=st.data())
def test_any_altered_byte_is_refused(data: st.DataObject) -> None:
    written = canonical.dumps(sealed())
    bit = data.draw(st.integers(0, 8 * len(written) - 1), "bit")
    try:
        document = canonical.loads(flipped(written, bit))
    except InvalidEncoding:
        return
    code(document)


@pytest.mark.parametrize("document", [None, [], {}, "x", {"payload": "e30"}])
def test_what_is_no_sealed_document_is_refused(document: object) -> None:
    assert code(document) == "receipt_encoding"


def test_two_signatures_and_another_type_are_refused() -> None:
    signers = [(key.public.kid, signer(key)) for key in (RECEIPT_KEY, WITNESS_KEY)]
    payload = RECEIPT.to_json()
    assert code(jws.seal_document(payload, typ=evidence.TYP, signers=signers)) == (
        "receipt_encoding"
    )
    typ = "kexin-record+jws"
    assert code(jws.seal_document(payload, typ=typ, signers=signers[:1])) == "receipt_encoding"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"extra": 1}, "receipt_members"),
        ({"seq": None}, "receipt_members"),
        ({"format": "kexin/anchor-receipt/v2"}, "receipt_ids"),
        ({"node_id": b64u(bytes(32))}, "receipt_ids"),
        ({"log_id": b64u(bytes(32))}, "receipt_ids"),
        ({"log_id": 1}, "receipt_ids"),
        ({"node": 1}, "receipt_node"),
        ({"node": "other.node"}, "receipt_node"),
        ({"origin": "elsewhere"}, "receipt_origin"),
        ({"size": 0}, "receipt_size"),
        ({"size": True}, "receipt_size"),
        ({"size": "42"}, "receipt_size"),
        ({"seq": 0}, "receipt_seq"),
        ({"seq": 2**53}, "receipt_seq"),
        ({"block_number": -1}, "receipt_block_number"),
        ({"root": "A" * 42}, "receipt_root"),
        ({"root": "A" * 42 + "B"}, "receipt_root"),
        ({"genesis": None, "more": None}, "receipt_members"),
        ({"block_hash": b64u(bytes(33))}, "receipt_block_hash"),
        ({"tx_hash": "0x"}, "receipt_tx_hash"),
        ({"block_time": 0}, "receipt_block_time"),
        ({"issued": "2026-11-24T04:00:00+0"}, "receipt_issued"),
        ({"issued": "2026-11-24T04:00:60Z"}, "receipt_issued"),
        ({"contract": "0x5FbDB2315678afecb367f032d93F642f64180aa3"}, "receipt_contract"),
        ({"driver": "fake"}, "receipt_driver"),
        ({"driver": "local"}, "receipt_driver"),
        ({"chain": "eip155:0"}, "receipt_chain"),
        ({"chain": "local:other.node", "driver": "local"}, "receipt_chain"),
        ({"chain": f"local:{NODE}"}, "receipt_driver"),
    ],
)
def test_other_members_are_refused(changes: dict[str, Any], expected: str) -> None:
    changed = {**RECEIPT.to_json(), **changes}
    payload = {name: value for name, value in changed.items() if value is not None}
    with pytest.raises(InvalidReceipt) as caught:
        evidence.parse(payload)
    assert caught.value.code == expected


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidReceipt):
        evidence.parse([])


def test_a_receipt_that_nobody_could_read_is_not_sealed() -> None:
    with pytest.raises(InvalidReceipt) as caught:
        sealed(replace(RECEIPT, seq=0))
    assert caught.value.code == "receipt_seq"
