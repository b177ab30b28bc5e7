"""The import contracts bite: each is tried against imports that it must refuse.

The four folders are copied, imports are planted in the copy, and lint-imports is run there. A
planted import counts as caught only where the contract's own part of the output names it.
"""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("crypto", "identity", "ledger", "services")
CONTRACTS: dict[str, Any] = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
}
EXHAUSTIVE = sorted(name for name, each in CONTRACTS.items() if each.get("exhaustive"))

# For each contract that is not the order of one container: who must not import what.
FORBIDDEN = {
    "folders": {
        "crypto.errors": ["ledger.errors", "identity.errors", "services.platform.errors"],
        "identity.errors": ["ledger.errors", "services.platform.errors"],
        "ledger.errors": ["identity.errors", "services.platform.errors"],
    },
    "evidence-is-light": {
        "services.evidence.errors": ["sqlalchemy", "fastapi", "web3", "pydantic_settings"],
        "services.platform.texts": ["psycopg", "pydantic"],
        "services.evidence.checks.log": ["services.platform.db", "services.platform.settings"],
        "services.evidence.reading": ["services.web.i18n"],
    },
    "lower-folders": {
        "crypto.errors": ["fastapi"],
        "identity.errors": ["pydantic_settings"],
        "ledger.errors": ["click"],
    },
    "cryptography": {
        "identity.errors": ["cryptography"],
        "ledger.errors": ["cryptography"],
        "services.platform.errors": ["cryptography", "rfc8785"],
    },
    "sqlalchemy": {
        "crypto.errors": ["sqlalchemy"],
        "identity.errors": ["sqlalchemy"],
        "ledger.log": ["sqlalchemy"],
        "services.platform.work": ["sqlalchemy"],
        "services.honours.issue": ["sqlalchemy", "psycopg"],
        "services.evidence.errors": ["alembic"],
    },
    "web3": {
        "ledger.anchor": ["web3"],
        "ledger.chains.rpc": ["eth_account"],
        "services.anchoring.anchors": ["web3"],
    },
    "fastapi": {
        "ledger.errors": ["starlette"],
        "services.honours.queries": ["fastapi"],
        "services.platform.errors": ["starlette"],
        "services.commands.node": ["fastapi"],
        "services.accounts.operators": ["jinja2"],
    },
    "click": {
        "ledger.errors": ["click"],
        "services.honours.issue": ["click"],
        "services.platform.jobs.runner": ["uvicorn"],
    },
}


@dataclass(frozen=True)
class Tree:
    """A copy of the source, and what import-linter says of it."""

    root: Path

    def plant(self, importer: str, imported: str) -> None:
        path = self.root.joinpath(*importer.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        assert path.exists(), f"{importer} is no longer there: plant somewhere else"
        with path.open("a", encoding="utf-8") as source:
            source.write(f"\nimport {imported}\n")

    def said(self, contract: str) -> str:
        command = Path(sys.executable).with_name("lint-imports")
        done = subprocess.run(
            [command, "--no-cache", "--no-logo", "--contract", contract],
            cwd=self.root,
            env={"COLUMNS": "500", "NO_COLOR": "1", "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr
        kept = done.returncode == 0
        assert ("1 kept, 0 broken" in done.stdout) == kept, done.stdout
        return "" if kept else done.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    for folder in FOLDERS:
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return Tree(tmp_path)


def rows(contract: Mapping[str, Any]) -> list[list[str]]:
    """The layers of a contract, top first, each with its modules."""
    return [[name.strip(" ()") for name in layer.split("|")] for layer in contract["layers"]]


def test_every_contract_is_tried() -> None:
    assert set(CONTRACTS) == set(FORBIDDEN) | set(EXHAUSTIVE)


def test_every_container_has_a_contract() -> None:
    containers = {CONTRACTS[name]["containers"][0] for name in EXHAUSTIVE}
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("__init__.py")
        if len(list(path.parent.glob("*.py"))) > 1
    }
    packages -= {"services.migrations.versions"}  # a chain of its own: alembic keeps its order
    assert packages <= containers, "a package without an order: add an exhaustive contract"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_a_forbidden_import_is_caught(name: str, tree: Tree) -> None:
    assert tree.said(name) == ""
    for importer, every in FORBIDDEN[name].items():
        for imported in every:
            tree.plant(importer, imported)
    said = tree.said(name)
    for importer, every in FORBIDDEN[name].items():
        for imported in every:
            assert f"{importer} -> {imported}" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", EXHAUSTIVE)
def test_an_import_upwards_or_across_is_caught(name: str, tree: Tree) -> None:
    assert tree.said(name) == ""
    container = CONTRACTS[name]["containers"][0]
    folder = tree.root.joinpath(*container.split("."))
    there = [
        [
            module
            for module in row
            if (folder / module).is_dir() or (folder / f"{module}.py").exists()
        ]
        for row in rows(CONTRACTS[name])
    ]
    planted = [
        (f"{container}.{row[0]}", f"{container}.{above}")
        for above, row in zip(
            (row[0] for row in there if row), [row for row in there if row][1:], strict=False
        )
    ]
    planted += [(f"{container}.{row[0]}", f"{container}.{row[1]}") for row in there if row[1:]]
    for importer, imported in planted:
        tree.plant(importer, imported)
    said = tree.said(name)
    for importer, imported in planted:
        assert f"{importer} -> {imported}" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", EXHAUSTIVE)
def test_a_module_that_nobody_placed_is_caught(name: str, tree: Tree) -> None:
    container = CONTRACTS[name]["containers"][0]
    newcomer = tree.root.joinpath(*container.split("."), "newcomer.py")
    newcomer.write_text('"""Nobody placed me."""\n', "utf-8")
    assert f"{container}.newcomer" in tree.said(name)
