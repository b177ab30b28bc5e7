"""The Merkle tree of the log: its hashes, the paths of its proofs, and their verification.

Standard   RFC 9162 section 2.1, with SM3 (GB/T 32905) in the place of SHA-256
Leaf       SM3(0x00 ‖ entry bytes); node: SM3(0x01 ‖ left ‖ right); empty tree: SM3 of nothing
Hashes     HASH_SIZE = 32 bytes; a proof is a list of them, nearest to the leaf first
Storage    a complete subtree never changes, so it is stored once, as Node (level, index):
           leaves index·2^level up to the next multiple. A tree of n leaves stores fewer than
           2n hashes; appending, roots and proofs read and write O(log n) of them
Errors     InvalidProof: proof_size, proof_index, proof_hash_length, proof_length, proof_root

The proof lengths are computed from sizes and index before anything is hashed, so that a
missing and a surplus node are refused, also one that would not change the root.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from crypto import sm3
from ledger.errors import InvalidProof

HASH_SIZE = 32

Node: TypeAlias = tuple[int, int]
"""A complete subtree by its place: level, and index among the subtrees of its level."""

_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """Return the leaf hash of an entry's bytes."""
    return sm3.digest(_LEAF + data)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sm3.digest(_NODE + left + right)


class Tree:
    """A growing tree that remembers only its right edge: the hashes of cover(0, size)."""

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        if len(edge) != size.bit_count():
            raise ValueError("the edge of a tree has one hash for each bit of its size")
        self._edge = list(edge)
        self._size = size

    @property
    def size(self) -> int:
        """Return the number of leaves."""
        return self._size

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Add a leaf hash; return the subtrees above it that became complete, lowest first."""
        index, level, top = self._size, 0, leaf
        completed = []
        while index & 1:
            index >>= 1
            level += 1
            top = node_hash(self._edge.pop(), top)
            completed.append(((level, index), top))
        self._edge.append(top)
        self._size += 1
        return completed

    def root(self) -> bytes:
        """Return the root hash."""
        return join(self._edge)


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root hash of a tree with these leaf hashes."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def cover(start: int, end: int) -> list[Node]:
    """Return the complete subtrees that make up the leaves [start, end), left to right.

    `start` is where RFC 9162 splits a tree: a multiple of the first subtree's width.
    """
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def join(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over a cover, given the hashes of its subtrees from left to right."""
    if not hashes:
        return sm3.digest(b"")
    *lefts, top = hashes
    for left in reversed(lefts):
        top = node_hash(left, top)
    return top


def inclusion_path(index: int, size: int) -> list[list[Node]]:
    """Return the cover of each node of the inclusion proof (RFC 9162, 2.1.3.1)."""
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(cover(middle, end))
            end = middle
        else:
            path.append(cover(start, middle))
            start = middle
    return path[::-1]


def consistency_path(old_size: int, new_size: int) -> list[list[Node]]:
    """Return the cover of each node of the consistency proof (RFC 9162, 2.1.4.1)."""
    if old_size in (0, new_size):
        return []
    path = []
    start, end = 0, new_size
    while end != old_size:
        middle = _split(start, end)
        if old_size <= middle:
            path.append(cover(middle, end))
            end = middle
        else:
            path.append(cover(start, middle))
            start = middle
    if start:  # at start 0 this is the old root, which the verifier has
        path.append(cover(start, end))
    return path[::-1]


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise InvalidProof unless `leaf` is number `index` of the tree of `size` under `root`."""
    if not 0 <= index < size:
        raise InvalidProof("proof_index", index=index, size=size)
    _check_hashes(leaf, root, *proof)
    # Up to where the paths to this leaf and to the last one meet, a bit of the index says on
    # which side a proof node stands; above it, only left siblings exist, one for each set bit.
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    _check_length(len(proof), inner + border)
    top = _climb(leaf, proof[:inner], index)
    top = _close_in(top, proof[inner:])
    if top != root:
        raise InvalidProof("proof_root", index=index, size=size)


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise InvalidProof unless the tree of `new_size` begins with the one of `old_size`."""
    if not 0 <= old_size <= new_size:
        raise InvalidProof("proof_size", old_size=old_size, new_size=new_size)
    _check_hashes(old_root, new_root, *proof)
    if old_size in (0, new_size):
        _check_length(len(proof), 0)
        if old_root != (new_root if old_size else join([])):
            raise InvalidProof("proof_root", old_size=old_size, new_size=new_size)
        return
    # 1. The largest complete subtree that ends at old_size is the seed of both roots. It is
    #    the old root itself if that tree is complete, otherwise the proof's first node.
    shift = (old_size & -old_size).bit_length() - 1
    last = (old_size - 1) >> shift
    complete = old_size == 1 << shift
    inner = (last ^ ((new_size - 1) >> shift)).bit_length()
    border = (last >> inner).bit_count()
    _check_length(len(proof), inner + border + (not complete))
    seed, rest = (old_root, proof) if complete else (proof[0], proof[1:])
    # 2. The old tree has the left siblings only, the new one has them all.
    lefts = [node for level, node in enumerate(rest[:inner]) if last >> level & 1]
    old_top = _close_in(seed, [*lefts, *rest[inner:]])
    new_top = _close_in(_climb(seed, rest[:inner], last), rest[inner:])
    if (old_top, new_top) != (old_root, new_root):
        raise InvalidProof("proof_root", old_size=old_size, new_size=new_size)


def _split(start: int, end: int) -> int:
    """Return where a subtree of two or more leaves divides: after a power of two of them."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _climb(top: bytes, proof: Sequence[bytes], index: int) -> bytes:
    """Hash upwards, each proof node on the side that the index's bit tells."""
    for level, node in enumerate(proof):
        top = node_hash(node, top) if index >> level & 1 else node_hash(top, node)
    return top


def _close_in(top: bytes, lefts: Iterable[bytes]) -> bytes:
    """Hash upwards with left siblings only."""
    for left in lefts:
        top = node_hash(left, top)
    return top


def _check_hashes(*hashes: bytes) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise InvalidProof("proof_hash_length", length=len(value))


def _check_length(found: int, expected: int) -> None:
    if found != expected:
        raise InvalidProof("proof_length", found=found, expected=expected)
