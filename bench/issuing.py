"""From a roster to anchored certificates, as the commands and the worker do it.

Issuing is measured chunk by chunk, each beside bare SM2 signatures in the same second: the
floor is one signature and one verification a certificate, because nothing leaves unverified.
CPU is this process's: of PostgreSQL it is the client's share.
"""

import statistics
from dataclasses import dataclass, replace

from bench import school
from bench.measure import Measured, Watch, memory, running, watch
from bench.school import MOST_PUPILS, SCHOOL
from crypto import sm2
from services import process
from services.honours import approving, bundles, drafting, issue
from services.platform.jobs import queue
from services.platform.jobs.queue import Lease
from tests.services.honours import books
from tests.services.nodes import Node

PAIRS = 25
"""Bare signatures beside each chunk."""

BUNDLES = 100
BARE = "SM2 sign and verify, bare"


@dataclass(slots=True)
class Chunks:
    """CPU time a certificate of each chunk, and of a bare signature beside it."""

    passed: Watch
    certificates: list[float]
    bare: list[float]


def run(node: Node, count: int, database: str) -> list[Measured]:
    """Issue a class of `count` on a node; return what each step took a certificate."""
    group = f"issuing {count:,}, {database}"
    drafted, approved, chunks = Watch(), Watch(), Chunks(Watch(), [], [])
    for start in range(0, count, MOST_PUPILS):
        data = books.csv(school.roster(start, min(start + MOST_PUPILS, count)))
        with running(drafted):
            batch_id = _draft(node, data)
        with running(approved):
            node.approve(batch_id)
    process.settle()  # as a worker does
    before = memory()
    while _issue(node, chunks):
        pass
    grown = memory() - before
    with watch() as anchored:
        node.work()
    return [
        drafted.of(group, "import and draft", count),
        approved.of(group, "approve", count),
        *_issued(group, count, chunks, grown),
        anchored.of(group, "checkpoint, anchor, release", count),
        _bundles(node, group),
    ]


def _draft(node: Node, data: bytes) -> str:
    actor = node.operator(f"{SCHOOL}-preparer")
    batch_id, report = drafting.draft(node.runtime, actor, node.order(), data, "roster.csv")
    assert batch_id is not None, report.problems[:1]
    return batch_id


def _issue(node: Node, chunks: Chunks) -> bool:
    """Issue the batch that waits longest; return whether there was one."""
    with node.runtime.writing() as work:
        lease = queue.claim(work, owner="bench", kinds=[approving.JOB])
    if lease is None:
        return False
    private = sm2.generate()
    while not lease.ended:
        before = replace(chunks.passed)
        lease, done = _step(node, lease, chunks.passed)
        if not done:
            continue
        chunks.certificates.append((chunks.passed.cpu - before.cpu) / done)
        with watch() as bare:
            for _ in range(PAIRS):
                sm2.verify_e(private.public, bytes(32), sm2.sign_e(private, bytes(32)))
        chunks.bare.append(bare.cpu / PAIRS)
    return True


def _step(node: Node, lease: Lease, passed: Watch) -> tuple[Lease, int]:
    with running(passed):
        moved = issue.run(node.runtime, lease)
    return moved, 0 if moved.ended else moved.done - lease.done


def _issued(group: str, count: int, chunks: Chunks, grown: float) -> list[Measured]:
    facts = {"least_us": min(chunks.certificates) * 1e6, "grown_mib": grown, "peak_mib": memory()}
    line = chunks.passed.of(group, "issue", count, **facts)
    ratio = statistics.median(
        one / bare for one, bare in zip(chunks.certificates, chunks.bare, strict=True)
    )
    bare = statistics.median(chunks.bare) * 1e6
    return [
        Measured(group, BARE, PAIRS * len(chunks.bare), bare, bare),
        replace(line, ratio=ratio, against=BARE),
    ]


def _bundles(node: Node, group: str) -> Measured:
    numbers = node.numbers()[:BUNDLES]
    with watch() as built:
        sizes = [len(bundles.of_number(node.runtime, number)) for number in numbers]
    return built.of(group, "bundle, with a fresh status", len(numbers), bytes=max(sizes))
