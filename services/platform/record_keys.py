"""A key of its own for each record that may have to be forgotten, and the journal of forgetting.

A record's disclosures, salts and files are sealed under its own 16-byte SM4 key. The key stands
in the table record_key, wrapped under the node's key and bound to the record's id. Destroying
the key forgets the record: the log's entries and everybody else's proofs stay as they are.

A restored backup brings destroyed keys back, so every destruction is also a line of the forget
journal, a file outside the database that is only ever appended to (`services.platform.forgotten`).
`replay` at the start of every process destroys again what the journal names, and writes down
what the journal misses because a process died between its commit and the line.

Errors   NotFound record_forgotten, record_key_unknown; those of the journal
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from crypto.entropy import Random
from services.platform import queries
from services.platform.db import Session
from services.platform.errors import NotFound
from services.platform.forgotten import Journal
from services.platform.protect import Protect
from services.platform.work import Runtime, Work

KEY_SIZE = 16
_TENANT = "node"


@dataclass(frozen=True, slots=True)
class NewKeys:
    """Keys by record, open and wrapped, before they are stored."""

    keys: dict[str, bytes] = field(repr=False)
    wrapped: Mapping[str, bytes] = field(repr=False)


class RecordKeys:
    """Makes, opens and destroys the keys of single records."""

    def __init__(self, protect: Protect, journal: Journal) -> None:
        self._protect = protect
        self._journal = journal

    @classmethod
    def of(cls, runtime: Runtime) -> Self:
        """Return the record keys of a process's node."""
        journal = Journal(runtime.settings.forget_journal, runtime.protect)
        return cls(runtime.protect, journal)

    def create(self, work: Work, record_ids: Sequence[str]) -> dict[str, bytes]:
        """Make a key for each record, store it wrapped, and return the keys by record."""
        made = self.make(record_ids, work.random)
        self.store(work, made)
        return made.keys

    def make(self, record_ids: Sequence[str], random: Random) -> "NewKeys":
        """Make a key for each record and wrap it: the slow half, outside any transaction."""
        keys = {record_id: random(KEY_SIZE) for record_id in record_ids}
        return NewKeys(keys, {name: self._wrap(name, key) for name, key in keys.items()})

    def store(self, work: Work, made: "NewKeys") -> None:
        """Store new keys."""
        if made.wrapped:
            queries.add_record_keys(work.session, list(made.wrapped.items()), now=work.now)

    def open(self, session: Session, record_id: str) -> bytes:
        """Return the record's key. Raises NotFound."""
        return self.open_many(session, [record_id])[record_id]

    def open_many(self, session: Session, record_ids: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys of records that all have one. Raises NotFound."""
        found = self.open_existing(session, record_ids)
        for record_id in record_ids:
            if record_id not in found:
                raise NotFound("record_key_unknown")
        for key in found.values():
            if key is None:
                raise NotFound("record_forgotten")
        return {record_id: key for record_id, key in found.items() if key is not None}

    def open_kept(self, session: Session, record_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the keys of those of these records that still have theirs."""
        found = self.open_existing(session, record_ids)
        return {record_id: key for record_id, key in found.items() if key is not None}

    def open_existing(
        self, session: Session, record_ids: Sequence[str]
    ) -> Mapping[str, bytes | None]:
        """Return the keys of the records we know; None for those that were forgotten."""
        found = queries.record_keys(session, record_ids)
        return {
            record_id: None if wrapped is None else self._unwrap(record_id, wrapped)
            for record_id, wrapped in found.items()
        }

    def destroy(self, work: Work, record_ids: Sequence[str]) -> int:
        """Forget records for good; return how many of them still had a key.

        The journal's line follows the commit: a line without its commit would forget, at the
        next start, what somebody decided to keep. A commit without its line is made good by
        `replay`.
        """
        gone = queries.destroy_record_keys(work.session, record_ids, now=work.now)
        work.after_commit(lambda: self._journal.append([(each, work.now) for each in gone]))
        return len(gone)

    def replay(self, work: Work) -> int:
        """Make database and journal agree; return how many keys had come back with a backup."""
        written = self._journal.read()
        returned = queries.destroy_record_keys(work.session, list(written), now=work.now)
        missed = [
            (record_id, at)
            for record_id, at in queries.destroyed_record_keys(work.session)
            if record_id not in written
        ]
        work.after_commit(lambda: self._journal.append(missed))
        return len(returned)

    def _wrap(self, record_id: str, key: bytes) -> bytes:
        return self._protect.seal(key, **_place(record_id))

    def _unwrap(self, record_id: str, wrapped: bytes) -> bytes:
        return self._protect.unseal(wrapped, **_place(record_id))


def _place(record_id: str) -> dict[str, str]:
    return {"tenant": _TENANT, "table": "record_key", "column": "wrapped", "key": record_id}
