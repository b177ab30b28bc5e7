"""Whatever a person may be told has a text in both languages, and the facts that it names."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.platform import errors, texts

ROOT = Path(__file__).parents[2]
KINDS = {name for name, value in vars(errors).items() if isinstance(value, type)} | {"LostLease"}
SLICES = sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir())


@pytest.fixture(autouse=True)
def strict_texts() -> Iterator[None]:
    texts.require_all(True)
    yield
    texts.require_all(False)


@dataclass(frozen=True)
class Raised:
    """An error that is made with a literal code, and the facts that it is given."""

    place: str
    code: str
    facts: dict[str, str]


def raised(folder: Path) -> Iterator[Raised]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            first = node.args[0] if node.args else None
            if node.func.id in KINDS and isinstance(first, ast.Constant):
                facts = {keyword.arg: "x" for keyword in node.keywords if keyword.arg}
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield Raised(place, str(first.value), facts)


@pytest.mark.parametrize("name", SLICES)
def test_every_code_has_a_text(name: str) -> None:
    missing = [
        f"{each.place} {each.code}"
        for each in raised(ROOT / "services" / name)
        if texts.domain_of(each.code) is None
    ]
    assert not missing, "add the codes to a catalogue of services/platform/locale"


@pytest.mark.parametrize("name", SLICES)
def test_every_text_gets_the_facts_it_names(name: str) -> None:
    for each in raised(ROOT / "services" / name):
        if texts.domain_of(each.code) is not None:
            assert texts.explain(each.code, texts.EN, **each.facts), each.place
