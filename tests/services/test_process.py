"""What a process is made of before it does anything."""

from pathlib import Path

import pytest

from crypto import entropy
from services import process
from services.platform import master
from services.platform.errors import NotFound, Refused, Unavailable
from services.platform.settings import Settings
from tests.services.nodes import Node

WORDS = "correct horse battery staple"


def test_a_runtime_needs_the_master_key_and_its_passphrase(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(NotFound, match="master_missing"):
        process.open_runtime(settings, WORDS)
    master.create_master(settings.master_file, WORDS, random=entropy.system, rounds=10_000)
    with pytest.raises(Refused, match="passphrase_wrong"):
        process.open_runtime(settings, WORDS + "!")
    with pytest.raises(Unavailable, match="database_outdated"):
        process.open_runtime(settings, WORDS)


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
