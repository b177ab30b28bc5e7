"""`make bench`: how fast this is here; a table on stdout, everything in bench/results.json.

    python -m bench               some five minutes
    python -m bench --large       40,000 certificates, a log of a million entries
    python -m bench --tiny        only whether it runs
    python -m bench --only NAME   one part: primitives, two_party, tree, issuing, paper, postgres

What the numbers mean: docs/performance.md.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from bench import (
    importing,
    issuing,
    measure,
    paper,
    primitives,
    school,
    table,
    tree,
    two_party,
    verifying,
)
from bench.measure import Measured
from tests.postgres import PostgresUnavailable
from tests.postgres import running as running_postgres

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    rounds: int
    entries: int
    certificates: int
    papers: int
    rows: int = school.MOST_PUPILS
    signatures: int = 10_000
    by_command: int = 200


NORMAL = Sizes(rounds=15, entries=100_000, certificates=2_000, papers=10_000)
LARGE = Sizes(rounds=30, entries=1_000_000, certificates=40_000, papers=10_000, by_command=10_000)
TINY = Sizes(rounds=1, entries=20, certificates=10, papers=10, rows=20, signatures=10, by_command=2)

Part = Callable[[Path, Sizes], Iterator[Measured]]


def _primitives(_: Path, sizes: Sizes) -> Iterator[Measured]:
    yield from primitives.run(sizes.rounds)


def _two_party(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    yield from two_party.run(folder, sizes.signatures, sizes.by_command)


def _tree(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    yield from tree.run(folder, sizes.entries)


def _issuing(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    with school.opened(folder, None) as node:
        yield from importing.run(node, sizes.rows)
        yield from issuing.run(node, sizes.certificates, "SQLite")
        yield from verifying.run(node, folder, sizes.rounds)


def _paper(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    with school.opened(folder, None) as node:
        yield from paper.run(node, sizes.papers)


def _postgres(folder: Path, sizes: Sizes) -> Iterator[Measured]:
    try:
        with (
            running_postgres() as server,
            school.opened(folder, server.url(server.create())) as node,
        ):
            yield from issuing.run(node, sizes.certificates, "PostgreSQL")
    except PostgresUnavailable as error:
        print(f"PostgreSQL left out: {error}", file=sys.stderr)


PARTS: dict[str, Part] = {
    "primitives": _primitives,
    "two_party": _two_party,
    "tree": _tree,
    "issuing": _issuing,
    "paper": _paper,
    "postgres": _postgres,
}


@click.command()
@click.option("--large", "sizes", flag_value=LARGE, help="Sizes of a real year.")
@click.option("--tiny", "sizes", flag_value=TINY, help="Only whether it runs.")
@click.option("--only", "chosen", multiple=True, type=click.Choice(list(PARTS)))
@click.option("--output", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def main(sizes: Sizes | None, chosen: Sequence[str], output: Path) -> None:
    """Measure, print a table, write the results."""
    started = datetime.now(UTC)
    machine = measure.machine()
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    results: list[Measured] = []
    for name in chosen or PARTS:
        with tempfile.TemporaryDirectory(prefix="kexin-bench-") as folder:
            found = list(PARTS[name](Path(folder), sizes or NORMAL))
        print("\n".join(table.lines(found)), flush=True)
        results += found
    seconds = (datetime.now(UTC) - started).total_seconds()
    print(f"\n{seconds:.0f} s; the load of the machine was {measure.machine()['load']} at the end")
    content = {
        "machine": machine,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "measured": [measure.as_json(each) for each in results],
    }
    output.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
