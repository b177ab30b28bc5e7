"""A verifier's own look at the chain: what agrees, what contradicts, what says nothing."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from threading import Event
from time import monotonic
from typing import Any

import pytest
from web3 import Web3

from crypto import sm3
from ledger import anchor, evidence
from ledger.chain import Item
from ledger.chains import live
from ledger.chains.live import ANCHORED
from ledger.checkpoint import log_id as id_of
from ledger.errors import ChainMismatch, ChainUnavailable
from ledger.queries import Final
from tests.chain.nodes import NODE, NODE_ID, ROOT, Deployed, Node, connect
from tests.chain.outbox import log_id, log_key, origin, root
from tests.chain.stub import endpoint, serve
from tests.conftest import NOON

CODE = b"the contract's code"
RECEIPT = evidence.Receipt(
    node=NODE,
    origin=origin(0),
    size=5,
    root=root(0, 5),
    seq=1,
    chain="eip155:7",
    genesis=b"\1" * 32,
    contract="0x" + "ab" * 20,
    driver="evm",
    block_number=9,
    block_hash=b"\2" * 32,
    block_time=NOON,
    tx_hash=b"\3" * 32,
    issued=NOON,
)
LOG = {
    "address": RECEIPT.contract.upper().replace("X", "x"),
    "topics": [ANCHORED, "0x" + NODE_ID.hex(), "0x" + log_id().hex(), f"0x{1:064x}"],
    "data": f"0x{5:064x}{root(0, 5).hex()}",
    "blockHash": "0x" + "02" * 32,
    "transactionHash": "0x" + "03" * 32,
}
HONEST: dict[str, Any] = {
    "chain": "0x7",
    "genesis": {"hash": "0x" + "01" * 32, "timestamp": "0x0"},
    "block": {"hash": "0x" + "02" * 32, "timestamp": hex(int(NOON.timestamp()))},
    "code": "0x" + CODE.hex(),
    "logs": [LOG],
}


def node(**lies: Any) -> Callable[[str, list[Any]], Any]:
    """Return an endpoint that holds the receipt's anchor, but for these lies."""
    says = HONEST | lies

    def answer(method: str, parameters: list[Any]) -> Any:
        if method == "eth_getBlockByNumber":
            return says["genesis" if parameters[0] == "0x0" else "block"]
        names = {"eth_chainId": "chain", "eth_getCode": "code", "eth_getLogs": "logs"}
        return says[names[method]]

    return answer


@pytest.fixture
def ask() -> Iterator[Callable[..., None]]:
    """Return a question to endpoints with these lies, each given as a mapping."""
    with ExitStack() as stack:

        def question(*nodes: Mapping[str, Any], agreeing: int = 1, **changes: Any) -> None:
            urls = [stack.enter_context(endpoint(node(**lies))) for lies in nodes]
            look(urls, agreeing=agreeing, **changes)

        yield question


def look(urls: list[str], *, agreeing: int = 1, seconds: float = 5, **changes: Any) -> None:
    live.verify(
        replace(RECEIPT, **changes),
        code_digest=sm3.digest(CODE),
        urls=urls,
        agreeing=agreeing,
        deadline_seconds=seconds,
    )


def test_the_event_is_there(ask: Callable[..., None]) -> None:
    ask({})


def test_enough_endpoints_agree(ask: Callable[..., None]) -> None:
    ask({}, {}, agreeing=2)


def test_one_liar_among_three_changes_nothing(ask: Callable[..., None]) -> None:
    ask({}, {"chain": "0x8"}, {}, agreeing=2)


@pytest.mark.parametrize(
    ("code", "lies"),
    [
        ("chain_id", {"chain": "0x8"}),
        ("chain_genesis", {"genesis": {"hash": "0x" + "09" * 32}}),
        ("chain_code", {"code": "0x"}),
        ("chain_block", {"block": HONEST["block"] | {"hash": "0x" + "09" * 32}}),
        ("chain_time", {"block": HONEST["block"] | {"timestamp": "0x1"}}),
        ("chain_event", {"logs": []}),
        ("chain_event", {"logs": [LOG | {"data": f"0x{6:064x}{root(0, 5).hex()}"}]}),
        ("chain_event", {"logs": [LOG | {"data": f"0x{5:064x}{root(0, 6).hex()}"}]}),
        ("chain_event", {"logs": [LOG | {"address": "0x" + "cd" * 20}]}),
        ("chain_event", {"logs": [LOG | {"topics": [*LOG["topics"][:3], f"0x{2:064x}"]}]}),
        ("chain_event", {"logs": [LOG | {"transactionHash": "0x" + "09" * 32}]}),
        ("chain_event", {"logs": [LOG | {"blockHash": "0x" + "09" * 32}]}),
    ],
)
def test_other_content_is_a_mismatch(
    ask: Callable[..., None], code: str, lies: dict[str, Any]
) -> None:
    with pytest.raises(ChainMismatch) as caught:
        ask(lies)
    assert caught.value.code == code


def test_too_few_contradictions_are_no_answer(ask: Callable[..., None]) -> None:
    with pytest.raises(ChainUnavailable) as caught:
        ask({}, {"chain": "0x8"}, agreeing=2)
    assert caught.value.params == {"agreed": 1, "wanted": 2}


@pytest.mark.parametrize(
    "lies",
    [
        pytest.param({"block": None}, id="a node that has not come to the block"),
        pytest.param({"chain": "seven"}, id="a number that is none"),
        pytest.param({"code": "0x1"}, id="half a byte"),
        pytest.param({"code": "aabb"}, id="hex without its mark"),
        pytest.param({"genesis": None}, id="no first block"),
        pytest.param({"logs": [{}]}, id="an event without its members"),
        pytest.param({"logs": 5}, id="events that are none"),
    ],
)
def test_an_answer_that_says_nothing_is_silence(
    ask: Callable[..., None], lies: dict[str, Any]
) -> None:
    with pytest.raises(ChainUnavailable, match="chain_silent"):
        ask(lies)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, b"no JSON"),
        (200, b"{}"),
        (200, b"[]"),
        (200, b"[1]"),
        (200, b'[{"id": 0, "error": {"code": -32000}}]'),
        (200, b"[" * 100_000),
        (200, b" " * (live.MAX_ANSWER + 1)),
        (302, b""),
        (307, b""),
        (500, b"[]"),
    ],
)
def test_an_endpoint_that_is_no_node_is_silence(status: int, text: bytes) -> None:
    with serve(lambda _: (status, text)) as url, pytest.raises(ChainUnavailable):
        look([url])


def test_nobody_there_is_silence() -> None:
    with serve(lambda _: (200, b"")) as url:
        pass
    with pytest.raises(ChainUnavailable):
        look([url])


def test_the_question_ends_at_the_deadline() -> None:
    release = Event()

    def hang(_: bytes) -> tuple[int, bytes]:
        release.wait(10)
        return 200, b"[]"

    with serve(hang) as url:
        start = monotonic()
        with pytest.raises(ChainUnavailable):
            look([url], seconds=0.2)
        assert monotonic() - start < 8, "long before the other end lets go"
        release.set()


def test_a_hanging_endpoint_does_not_keep_the_others_from_answering() -> None:
    release = Event()

    def hang(_: bytes) -> tuple[int, bytes]:
        release.wait(10)
        return 200, b"[]"

    with serve(hang) as slow, endpoint(node()) as url:
        look([slow, url])
        release.set()


def test_an_address_that_is_not_http_is_no_endpoint() -> None:
    with pytest.raises(ChainUnavailable):
        look(["file:///etc/passwd"])


def test_nobody_has_to_agree_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="nobody"):
        look([], agreeing=0)


def test_the_topic_is_that_of_the_contracts_event() -> None:
    text = (ROOT / "contracts" / "src" / "IAnchorRegistry.sol").read_text("utf-8")
    (arguments,) = re.findall(r"event Anchored\(([^)]*)\)", text)
    types = ",".join(argument.split()[0] for argument in arguments.split(","))
    assert "0x" + Web3.keccak(text=f"Anchored({types})").hex() == ANCHORED


@pytest.mark.component
def test_a_real_chain_shows_what_it_holds(node: Node, deployed: Deployed) -> None:
    chain = connect(deployed, node)
    tx = chain.prepare(NODE_ID, [Item(id_of(origin(0)), 0, 5, root(0, 5))], 0)
    chain.send(tx.raw)
    node.mine()
    event = chain.event(NODE_ID, log_id(), 1)
    assert event is not None
    receipt = anchor.receipt(deployed.identity, Final(log_key(), origin(0), event), NOON)

    def ask(stated: evidence.Receipt) -> None:
        live.verify(
            stated,
            code_digest=deployed.identity.code_digest,
            urls=[node.url],
            agreeing=1,
            deadline_seconds=5,
        )

    ask(receipt)
    for lie in (
        replace(receipt, size=6),
        replace(receipt, root=bytes(32)),
        replace(receipt, seq=2),
        replace(receipt, genesis=bytes(32)),
        replace(receipt, block_hash=bytes(32)),
        replace(receipt, block_number=1),
        replace(receipt, tx_hash=bytes(32)),
        replace(receipt, contract="0x" + "00" * 20),
    ):
        with pytest.raises(ChainMismatch):
            ask(lie)
    with pytest.raises(ChainUnavailable):
        ask(replace(receipt, block_number=1000))
