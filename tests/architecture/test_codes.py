"""Whatever a person may be told has a text in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.platform import errors, texts

ROOT = Path(__file__).parents[2]
KINDS = {name for name, value in vars(errors).items() if isinstance(value, type)} | {"LostLease"}
SLICES = sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir())


def codes(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield place and code of each error of a kind that is made with a literal code."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            first = node.args[0] if node.args else None
            if node.func.id in KINDS and isinstance(first, ast.Constant):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", str(first.value)


@pytest.mark.parametrize("name", SLICES)
def test_every_code_has_a_text(name: str) -> None:
    missing = [
        f"{place} {code}"
        for place, code in codes(ROOT / "services" / name)
        if texts.domain_of(code) is None
    ]
    assert not missing, "add the codes to a catalogue of services/platform/locale"
