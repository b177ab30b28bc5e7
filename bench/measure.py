"""How something is measured, and what is kept of it.

CPU        process time of all threads, which is what a busy machine hardly changes; wall beside it
Compared   subjects take turns in rounds, and a ratio is the median of the rounds' ratios: only
           what ran in the same minute on the same machine may be compared
Memory     the largest resident set of the process so far, in MiB
"""

import os
import platform
import resource
import ssl
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

SLICE_SECONDS = 0.03
"""How long a subject runs in one round."""

MOST_CALLS = 2_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the table: CPU and wall time of one item, in microseconds."""

    group: str
    name: str
    items: int
    cpu_us: float
    wall_us: float
    ratio: float | None = None
    """How many times the CPU time of `against`."""
    against: str = ""
    facts: dict[str, float] = field(default_factory=dict)
    """Other numbers: bytes, MiB."""


@dataclass(slots=True)
class Watch:
    """What passed while the block ran, in seconds."""

    cpu: float = 0.0
    wall: float = 0.0

    def of(self, group: str, name: str, items: int, **facts: float) -> Measured:
        """Return the line for so many items."""
        cpu, wall = self.cpu / items * 1e6, self.wall / items * 1e6
        return Measured(group, name, items, cpu, wall, facts=facts)


@contextmanager
def watch() -> Iterator[Watch]:
    """Measure a block; a watch that is entered again goes on."""
    passed = Watch()
    with running(passed):
        yield passed


@contextmanager
def running(passed: Watch) -> Iterator[None]:
    """Add a block's time to a watch."""
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        yield
    finally:
        passed.cpu += time.process_time() - cpu
        passed.wall += time.perf_counter() - wall


def compare(
    group: str,
    subjects: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    against: str,
) -> list[Measured]:
    """Run the subjects in turns; return a line for each, with its ratio to one of them."""
    calls = {name: _calls(subject) for name, subject in subjects.items()}
    cpu: dict[str, list[float]] = {name: [] for name in subjects}
    wall: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            with watch() as passed:
                for _ in range(calls[name]):
                    subject()
            cpu[name].append(passed.cpu / calls[name] * 1e6)
            wall[name].append(passed.wall / calls[name] * 1e6)
    return [
        Measured(
            group=group,
            name=name,
            items=calls[name] * rounds,
            cpu_us=statistics.median(cpu[name]),
            wall_us=statistics.median(wall[name]),
            ratio=statistics.median(a / b for a, b in zip(cpu[name], cpu[against], strict=True)),
            against=against,
        )
        for name in subjects
    ]


def memory() -> float:
    """Return the largest resident set so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def machine() -> dict[str, str | int | float]:
    """Return what the numbers depend on."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "load": round(os.getloadavg()[0], 2),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
    }


def as_json(measured: Measured) -> dict[str, object]:
    """Return a line for the file, with as many digits as mean something."""
    rounded = {
        key: float(f"{value:.4g}") if isinstance(value, float) else value
        for key, value in asdict(measured).items()
    }
    return {key: value for key, value in rounded.items() if value not in (None, "", {})}


def _calls(subject: Callable[[], object]) -> int:
    """Return how many calls fill a slice; what is made at the first call is made now."""
    subject()
    with watch() as passed:
        subject()
    return max(1, min(MOST_CALLS, int(SLICE_SECONDS / max(passed.wall, 1e-6))))


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
