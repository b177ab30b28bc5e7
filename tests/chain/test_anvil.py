"""The development chain survives `kill -9` at any moment of keeping its state."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from ledger import anchor
from ledger.anchor import Did
from ledger.chain import Chain
from ledger.chains import anvil
from ledger.chains.anvil import StateFile
from ledger.errors import ChainUnavailable
from tests.chain.crashes import Died, DyingAt
from tests.chain.nodes import NODE_ID, Deployed, Node, connect
from tests.chain.outbox import Outbox, log_id
from tests.chain.stub import endpoint

EMPTY = "0x" + gzip.compress(b'{"blocks": []}', mtime=0).hex()
FIRST: dict[str, object] = {"eth_getBlockByNumber": {"timestamp": "0x1"}}


@pytest.fixture
def outbox(sqlite_url: str) -> Iterator[Outbox]:
    made = Outbox(sqlite_url)
    yield made
    made.database.close()


def until_final(outbox: Outbox, chain: Chain, mine: Callable[[], object]) -> None:
    did = Did.SIGNED
    while did is not Did.NOTHING:
        did = anchor.step(outbox, chain, NODE_ID).did
        if did is Did.SENT:
            mine()


def sizes(chain: Chain) -> list[int]:
    return [event.size for event in chain.history(NODE_ID, log_id())]


@pytest.mark.component
def test_what_was_final_is_there_after_a_kill(
    node: Node, deployed: Deployed, outbox: Outbox
) -> None:
    chain = connect(deployed, node, keep=StateFile(node.url, node.state).keep)
    for size in (5, 6, 7):
        outbox.grow(size)
        anchor.plan(outbox, chain)
        until_final(outbox, chain, node.mine)
        node.restart()
        assert chain.identity() == deployed.identity
        assert sizes(chain)[-1] == size
    assert sizes(chain) == [5, 6, 7]


@pytest.mark.component
def test_killed_at_each_point_of_keeping_the_state(
    node: Node, deployed: Deployed, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, replace = os.fsync, Path.replace
    size = 0
    for number in count(1):
        death = DyingAt(number)

        def dying_fsync(descriptor: int, mark: DyingAt = death) -> None:
            mark("flush: before")
            fsync(descriptor)
            mark("flush: after")

        def dying_replace(self: Path, target: Path, mark: DyingAt = death) -> Path:
            mark("rename: before")
            made = replace(self, target)
            mark("rename: after")
            return made

        monkeypatch.setattr(os, "fsync", dying_fsync)
        monkeypatch.setattr(Path, "replace", dying_replace)
        size += 1
        outbox.grow(size)
        chain = connect(deployed, node, keep=StateFile(node.url, node.state).keep)
        anchor.plan(outbox, chain)
        try:
            until_final(outbox, chain, node.mine)
        except Died:
            # The chain and the worker die together, then both come back.
            node.restart()
            monkeypatch.undo()
            chain = connect(deployed, node, keep=StateFile(node.url, node.state).keep)
            until_final(outbox, chain, node.mine)
        assert sizes(chain) == list(range(1, size + 1)), death.name
        node.restart()
        assert sizes(chain) == list(range(1, size + 1)), death.name
        if death.name is None:
            break
    assert size == 7  # two flushes and a rename, before and after, and the life without death


@pytest.mark.component
def test_a_chain_that_lost_all_it_had_gets_it_back_from_the_outbox(
    node: Node, deployed: Deployed, outbox: Outbox
) -> None:
    chain = connect(deployed, node)
    for size in (5, 6):
        outbox.grow(size)
        anchor.plan(outbox, chain)
        until_final(outbox, chain, node.mine)
    node.restart(deployed.state)
    assert sizes(chain) == []
    outbox.grow(7)
    anchor.plan(outbox, chain)
    until_final(outbox, chain, node.mine)
    assert sizes(chain) == [5, 6, 7]


@pytest.mark.component
def test_the_first_block_stays_the_same_over_many_starts(node: Node, deployed: Deployed) -> None:
    for _ in range(4):
        node.mine()
        StateFile(node.url, node.state).keep(1)
        node.restart()
        assert connect(deployed, node).identity() == deployed.identity
        blocks = json.loads(node.state.read_bytes())["blocks"]
        assert [block["header"]["number"] for block in blocks].count("0x0") == 1


@pytest.mark.component
def test_a_block_that_is_kept_is_not_kept_again(node: Node, tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    state = StateFile(node.url, path)
    state.keep(1)
    path.unlink()
    state.keep(1)
    assert not path.exists()
    node.mine()
    state.keep(node_height(node))
    assert path.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["kept.json"]


def node_height(node: Node) -> int:
    return int(node.rpc("eth_blockNumber"), 16)


@pytest.mark.parametrize(
    ("height", "dump"),
    [
        ("0x1", "0x00"),
        ("0x1", "0x" + gzip.compress(b"{}", mtime=0)[:-4].hex()),
        ("0x1", "no hex"),
        ("0x1", None),
        ("0x1", "0x" + gzip.compress(b"{}", mtime=0).hex()),
        ("0x1", "0x" + gzip.compress(b'{"blocks": [{}]}', mtime=0).hex()),
        ("0x1", "0x" + gzip.compress(b'{"blocks": 1}', mtime=0).hex()),
        ("one", EMPTY),
        (None, EMPTY),
    ],
)
def test_an_answer_that_is_no_state_replaces_none(tmp_path: Path, height: str, dump: str) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b"as it was")
    answers = FIRST | {"eth_blockNumber": height, "anvil_dumpState": dump}
    with (
        endpoint(lambda method, _: answers[method]) as url,
        pytest.raises(ChainUnavailable, match="chain_dump"),
    ):
        StateFile(url, path).keep(1)
    assert path.read_bytes() == b"as it was"


def test_a_disk_that_is_full_keeps_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b"as it was")
    answers = FIRST | {"eth_blockNumber": "0x1", "anvil_dumpState": EMPTY}

    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with endpoint(lambda method, _: answers[method]) as url, pytest.raises(OSError, match="space"):
        StateFile(url, path).keep(1)
    assert path.read_bytes() == b"as it was"


def test_the_command_loads_a_state_only_if_there_is_one(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    binary = Path("/opt/anvil")
    assert "--load-state" not in anvil.command(binary, port=1, state=state)
    state.write_bytes(b"{}")
    command = anvil.command(binary, port=1, state=state)
    assert command[command.index("--load-state") + 1] == str(state)
    assert command[:3] == ["/opt/anvil", "--port", "1"]
