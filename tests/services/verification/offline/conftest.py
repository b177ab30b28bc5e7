"""Node, the built page, and what its script answers when it is run without a page."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts import bundle_vectors, offline_page
from tests.contracts.conftest import node_js

__all__ = ["ask", "node_js", "packages", "run"]

HERE = Path(__file__).parent

Ask = Callable[[object], list[Any]]


@pytest.fixture(scope="session")
def packages() -> Path:
    """The packages that the page is built from."""
    folder = offline_page.FOLDER / "node_modules"
    if not (folder / "@noble" / "curves").exists():
        pytest.skip("no packages: run `npm ci` in services/verification/offline")
    return folder


@pytest.fixture(scope="session")
def ask(node_js: str) -> Ask:
    """Ask the script of the page as it is shipped; one answer a line."""

    def asked(question: object) -> list[Any]:
        script = str(HERE / "verify.mjs")
        command = [node_js, script, str(offline_page.PAGE), str(bundle_vectors.FOLDER)]
        return _lines(command, json.dumps(question))

    return asked


@pytest.fixture(scope="session")
def run(node_js: str, packages: Path) -> Callable[[Sequence[dict[str, Any]]], list[Any]]:
    """Ask the sources for what their primitives make of vectors."""

    def asked(questions: Sequence[dict[str, Any]]) -> list[Any]:
        lines = "\n".join(json.dumps(each) for each in questions)
        return _lines([node_js, str(HERE / "primitives.mjs")], lines)

    return asked


def _lines(command: list[str], given: str) -> list[Any]:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
