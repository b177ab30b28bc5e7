"""The tree against known answers, every small shape, and what must hold of any shape."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import sm3
from ledger import merkle
from ledger.errors import InvalidProof
from ledger.log import Log, MemoryStore
from tests.ledger.samples import ORIGIN, VECTORS, flipped, some_entries, vectors

LARGEST = 70
ENTRIES = some_entries(LARGEST)
LEAVES = [merkle.leaf_hash(entry.encode()) for entry in ENTRIES]


def named(name: str) -> list[Any]:
    return [pytest.param(test, id=test["id"]) for test in vectors(name)]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """The definition of RFC 9162, written as it stands there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sm3.digest(b"")
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return sm3.digest(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:]))


def octets(values: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(value) for value in values]


@pytest.fixture(scope="module")
def log() -> Log:
    """A log that grew by one entry at a time."""
    grown = Log(MemoryStore(), ORIGIN)
    for entry in ENTRIES:
        grown.append([entry])
    return grown


@pytest.mark.parametrize("case", named("roots.json"))
def test_root_is_the_known_answer(case: dict[str, Any]) -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(case["size"])]
    assert merkle.root(leaves).hex() == case["root"]


def test_hashes_are_the_known_answers() -> None:
    hashes = json.loads((VECTORS / "roots.json").read_text("utf-8"))["hashes"]
    leaf, node = hashes["leaf"], hashes["node"]
    assert merkle.leaf_hash(bytes.fromhex(leaf["data"])).hex() == leaf["hash"]
    assert merkle.node_hash(*octets([node["left"], node["right"]])).hex() == node["hash"]


@pytest.mark.parametrize("case", named("inclusion.json"))
def test_inclusion_proof_is_judged_as_known(case: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {
        "leaf": bytes.fromhex(case["leaf"]),
        "index": case["index"],
        "size": case["size"],
        "proof": octets(case["proof"]),
        "root": bytes.fromhex(case["root"]),
    }
    if case["result"] == "valid":
        merkle.verify_inclusion(**arguments)
        return
    with pytest.raises(InvalidProof) as caught:
        merkle.verify_inclusion(**arguments)
    assert caught.value.code == case["result"]


@pytest.mark.parametrize("case", named("consistency.json"))
def test_consistency_proof_is_judged_as_known(case: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {
        "old_size": case["old_size"],
        "new_size": case["new_size"],
        "old_root": bytes.fromhex(case["old_root"]),
        "new_root": bytes.fromhex(case["new_root"]),
        "proof": octets(case["proof"]),
    }
    if case["result"] == "valid":
        merkle.verify_consistency(**arguments)
        return
    with pytest.raises(InvalidProof) as caught:
        merkle.verify_consistency(**arguments)
    assert caught.value.code == case["result"]


def test_every_root_up_to_70_leaves_is_the_naive_one(log: Log) -> None:
    for size in range(LARGEST + 1):
        expected = naive_root(LEAVES[:size])
        assert merkle.root(LEAVES[:size]) == expected
        assert log.root(size) == expected, "from the stored hashes"


def test_every_entry_is_provable_in_every_tree_that_has_it(log: Log) -> None:
    for size in range(1, LARGEST + 1):
        root = naive_root(LEAVES[:size])
        for index in range(size):
            proof = log.prove(index, size)
            merkle.verify_inclusion(
                leaf=LEAVES[index], index=index, size=size, proof=proof, root=root
            )
            assert len(proof) <= (size - 1).bit_length()


def test_every_pair_of_sizes_is_provably_consistent(log: Log) -> None:
    roots = [naive_root(LEAVES[:size]) for size in range(LARGEST + 1)]
    for new in range(LARGEST + 1):
        for old in range(new + 1):
            merkle.verify_consistency(
                old_size=old,
                new_size=new,
                old_root=roots[old],
                new_root=roots[new],
                proof=log.consistency(old, new),
            )


def test_no_proof_fits_another_entry_or_old_size(log: Log) -> None:
    for size in range(2, 18):
        for index in range(size):
            proof = log.prove(index, size)
            for other in set(range(size)) - {index}:
                with pytest.raises(InvalidProof):
                    merkle.verify_inclusion(
                        leaf=LEAVES[index],
                        index=other,
                        size=size,
                        proof=proof,
                        root=log.root(size),
                    )
        for old in range(1, size):
            with pytest.raises(InvalidProof):
                merkle.verify_consistency(
                    old_size=old,
                    new_size=size,
                    old_root=log.root(old - 1),
                    new_root=log.root(size),
                    proof=log.consistency(old, size),
                )


@given(size=st.integers(1, LARGEST), data=st.data())
def test_one_flipped_bit_anywhere_in_an_inclusion_proof_is_refused(
    log: Log, size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1), "index")
    parts = [LEAVES[index], log.root(size), *log.prove(index, size)]
    part = data.draw(st.integers(0, len(parts) - 1), "part: 0 leaf, 1 root, 2.. proof")
    parts[part] = flipped(parts[part], data.draw(st.integers(0, 255), "bit"))
    leaf, root, *proof = parts
    with pytest.raises(InvalidProof):
        merkle.verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=root)


@given(new=st.integers(1, LARGEST), data=st.data())
def test_one_flipped_bit_anywhere_in_a_consistency_proof_is_refused(
    log: Log, new: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, new), "old size")
    parts = [log.root(old), log.root(new), *log.consistency(old, new)]
    part = data.draw(st.integers(0, len(parts) - 1), "part: 0 old, 1 new root, 2.. proof")
    parts[part] = flipped(parts[part], data.draw(st.integers(0, 255), "bit"))
    old_root, new_root, *proof = parts
    with pytest.raises(InvalidProof):
        merkle.verify_consistency(
            old_size=old, new_size=new, old_root=old_root, new_root=new_root, proof=proof
        )


@given(size=st.integers(0, 2**60), index=st.integers(0, 2**60), proof=st.lists(st.just(bytes(32))))
def test_no_size_and_no_length_of_proof_is_too_much(
    size: int, index: int, proof: list[bytes]
) -> None:
    with pytest.raises(InvalidProof):
        merkle.verify_inclusion(leaf=bytes(32), index=index, size=size, proof=proof, root=bytes(32))


@given(leaves=st.lists(st.sampled_from(LEAVES), max_size=40), cut=st.integers(0, 40))
def test_a_tree_resumed_from_its_edge_grows_as_if_never_stopped(
    leaves: list[bytes], cut: int
) -> None:
    whole = merkle.Tree()
    stored: dict[merkle.Node, bytes] = {(0, n): leaf for n, leaf in enumerate(leaves)}
    for leaf in leaves:
        stored.update(whole.append(leaf))
    size = min(cut, len(leaves))
    resumed = merkle.Tree(size, [stored[node] for node in merkle.cover(0, size)])
    for leaf in leaves[size:]:
        resumed.append(leaf)
    assert (resumed.size, resumed.root()) == (whole.size, whole.root())


def test_a_tree_of_n_leaves_stores_fewer_than_2n_hashes() -> None:
    for size in (1, 2, 3, 64, 70):
        tree = merkle.Tree()
        above = sum(len(tree.append(leaf)) for leaf in LEAVES[:size])
        assert above < size


def test_an_edge_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one hash for each bit"):
        merkle.Tree(3, [LEAVES[0]])
