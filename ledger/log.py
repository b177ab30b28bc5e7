"""A log: entries in order under one Merkle tree, whoever keeps them.

Store      keeps entries, and the hash of each complete subtree (ledger.merkle.Node); level 0 are
           the leaves. It decides nothing, except that of two writers only one succeeds
Cost       append, root and proofs touch O(log n) stored hashes; entries are never hashed twice
Rules      times never go back; an entry belongs to the Asia/Shanghai year of its own time; the
           log of an institution takes that institution's entries only; after `close` none
Errors     InvalidEntry (entry_time_back, entry_year, entry_foreign, entry_duplicate),
           UnknownEntry, LogClosed, LogMoved, LogInconsistent
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ledger import merkle, times
from ledger.checkpoint import log_id, split_origin
from ledger.entry import CLOSE, Entry
from ledger.errors import InvalidEntry, LogClosed, LogInconsistent, LogMoved, UnknownEntry
from ledger.merkle import Node

INSTITUTION_PREFIX = "inst_"
"""Ids without it (`registry`, `audit`) are logs of the node's own, about many institutions."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a log stands."""

    size: int = 0
    last_time: datetime | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is stored."""

    index: int
    digest: bytes
    leaf: bytes
    data: bytes


def admit(state: State, entry: Entry, origin: str) -> State:
    """Return where the log stands after this entry. Raises LogClosed, InvalidEntry."""
    institution, year = split_origin(origin)[1:]
    if state.closed:
        raise LogClosed("log_closed", origin=origin)
    if state.last_time is not None and entry.time < state.last_time:
        raise InvalidEntry("entry_time_back")
    # `close` is written in January, when the year is over.
    if times.log_year(entry.time) != year and entry.kind != CLOSE:
        raise InvalidEntry("entry_year", year=year)
    if institution.startswith(INSTITUTION_PREFIX) and entry.issuer != institution:
        raise InvalidEntry("entry_foreign", issuer=entry.issuer)
    return State(state.size + 1, entry.time, entry.kind == CLOSE)


class LogStore(Protocol):
    """Where one log is kept."""

    @property
    def state(self) -> State:
        """Return where the log stands."""
        ...

    def extend(self, state: State, rows: Sequence[Row], nodes: Mapping[Node, bytes]) -> None:
        """Move from the store's state to `state`, adding rows and nodes: all or nothing.

        Raises LogMoved if another writer was first, InvalidEntry for a digest it has already.
        """
        ...

    def hashes(self, wanted: Collection[Node]) -> Mapping[Node, bytes]:
        """Return the stored hashes among `wanted`, in one reading."""
        ...

    def data(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes of the entries [start, stop) that are there."""
        ...

    def find(self, digest: bytes) -> int | None:
        """Return the index of the entry with this digest."""
        ...


class Log:
    """One institution's log of one year."""

    def __init__(self, store: LogStore, origin: str) -> None:
        self._store = store
        split_origin(origin)
        self.origin = origin
        self.log_id = log_id(origin)

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return self._store.state.size

    @property
    def last_time(self) -> datetime | None:
        """Return the last entry's time, for entry.next_time; None while the log is empty."""
        return self._store.state.last_time

    @property
    def closed(self) -> bool:
        """Return whether the log ended."""
        return self._store.state.closed

    def append(self, entries: Sequence[Entry]) -> int:
        """Add entries in order; return the index of the first.

        Raises LogClosed, LogMoved, InvalidEntry; then nothing was added.
        """
        before = self._store.state
        after = before
        for entry in entries:
            after = admit(after, entry, self.origin)
        tree = merkle.Tree(before.size, self._read(merkle.cover(0, before.size)))
        rows: list[Row] = []
        nodes: dict[Node, bytes] = {}
        for index, entry in enumerate(entries, before.size):
            data = entry.encode()
            leaf = merkle.leaf_hash(data)
            rows.append(Row(index, entry.digest, leaf, data))
            nodes.update(tree.append(leaf))
        if rows:
            self._store.extend(after, rows, nodes)
        return before.size

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the tree at `size`, by default now. Raises UnknownEntry."""
        wanted = self.size if size is None else size
        self._require_size(wanted)
        return merkle.join(self._read(merkle.cover(0, wanted)))

    def prove(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the inclusion proof of an entry in the tree of `size`. Raises UnknownEntry."""
        wanted = self.size if size is None else size
        self._require_size(wanted)
        if not 0 <= index < wanted:
            raise UnknownEntry("entry_index", index=index, size=wanted)
        return self._join(merkle.inclusion_path(index, wanted))

    def consistency(self, old_size: int, new_size: int | None = None) -> list[bytes]:
        """Return the proof that the tree of `new_size` begins with that of `old_size`.

        Raises UnknownEntry.
        """
        wanted = self.size if new_size is None else new_size
        self._require_size(wanted)
        if not 0 <= old_size <= wanted:
            raise UnknownEntry("tree_size", wanted=old_size, size=wanted)
        return self._join(merkle.consistency_path(old_size, wanted))

    def entry(self, index: int) -> bytes:
        """Return an entry's bytes. Raises UnknownEntry."""
        if not 0 <= index < self.size:
            raise UnknownEntry("entry_index", index=index, size=self.size)
        return next(self.entries(index, index + 1))

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes of the entries [start, stop).

        Raises LogInconsistent for a hole, and for what somebody wrote there that is not bytes.
        """
        count = 0
        for data in self._store.data(start, stop):
            if not isinstance(data, bytes):
                raise LogInconsistent("entry_not_bytes", origin=self.origin, index=start + count)
            yield data
            count += 1
        if count != stop - start:
            raise LogInconsistent("entry_missing", origin=self.origin, index=start + count)

    def index_of(self, digest: bytes) -> int:
        """Return the index of the entry with this digest. Raises UnknownEntry."""
        index = self._store.find(digest)
        if index is None:
            raise UnknownEntry("entry_digest_unknown")
        return index

    def _require_size(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise UnknownEntry("tree_size", wanted=size, size=self.size)

    def _read(self, nodes: Sequence[Node]) -> list[bytes]:
        """Return the hashes of these subtrees in order."""
        found = self._store.hashes(nodes) if nodes else {}
        missing = [node for node in nodes if node not in found]
        for level, index in missing:
            raise LogInconsistent("node_missing", origin=self.origin, level=level, index=index)
        for level, index in nodes:
            if not isinstance(found[level, index], bytes):
                raise LogInconsistent("node_altered", origin=self.origin, level=level, index=index)
        return [found[node] for node in nodes]

    def _join(self, path: Sequence[Sequence[Node]]) -> list[bytes]:
        """Return the hash of each cover on a path; all their subtrees are read at once."""
        hashes = iter(self._read([node for nodes in path for node in nodes]))
        return [merkle.join([next(hashes) for _ in nodes]) for nodes in path]


@dataclass(slots=True)
class MemoryStore:
    """A store for tests and for replaying an export."""

    state: State = field(default_factory=State)
    rows: list[Row] = field(default_factory=list)
    nodes: dict[Node, bytes] = field(default_factory=dict)
    indexes: dict[bytes, int] = field(default_factory=dict)

    def extend(self, state: State, rows: Sequence[Row], nodes: Mapping[Node, bytes]) -> None:
        """Add rows and nodes."""
        if rows[0].index != len(self.rows):
            raise LogMoved("log_moved")
        fresh = {row.digest: row.index for row in rows}
        if len(fresh) != len(rows) or fresh.keys() & self.indexes.keys():
            raise InvalidEntry("entry_duplicate")
        self.indexes |= fresh
        self.rows += rows
        self.nodes.update(nodes)
        self.nodes.update({(0, row.index): row.leaf for row in rows})
        self.state = state

    def hashes(self, wanted: Collection[Node]) -> Mapping[Node, bytes]:
        """Return the stored hashes among `wanted`."""
        return {node: self.nodes[node] for node in wanted if node in self.nodes}

    def data(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes of the entries [start, stop) that are there."""
        return (row.data for row in self.rows[start:stop])

    def find(self, digest: bytes) -> int | None:
        """Return the index of the entry with this digest."""
        return self.indexes.get(digest)
