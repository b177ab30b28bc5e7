"""The table for people."""

from collections.abc import Iterable

from bench.measure import Measured

UNITS = {
    "bytes": "B",
    "grown_mib": "MiB more",
    "hashes": "hashes",
    "least_us": "us in the quickest transaction",
    "peak_mib": "MiB at most",
}


def lines(measured: Iterable[Measured]) -> Iterable[str]:
    """Yield the table line by line: one block for each group."""
    group = ""
    for each in measured:
        if each.group != group:
            group = each.group
            yield ""
            yield f"{group:42}{'items':>8}{'CPU':>12}{'wall':>12}{'per CPU s':>12}   ratio"
        ratio = f"{each.ratio:8.2f} x {each.against}" if each.ratio and each.against else ""
        if each.name == each.against:
            ratio = ""
        facts = ", ".join(f"{value:,.0f} {UNITS[key]}" for key, value in each.facts.items())
        yield (
            f"  {each.name:40}{each.items:>8,}{_time(each.cpu_us):>12}{_time(each.wall_us):>12}"
            f"{1e6 / each.cpu_us:>12,.0f}{ratio}{'   ' + facts if facts else ''}"
        )


def _time(microseconds: float) -> str:
    if microseconds < 1_000:
        return f"{microseconds:.1f} us"
    if microseconds < 1_000_000:
        return f"{microseconds / 1_000:.2f} ms"
    return f"{microseconds / 1_000_000:.2f} s"
