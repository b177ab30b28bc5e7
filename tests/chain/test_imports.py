"""What loading the driver does to the process, and what loading the rest does not."""

import subprocess
import sys

import pytest

from tests.chain.nodes import ROOT


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "module", ["ledger.chains.live", "ledger.chains.local", "ledger.chains.anvil", "ledger.anchor"]
)
def test_only_one_file_loads_the_chain_library(module: str) -> None:
    script = f"import sys, {module}; print([m for m in sys.modules if m.startswith('web3')])"
    assert run(script) == "[]"


def test_nested_json_is_an_error_and_not_the_end_of_the_process() -> None:
    script = """
import json, ledger.chains.evm
try:
    json.loads("[" * 100_000)
except RecursionError:
    print("refused")
"""
    assert run(script) == "refused"
