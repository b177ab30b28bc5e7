"""Ask the chain itself, now: a verifier's own look at an anchor, without a chain library.

In         a receipt, the pinned digest of the contract's code, and endpoints that the verifier
           chose for itself; never addresses from a bundle
Rule       `agreeing` endpoints (f + 1) must show the receipt's chain, genesis and contract, and
           in the receipt's block, with its hash and time, the event the receipt speaks of
Time       all endpoints are asked at once; the whole question ends at the deadline
Errors     ChainMismatch: as many endpoints contradict the receipt; the code says in what
           ChainUnavailable chain_silent: fewer answered in time
"""

import threading
from collections import Counter
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from crypto import sm3
from ledger.chains.rpc import Call, batch
from ledger.checkpoint import log_id, node_id
from ledger.errors import ChainMismatch, ChainUnavailable
from ledger.evidence import Receipt

# Keccak-256 of "Anchored(bytes32,bytes32,uint64,uint64,bytes32)".
ANCHORED = "0xe32d7498e771879986d33f7948f6138c330ba71c10de35bf2f2190deb03d3eb6"
MAX_ANSWER = 1 << 20

_AGREES = ""
"""What an endpoint says that shows the anchor; else the code of what it contradicts."""


def verify(
    receipt: Receipt,
    *,
    code_digest: bytes,
    urls: Sequence[str],
    agreeing: int,
    deadline_seconds: float,
) -> None:
    """Return if enough endpoints show the anchor that the receipt speaks of.

    Raises ChainMismatch, ChainUnavailable.
    """
    if agreeing < 1:
        raise ValueError("nobody to agree")
    answers: SimpleQueue[str | None] = SimpleQueue()
    end = monotonic() + deadline_seconds

    def ask(url: str) -> None:
        answers.put(_look(url, receipt, code_digest, deadline_seconds))

    for url in urls:
        # Daemons: one that hangs does not keep the process from ending.
        threading.Thread(target=ask, args=(url,), daemon=True).start()
    said: Counter[str] = Counter()
    for _ in urls:
        try:
            answer = answers.get(timeout=max(0.0, end - monotonic()))
        except Empty:
            break
        if answer is not None:
            said[answer] += 1
        if said[_AGREES] >= agreeing:
            return
    agreed = said.pop(_AGREES, 0)
    if said.total() >= agreeing:
        raise ChainMismatch(max(said, key=lambda code: said[code]), chain=receipt.chain)
    raise ChainUnavailable("chain_silent", agreed=agreed, wanted=agreeing)


def _look(url: str, receipt: Receipt, code_digest: bytes, seconds: float) -> str | None:
    """Return what the endpoint says of the receipt, None where it says nothing."""
    number = hex(receipt.block_number)
    wanted = {
        "fromBlock": number,
        "toBlock": number,
        "address": receipt.contract,
        "topics": _topics(receipt),
    }
    calls: list[Call] = [
        ("eth_chainId", []),
        ("eth_getBlockByNumber", ["0x0", False]),
        ("eth_getBlockByNumber", [number, False]),
        ("eth_getCode", [receipt.contract, "latest"]),
        ("eth_getLogs", [wanted]),
    ]
    try:
        answers = batch(url, calls, timeout_seconds=seconds, limit_bytes=MAX_ANSWER)
        return _compare(receipt, code_digest, *answers)
    except (ChainUnavailable, LookupError, TypeError, ValueError):
        return None


def _compare(
    receipt: Receipt, code_digest: bytes, chain: Any, genesis: Any, block: Any, code: Any, logs: Any
) -> str | None:
    """Return what the first difference is, _AGREES where there is none."""
    if f"eip155:{int(chain, 16)}" != receipt.chain:
        return "chain_id"
    if _octets(genesis["hash"]) != receipt.genesis:
        return "chain_genesis"
    if block is None:
        return None  # this node has not come to that block
    if sm3.digest(_octets(code)) != code_digest:
        return "chain_code"
    if _octets(block["hash"]) != receipt.block_hash:
        return "chain_block"
    if int(block["timestamp"], 16) != int(receipt.block_time.timestamp()):
        return "chain_time"
    event = (receipt.block_hash, receipt.tx_hash, receipt.size.to_bytes(32) + receipt.root)
    for log in logs:
        found = (_octets(log["blockHash"]), _octets(log["transactionHash"]), _octets(log["data"]))
        # The node was asked for these two alone; whether it kept to that is checked here.
        same = (log["address"].lower(), log["topics"]) == (receipt.contract, _topics(receipt))
        if same and found == event:
            return _AGREES
    return "chain_event"


def _topics(receipt: Receipt) -> list[str]:
    ids = (node_id(receipt.node), log_id(receipt.origin), receipt.seq.to_bytes(32))
    return [ANCHORED, *("0x" + word.hex() for word in ids)]


def _octets(text: str) -> bytes:
    if text[:2] != "0x":
        raise ValueError("not hex as nodes write it")
    return bytes.fromhex(text[2:])
