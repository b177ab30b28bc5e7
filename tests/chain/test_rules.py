"""Transactions of the chains that run no contract: one form, read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical
from crypto.errors import InvalidEncoding
from ledger.chain import MAX_STEP, Head, Item
from ledger.chains.rules import Tx, accepted, decode, encode

TX = Tx(b"n" * 32, (Item(b"l" * 32, 0, 5, b"r" * 32),), 3)

items = st.builds(
    Item,
    st.sampled_from([b"a" * 32, b"b" * 32]),
    st.integers(0, 3),
    st.one_of(st.integers(0, 9), st.sampled_from([MAX_STEP, MAX_STEP + 1, 2 * MAX_STEP])),
    st.sampled_from([bytes(32), b"r" * 32]),
)


@given(st.lists(items, max_size=12))
def test_heads_only_go_forward_one_by_one(offered: list[Item]) -> None:
    heads = {b"a" * 32: Head(2, 4, b"r" * 32, 1)}
    for log, made in accepted(offered, heads, 7).items():
        latest = heads.get(log, Head(0, 0, b"", 0))
        for head in made:
            assert head.seq == latest.seq + 1
            assert 0 < head.size - latest.size <= MAX_STEP
            assert head.root != bytes(32)
            assert head.block_number == 7
            latest = head


@given(st.builds(Tx, st.binary(min_size=32, max_size=32), st.lists(items).map(tuple), st.just(0)))
def test_what_is_written_is_read(tx: Tx) -> None:
    assert decode(encode(tx)) == tx


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(encode(TX) + b" ", id="a byte more"),
        pytest.param(b"[]", id="another shape"),
        pytest.param(encode(TX).replace(b"kexin/local-tx/v1", b"kexin/local-tx/v2"), id="format"),
        pytest.param(encode(TX).replace(b'"nonce":3', b'"nonce":true'), id="a truth for a number"),
        pytest.param(encode(TX).replace(b'"nonce":3', b'"nonce":3,"x":1'), id="one member more"),
        pytest.param(encode(TX).replace(b'"size":5', b'"size":"5"'), id="a text for a number"),
        pytest.param(encode(TX).replace(b'"root":"cn', b'"root":"=n'), id="no base64url"),
        pytest.param(encode(TX).replace(b'"size":5', b'"sizes":5'), id="another member"),
        pytest.param(canonical.dumps({"items": [], "node_id": "", "nonce": 0}), id="no format"),
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidEncoding):
        decode(raw)
