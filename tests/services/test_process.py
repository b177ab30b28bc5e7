"""What a process is made of before it does anything."""

from pathlib import Path

import pytest

from crypto import entropy
from ledger.chain import ChainIdentity
from services import process
from services.platform import master
from services.platform.errors import NotFound, Refused, Unavailable
from services.platform.settings import Settings
from tests.services.nodes import Node

WORDS = "correct horse battery staple"
IDENTITY = ChainIdentity("eip155:31337", bytes(32), "0x" + "ab" * 20, bytes(range(32)), "evm")


def test_a_runtime_needs_the_master_key_and_its_passphrase(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(NotFound, match="master_missing"):
        process.open_runtime(settings, WORDS)
    master.create_master(settings.master_file, WORDS, random=entropy.system, rounds=10_000)
    with pytest.raises(Refused, match="passphrase_wrong"):
        process.open_runtime(settings, WORDS + "!")
    with pytest.raises(Unavailable, match="database_outdated"):
        process.open_runtime(settings, WORDS)


def test_the_deployment_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "chain" / "deployment.json"
    process.write_deployment(path, IDENTITY)
    assert process.read_deployment(path) == IDENTITY


@pytest.mark.parametrize("content", [b"{}", b'{"id":1}'])
def test_a_record_of_something_else_is_no_chain(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "deployment.json").write_bytes(content)
    with pytest.raises(Unavailable, match="chain_not_configured"):
        process.read_deployment(tmp_path / "deployment.json")
    with pytest.raises(Unavailable, match="chain_not_configured"):
        process.read_deployment(tmp_path / "missing.json")


def test_a_sealed_key_is_made_once_and_is_its_owners_alone(sqlite_node: Node) -> None:
    path = sqlite_node.runtime.settings.chain_folder / "some.key"
    key = process.chain_key(sqlite_node.runtime, path)
    assert len(key) == 32
    assert process.chain_key(sqlite_node.runtime, path) == key
    assert key not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_a_chain_that_is_asked_for_must_have_an_address(sqlite_node: Node) -> None:
    settings = sqlite_node.runtime.settings.model_copy(update={"chain_driver": "evm"})
    object.__setattr__(sqlite_node.runtime, "settings", settings)
    with pytest.raises(Unavailable, match="chain_not_configured"):
        process.open_chain(sqlite_node.runtime)


def test_an_address_without_a_deployment_record_is_no_chain(sqlite_node: Node) -> None:
    wanted = {"chain_driver": "auto", "chain_urls": ("http://127.0.0.1:9",)}
    settings = sqlite_node.runtime.settings.model_copy(update=wanted)
    object.__setattr__(sqlite_node.runtime, "settings", settings)
    with pytest.raises(Unavailable, match="chain_not_configured"):
        process.open_chain(sqlite_node.runtime)
