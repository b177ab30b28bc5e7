"""What stands in the tree: every file of ours, without what is installed, cached or kept."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = ("crypto", "identity", "ledger", "services")
ROOMS = (*HOUSE, "contracts", "scripts", "bench")
PLACES = (*ROOMS, "tests", "docs", "samples", ".ci")
NOT_OURS = {"node_modules", "__pycache__", "out", "cache", "results.json"}


@cache
def files() -> tuple[Path, ...]:
    """Every file, relative to the root, sorted."""
    at_top = [path for path in ROOT.iterdir() if path.is_file()]
    below = [path for place in PLACES for path in (ROOT / place).rglob("*") if path.is_file()]
    ours = (path.relative_to(ROOT) for path in (*at_top, *below))
    return tuple(
        sorted(
            path
            for path in ours
            if not NOT_OURS & set(path.parts) and not path.name.startswith(".coverage")
        )
    )


def python(*places: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file in the given folders, parsed."""
    for path in files():
        if path.suffix == ".py" and path.parts[0] in places:
            yield path, ast.parse((ROOT / path).read_text("utf-8"))


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that is UTF-8 text, with its text."""
    for path in files():
        try:
            yield path, (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
