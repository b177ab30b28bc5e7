"""Certificates as signed PDFs: bundle with a fresh status, page with QR, attachment, signature.

The issue's limit is 90 CPU-seconds for ten thousand on a free machine, and memory that does not
grow. A busy machine is slower at everything, so each chunk stands beside bare SM2 signatures of
the same second: two of a certificate's milliseconds are three signatures and their checks.
"""

import statistics
from dataclasses import replace
from itertools import islice

from bench import school
from bench.issuing import BARE, PAIRS
from bench.measure import Measured, Watch, memory, running, watch
from bench.school import MOST_PUPILS, SCHOOL
from crypto import sm2
from services.honours import drafting, queries
from services.honours.paper import service
from tests.services.honours import books
from tests.services.nodes import Node

CHUNK = 100


def run(node: Node, count: int) -> list[Measured]:
    """Issue `count` certificates and make all their files."""
    for start in range(0, count, MOST_PUPILS):
        _approve(node, start, min(start + MOST_PUPILS, count))
    node.work()
    passed, grown = Watch(), 0.0
    ratios: list[float] = []
    sizes: list[int] = []
    for batch_id in _batches(node):
        files = service.files_of(node.runtime, batch_id)
        while True:
            before = replace(passed)
            with running(passed):
                made = [len(file.data) for file in islice(files, CHUNK)]
            if not made:
                break
            if not sizes:
                grown = -memory()  # the first chunk loads fonts and fills caches
            sizes += made
            ratios.append((passed.cpu - before.cpu) / len(made) / _bare())
    group = f"paper {count:,}"
    line = passed.of(group, "signed PDF", len(sizes), bytes=max(sizes), grown_mib=grown + memory())
    return [replace(line, ratio=statistics.median(ratios), against=BARE)]


def _approve(node: Node, start: int, stop: int) -> None:
    actor = node.operator(f"{SCHOOL}-preparer")
    data = books.csv(school.roster(start, stop))
    batch_id, report = drafting.draft(node.runtime, actor, node.order(), data, "roster.csv")
    assert batch_id is not None, report.problems[:1]
    node.approve(batch_id)


def _batches(node: Node) -> list[str]:
    with node.runtime.reading() as work:
        found = queries.batches(work.session, [node.ids[SCHOOL]], limit=100)
    return [str(row["id"]) for row in found]


def _bare() -> float:
    """Return the CPU seconds of one bare signature with its check, now."""
    private = sm2.generate()
    with watch() as bare:
        for _ in range(PAIRS):
            sm2.verify_e(private.public, bytes(32), sm2.sign_e(private, bytes(32)))
    return bare.cpu / PAIRS
