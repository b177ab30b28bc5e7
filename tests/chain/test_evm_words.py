"""What the driver says to a node, and what it makes of words that anvil does not speak."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from eth_abi.abi import encode

from crypto import sm3
from ledger.chain import ChainIdentity
from ledger.chains.evm import EvmChain
from ledger.errors import ChainError, ChainUnavailable
from tests.chain.nodes import KEY, NODE_ID
from tests.chain.stub import endpoint, serve

PIN = ChainIdentity(
    "eip155:7", b"\1" * 32, "0x" + "ab" * 20, sm3.digest(b"the contract's code"), "evm"
)
SEALED = {"hash": "0x" + "01" * 32, "number": "0x0", "extraData": "0x" + "ee" * 97}
ANSWERS: dict[str, Any] = {
    "eth_chainId": "0x7",
    "eth_blockNumber": "0x9",
    "eth_getBlockByNumber": SEALED,
    "eth_getCode": "0x" + b"the contract's code".hex(),
    "eth_getTransactionCount": "0x2",
}


def connect(url: str) -> EvmChain:
    return EvmChain([url], PIN, key=KEY, agreeing=1, timeout_seconds=2)


def test_blocks_that_carry_seals_are_read() -> None:
    with endpoint(lambda method, _: ANSWERS[method]) as url:
        assert connect(url).identity() == PIN


def test_only_the_chain_id_is_remembered() -> None:
    asked: list[str] = []

    def answer(method: str, _: list[Any]) -> Any:
        asked.append(method)
        return ANSWERS[method]

    with endpoint(answer) as url:
        chain = connect(url)
        chain.identity()
        asked.clear()
        chain.identity()
    assert sorted(asked) == ["eth_blockNumber", "eth_getBlockByNumber", "eth_getCode"]


def test_the_nonce_is_what_was_executed_and_not_what_waits() -> None:
    asked: list[list[Any]] = []

    def answer(method: str, parameters: list[Any]) -> Any:
        if method == "eth_getTransactionCount":
            asked.append(parameters)
        return ANSWERS[method]

    with endpoint(answer) as url:
        assert connect(url).nonce() == 2
    assert [parameters[1] for parameters in asked] == ["latest"]


def test_a_transaction_is_sent_once_whatever_comes_back() -> None:
    sent: list[str] = []

    def answer(method: str, _: list[Any]) -> Any:
        if method == "eth_sendRawTransaction":
            sent.append(method)
            raise ConnectionError("the line went dead")
        return ANSWERS[method]

    with endpoint(answer) as url, pytest.raises(ChainUnavailable, match="chain_silent"):
        connect(url).send(b"\1")
    assert len(sent) == 1


def reverting(asked: list[str], data: str) -> Callable[[bytes], tuple[int, bytes]]:
    """Return a node whose contract reverts with this data."""

    def body(request: bytes) -> tuple[int, bytes]:
        call = json.loads(request)
        asked.append(call["method"])
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": call["id"]}
        if call["method"] == "eth_call":
            reply["error"] = {"code": 3, "message": "execution reverted", "data": data}
        else:
            reply["result"] = ANSWERS[call["method"]]
        return 200, json.dumps(reply).encode()

    return body


def test_an_offer_to_look_elsewhere_is_not_taken() -> None:
    asked: list[str] = []
    # OffchainLookup of EIP-3668: the contract wants us to fetch an address and come back.
    types = ["address", "string[]", "bytes", "bytes4", "bytes"]
    lure = encode(types, [PIN.contract, ["http://127.0.0.1:1/{data}"], b"data", b"back", b""])
    body = reverting(asked, "0x556f1830" + lure.hex())
    with serve(body) as url, pytest.raises(ChainError):
        connect(url).heads(NODE_ID, [b"\1" * 32])
    assert asked.count("eth_call") == 1


def test_an_answer_that_cannot_be_decoded_is_silence() -> None:
    body = reverting([], "0x556f1830" + "00" * 64)
    with serve(body) as url, pytest.raises(ChainUnavailable, match="chain_silent"):
        connect(url).heads(NODE_ID, [b"\1" * 32])
