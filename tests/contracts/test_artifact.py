"""What the node deploys is what the sources say, and what was installed is what was locked."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from contracts import compile as compiler
from tests.chain.nodes import ROOT

CONTRACTS = ROOT / "contracts"


def test_the_artifact_is_of_these_sources_and_settings() -> None:
    artifact = json.loads(compiler.ARTIFACT.read_text("utf-8"))
    assert artifact["sourceSm3"] == compiler.source_digests()
    assert artifact["settings"] == compiler.SETTINGS
    assert artifact["settings"]["evmVersion"] == "paris"


def test_the_runtime_code_stands_in_the_deployed_code() -> None:
    artifact = json.loads(compiler.ARTIFACT.read_text("utf-8"))
    assert artifact["deployedBytecode"][2:] in artifact["bytecode"]


def test_everything_in_the_interface_is_documented() -> None:
    lines = (CONTRACTS / "src" / "IAnchorRegistry.sol").read_text("utf-8").splitlines()
    for before, line in pairwise(lines):
        if line.strip().startswith(("function ", "event ", "error ", "struct ")):
            assert before.strip().startswith("///"), line


@pytest.mark.parametrize("name", ["package-lock.json", "package.json", ".npmrc"])
def test_no_file_names_where_packages_come_from(name: str) -> None:
    text = (CONTRACTS / name).read_text("utf-8")
    assert "://" not in text
    assert '"resolved"' not in text


def test_every_package_is_pinned_by_digest() -> None:
    lock = json.loads((CONTRACTS / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_no_package_runs_anything_when_it_is_installed() -> None:
    assert "ignore-scripts=true" in (CONTRACTS / ".npmrc").read_text("utf-8").splitlines()


@pytest.mark.component
def test_the_sources_compile_to_the_artifact(node_js: str, packages: Path) -> None:
    assert json.loads(compiler.ARTIFACT.read_text("utf-8")) == compiler.artifact(node_js)
