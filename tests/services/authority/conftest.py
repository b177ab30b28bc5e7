"""holders   an authority on each database in turn; sqlite_holders on SQLite alone."""

import pytest

from tests.services.authority import holders as making
from tests.services.authority.holders import Holders
from tests.services.nodes import Node


@pytest.fixture
def holders(node: Node) -> Holders:
    return making.made(node)


@pytest.fixture
def sqlite_holders(sqlite_node: Node) -> Holders:
    return making.made(sqlite_node)
