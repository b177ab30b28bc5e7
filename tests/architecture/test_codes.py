"""Whatever a person may be told has a text in both languages, and the facts that it names."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crypto import errors as crypto_errors
from identity import errors as identity_errors
from ledger import errors as ledger_errors
from services.platform import errors, texts
from services.web import http_errors

ROOT = Path(__file__).parents[2]
KINDS = {name for name, value in vars(errors).items() if isinstance(value, type)} | {"LostLease"}
SLICES = sorted(path.name for path in (ROOT / "services").iterdir() if path.is_dir())
LOWER = {"crypto": crypto_errors, "identity": identity_errors, "ledger": ledger_errors}


@pytest.fixture(autouse=True)
def strict_texts() -> Iterator[None]:
    texts.require_all(True)
    yield
    texts.require_all(False)


@dataclass(frozen=True)
class Raised:
    """An error that is made with a literal code, and the facts that it is given."""

    place: str
    kind: str
    code: str
    facts: dict[str, str]


def raised(folder: Path, kinds: set[str] = KINDS) -> Iterator[Raised]:
    for path in sorted(folder.rglob("*.py")):
        yield from raised_in(path, kinds)


def raised_in(path: Path, kinds: set[str]) -> Iterator[Raised]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        first = node.args[0] if node.args else None
        if node.func.id in kinds and isinstance(first, ast.Constant):
            facts = {keyword.arg: "x" for keyword in node.keywords if keyword.arg}
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            yield Raised(place, node.func.id, str(first.value), facts)


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


def test_every_code_of_the_composition_roots_has_a_text() -> None:
    for path in sorted((ROOT / "services").glob("*.py")):
        for each in raised_in(path, KINDS):
            assert texts.domain_of(each.code) is not None, each.place


@pytest.mark.parametrize("name", sorted(LOWER))
def test_every_error_of_the_lower_folders_can_be_told(name: str) -> None:
    """By a text of its own, or by that of its kind; with the facts that it is raised with."""
    classes = {kind: value for kind, value in vars(LOWER[name]).items() if isinstance(value, type)}
    told = 0
    for each in raised(ROOT / name, set(classes)):
        problem = http_errors.problem_of(classes[each.kind](each.code, **each.facts))
        chinese, english = (problem.members(lang)["detail"] for lang in texts.LANGUAGES)
        assert chinese != english, each.place
        told += 1
    assert told > 20
