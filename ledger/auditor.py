"""The auditor: does the chain's history of a log agree with the log that we were shown?

Input      the anchor events of one log, oldest first, from a chain of the auditor's own choice;
           checkpoints whose signatures were verified; and the log, read after them
Method     every entry is read and hashed again, and every anchored or signed root computed from
           that; then the log must prove, from its stored hashes, that each head begins with the
           one before
Outcome    consistent; inconsistent: somebody altered, dropped or reordered something;
           undetermined: no outside witness says anything about this log yet
Memory     O(log n) hashes: the entries pass by once

The report names everything that is wrong and not only the first. It knows nothing of entries
beyond the last anchor: `lag` counts them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ledger import entry as entries
from ledger import log as logs
from ledger import merkle
from ledger.checkpoint import Checkpoint
from ledger.errors import InvalidEntry, InvalidProof, LogClosed, LogInconsistent, Param
from ledger.log import Log


class Event(Protocol):
    """What of an anchor event matters here; ledger.chain.AnchorEvent is one."""

    @property
    def log_id(self) -> bytes:
        """Return the log that was anchored."""
        ...

    @property
    def seq(self) -> int:
        """Return the anchor's number, from 1."""
        ...

    @property
    def size(self) -> int:
        """Return the tree's size."""
        ...

    @property
    def root(self) -> bytes:
        """Return the tree's root."""
        ...


class Outcome(StrEnum):
    """What an audit found."""

    CONSISTENT = "consistent"
    INCONSISTENT = "inconsistent"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: event_log, event_seq, event_size, checkpoint_log, log_short,
    root_differs, proof_broken, or the code of the error that an entry raised.
    """

    code: str
    params: Mapping[str, Param]


@dataclass(frozen=True, slots=True)
class Report:
    """What was audited and what is wrong with it."""

    origin: str
    size: int
    anchors: int
    anchored_size: int
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Return the outcome."""
        if self.findings:
            return Outcome.INCONSISTENT
        return Outcome.CONSISTENT if self.anchors else Outcome.UNDETERMINED

    @property
    def lag(self) -> int:
        """Return how many entries no anchor covers yet."""
        return max(self.size - self.anchored_size, 0)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A root that somebody stated: the chain, by anchor number, or the node, by a checkpoint."""

    size: int
    root: bytes
    seq: int | None

    def finding(self, code: str) -> Finding:
        return Finding(code, {"size": self.size, "seq": self.seq})


def audit(events: Iterable[Event], log: Log, *, checkpoints: Iterable[Checkpoint] = ()) -> Report:
    """Replay the events, and the checkpoints if there are any, against the log."""
    anchors = list(events)
    findings = [*_check_events(anchors, log)]
    claims = [_Claim(each.size, each.root, each.seq) for each in anchors]
    for checkpoint in checkpoints:
        if checkpoint.origin == log.origin:
            claims.append(_Claim(checkpoint.size, checkpoint.root, None))
        else:
            findings.append(Finding("checkpoint_log", {"size": checkpoint.size}))
    findings += (each.finding("log_short") for each in claims if each.size > log.size)
    within = [each for each in claims if each.size <= log.size]
    roots, wrong = _replay(log, {each.size for each in within} | {log.size})
    findings += wrong
    findings += (
        each.finding("root_differs")
        for each in within
        if each.size in roots and roots[each.size] != each.root
    )
    findings += _check_proofs(log, roots)
    size = max((each.size for each in anchors), default=0)
    return Report(log.origin, log.size, len(anchors), size, tuple(findings))


def _check_events(events: Sequence[Event], log: Log) -> Iterator[Finding]:
    """Anchors are numbered without a gap and each is larger than the one before."""
    size = 0
    for expected, event in enumerate(events, start=1):
        facts: dict[str, Param] = {"seq": event.seq, "size": event.size}
        if event.log_id != log.log_id:
            yield Finding("event_log", facts)
        if event.seq != expected:
            yield Finding("event_seq", {**facts, "expected": expected})
        if event.size <= size:
            yield Finding("event_size", {**facts, "before": size})
        size = event.size


def _replay(log: Log, sizes: set[int]) -> tuple[dict[int, bytes], list[Finding]]:
    """Hash every entry; return the roots at these sizes, and what is wrong with entries."""
    tree, state = merkle.Tree(), logs.State()
    roots = {0: tree.root()} if 0 in sizes else {}
    findings = []
    try:
        for index, data in enumerate(log.entries(0, log.size)):
            try:
                state = logs.admit(state, entries.decode(data), log.origin)
            except (InvalidEntry, LogClosed) as error:
                findings.append(Finding(error.code, {"index": index}))
            tree.append(merkle.leaf_hash(data))
            if tree.size in sizes:
                roots[tree.size] = tree.root()
    except LogInconsistent as error:  # a hole: nothing behind it can be computed
        findings.append(Finding(error.code, {"index": tree.size}))
    return roots, findings


def _check_proofs(log: Log, roots: Mapping[int, bytes]) -> Iterator[Finding]:
    """The stored hashes must lead from each computed root to the next."""
    sizes = sorted(roots)
    for old, new in zip([0, *sizes], sizes, strict=False):
        try:
            if log.root(new) != roots[new]:
                raise InvalidProof("proof_root")
            merkle.verify_consistency(
                old_size=old,
                new_size=new,
                old_root=roots.get(old, merkle.root([])),
                new_root=roots[new],
                proof=log.consistency(old, new),
            )
        except (InvalidProof, LogInconsistent):
            yield Finding("proof_broken", {"old_size": old, "size": new})
