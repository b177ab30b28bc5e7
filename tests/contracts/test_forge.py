"""forge's own tests of the contract: cases, fuzzing, and what each call costs."""

import json
import subprocess
from pathlib import Path

import pytest

from contracts import compile as compiler
from tests.chain.nodes import ROOT

pytestmark = pytest.mark.component

CONTRACTS = ROOT / "contracts"


def forge(environment: dict[str, str], out: Path, *arguments: str) -> str:
    """Run forge with its output in `out`; return what it says."""
    places = {"FOUNDRY_OUT": str(out / "out"), "FOUNDRY_CACHE_PATH": str(out / "cache")}
    done = subprocess.run(
        [str(CONTRACTS / "bin" / "forge"), *arguments],
        env=environment | places | {"FORGE_SNAPSHOT_CHECK": "true"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_cases_fuzzing_and_gas(tool_environment: dict[str, str], tmp_path: Path) -> None:
    said = forge(tool_environment, tmp_path, "test")
    assert " 0 failed" in said
    assert "(runs: 1000," in said
    # Another compiler driver, the same bytes.
    built = json.loads((tmp_path / "out/AnchorRegistry.sol/AnchorRegistry.json").read_text("utf-8"))
    artifact = json.loads(compiler.ARTIFACT.read_text("utf-8"))
    assert built["bytecode"]["object"] == artifact["bytecode"]
    assert built["deployedBytecode"]["object"] == artifact["deployedBytecode"]


def test_the_sources_are_formatted(tool_environment: dict[str, str], tmp_path: Path) -> None:
    forge(tool_environment, tmp_path, "fmt", "--check")
