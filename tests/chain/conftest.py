"""Chains for the tests: `fresh_node` makes anvils, `node` is one with the contract on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chain.nodes import Deployed, Node, anvil_binary


@pytest.fixture(scope="session")
def binary() -> Path:
    found = anvil_binary()
    if found is None:
        pytest.skip("no anvil: run `npm ci` in contracts/")
    return found


@pytest.fixture(scope="session")
def deployed(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    folder = tmp_path_factory.mktemp("deployed")
    node = Node(binary, folder)
    node.start()
    try:
        return node.deploy(folder)
    finally:
        node.kill()


@pytest.fixture
def fresh_node(
    binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Node]]:
    """Return a maker of nodes that are not started yet."""
    made: list[Node] = []

    def make() -> Node:
        made.append(Node(binary, tmp_path_factory.mktemp("node")))
        return made[-1]

    yield make
    for node in made:
        node.kill()


@pytest.fixture
def node(fresh_node: Callable[[], Node], deployed: Deployed) -> Node:
    """A running anvil with the contract on it."""
    made = fresh_node()
    made.start(deployed.state)
    return made
