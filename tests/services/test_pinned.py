"""Which chain a node is pinned to, and what a lost file does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto import pkcs8, sm2
from crypto.canonical import Json, dumps, loads
from ledger.chain import ChainIdentity, enough
from ledger.errors import ChainMismatch
from services import pinned, process
from services.pinned import Deployment
from services.platform.errors import Unavailable
from tests.services import nodes
from tests.services.evidence import world
from tests.services.honours import classes
from tests.services.nodes import Node

IDENTITY = ChainIdentity("eip155:31337", bytes(32), "0x" + "ab" * 20, bytes(range(32)), "evm")


@pytest.mark.parametrize(
    ("endpoints", "wanted"), [(1, 1), (2, 1), (3, 1), (4, 2), (6, 2), (7, 3), (10, 4)]
)
def test_of_3f_and_1_endpoints_f_and_1_are_enough(endpoints: int, wanted: int) -> None:
    assert enough(endpoints) == wanted


def test_the_deployment_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "chain" / "deployment.json"
    pinned.write_deployment(path, Deployment(IDENTITY, 4_711))
    assert pinned.read_deployment(path) == Deployment(IDENTITY, 4_711)


def test_a_record_without_a_first_block_begins_at_0(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    pinned.write_deployment(path, Deployment(IDENTITY, 4_711))
    content = loads(path.read_bytes())
    assert isinstance(content, dict)
    del content["first_block"]
    path.write_bytes(dumps(content))
    assert pinned.read_deployment(path) == Deployment(IDENTITY, 0)


@pytest.mark.parametrize("content", [{}, {"id": 1}, [], {"first_block": -1}])
def test_a_record_of_something_else_is_no_chain(tmp_path: Path, content: Json) -> None:
    path = tmp_path / "deployment.json"
    if isinstance(content, dict) and "first_block" in content:
        pinned.write_deployment(path, Deployment(IDENTITY, 1))
        good = loads(path.read_bytes())
        assert isinstance(good, dict)
        content = {**good, **content}
    path.write_bytes(dumps(content))
    with pytest.raises(Unavailable, match="chain_not_configured"):
        pinned.read_deployment(path)


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"id": 1}'])
def test_no_record_is_no_chain(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "deployment.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unavailable, match="chain_not_configured"):
        pinned.read_deployment(path)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Node]:
    """Return a node that has anchored nothing."""
    with nodes.opened(tmp_path / "fresh", None, world.NOON) as node:
        yield node


def test_a_sealed_key_is_made_once_and_is_its_owners_alone(fresh: Node) -> None:
    path = fresh.runtime.settings.chain_folder / "some.key"
    key = pinned.chain_key(fresh.runtime, path)
    assert len(key) == 32
    assert pinned.chain_key(fresh.runtime, path) == key
    assert key not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_the_first_start_makes_a_local_chain_and_pins_it(fresh: Node) -> None:
    folder = fresh.runtime.settings.chain_folder
    made = process.open_chain(fresh.runtime).identity()
    assert pinned.read_deployment(folder / pinned.LOCAL_RECORD).identity == made
    assert process.open_chain(fresh.runtime).identity() == made
    assert pinned.is_local(fresh.runtime.settings)


def test_a_key_without_its_record_was_the_first_start_cut_short(fresh: Node) -> None:
    before = process.open_chain(fresh.runtime).identity()
    (fresh.runtime.settings.chain_folder / pinned.LOCAL_RECORD).unlink()
    assert process.open_chain(fresh.runtime).identity() == before


@pytest.mark.parametrize("also", [(), (pinned.LOCAL_RECORD,)])
def test_a_lost_key_of_the_local_chain_is_no_new_chain(
    sqlite_node: Node, also: tuple[str, ...]
) -> None:
    folder = sqlite_node.runtime.settings.chain_folder
    before = {path.name for path in folder.iterdir()} - {pinned.LOCAL_KEY, *also}
    for name in (pinned.LOCAL_KEY, *also):
        (folder / name).unlink()
    with pytest.raises(Unavailable, match="chain_file_lost") as caught:
        process.open_chain(sqlite_node.runtime)
    assert caught.value.params == {"file": str(folder / pinned.LOCAL_KEY)}
    assert {path.name for path in folder.iterdir()} == before


def test_a_lost_key_is_no_new_chain_before_anything_was_anchored(fresh: Node) -> None:
    (fresh.runtime.settings.chain_folder / pinned.LOCAL_KEY).unlink()
    with pytest.raises(Unavailable, match="chain_file_lost"):
        process.open_chain(fresh.runtime)


def test_a_strangers_key_is_another_chain(sqlite_node: Node) -> None:
    runtime, folder = sqlite_node.runtime, sqlite_node.runtime.settings.chain_folder
    before = process.open_chain(runtime).identity()
    _another_key(sqlite_node)
    with pytest.raises(ChainMismatch, match="chain_genesis"):
        process.open_chain(runtime).identity()
    (folder / pinned.LOCAL_RECORD).unlink()
    with pytest.raises(Unavailable, match="chain_file_lost") as caught:
        process.open_chain(runtime)
    assert caught.value.params == {"file": str(folder / pinned.LOCAL_RECORD)}
    assert before.driver == "local"


def test_a_lost_record_of_a_local_chain_is_written_again_of_the_same_chain(
    sqlite_node: Node,
) -> None:
    before = process.open_chain(sqlite_node.runtime).identity()
    record = sqlite_node.runtime.settings.chain_folder / pinned.LOCAL_RECORD
    record.unlink()
    assert process.open_chain(sqlite_node.runtime).identity() == before
    assert pinned.read_deployment(record).identity == before


def test_no_account_and_no_contract_are_made_anew_after_an_anchor(
    fresh: Node, sqlite_node: Node
) -> None:
    pinned.require_first(fresh.runtime, pinned.deployment_file(fresh.runtime.settings))
    runtime = sqlite_node.runtime
    record = pinned.deployment_file(runtime.settings)
    pinned.require_first(runtime, record)
    for table in ("anchor", "anchor_tx"):
        classes.by_hand(
            sqlite_node, f"UPDATE {table} SET chain = :name", name="eip155:31337/abcdef"
        )
    with pytest.raises(Unavailable, match="chain_file_lost"):
        pinned.chain_key(runtime, pinned.chain_key_file(runtime.settings))
    with pytest.raises(Unavailable, match="chain_file_lost"):
        pinned.require_first(runtime, record)
    assert not pinned.chain_key_file(runtime.settings).exists()


def _another_key(node: Node) -> None:
    """Put the sealed key of another chain into the place of the node's own."""
    path = node.runtime.settings.chain_folder / pinned.LOCAL_KEY
    place = {"tenant": "node", "table": "file", "column": "local_chain", "key": path.name}
    pem = pkcs8.dump(sm2.generate()).encode()
    path.write_bytes(node.runtime.protect.seal(pem, **place))
