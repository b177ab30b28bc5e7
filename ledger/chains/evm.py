"""The registry contract on an Ethereum-like chain. The only file that knows web3.

Chain      a permissioned one without gas price: legacy transactions at price 0 with explicit
           gas, nonce and chain id; no fee look-ups, no retries, nothing cached but the chain id
Nodes      several JSON-RPC endpoints of one chain. The highest one answers and is sent to: a
           restarted node knows less than the chain for a while, and that is no reorganisation
Final      `agreeing` endpoints (chain.enough) hold the same block hash `depth` blocks deep
Identity   chain id, genesis hash and SM3 of the contract's code, compared at every `identity`
Errors     ChainUnavailable chain_silent; ChainMismatch (see chain.require_same);
           ChainRefused chain_paused, chain_role, chain_refused

`deploy` puts the contract on a chain and lets one account anchor for one node.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, TypeVar

from eth_abi.exceptions import DecodingError
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import BlockNumber
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3.contract import Contract
from web3.exceptions import ContractLogicError, Web3Exception
from web3.middleware import ExtraDataToPOAMiddleware
from web3.types import EventData, RPCEndpoint

from crypto import sm3
from ledger.chain import AnchorEvent, Chain, ChainIdentity, Head, Item, RawTx, require_same
from ledger.errors import ChainRefused, ChainUnavailable

# py_ecc, which web3 loads, allows 100,000 nested calls: enough for a stranger's nested JSON to
# overflow the stack and end the process. Python's own limit raises RecursionError instead.
sys.setrecursionlimit(1000)

_T = TypeVar("_T")

GAS_BASE = 100_000
GAS_PER_ITEM = 60_000
"""Dear enough for a new log's first anchor; 400 of them fit into a block of 30 million."""

PAGE_BLOCKS = 5_000
"""Blocks asked for events at a time: the default limit of Besu."""

DEPLOY_SECONDS = 60

_REFUSALS = {
    "0xd93c0665": "chain_paused",  # EnforcedPause()
    "0xe2517d3f": "chain_role",  # AccessControlUnauthorizedAccount(address,bytes32)
}
_FAILED = (OSError, ValueError, DecodingError, Web3Exception)
"""A node that is away, talks nonsense or does not know: all the same to us."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One node, with the contract as seen through it."""

    w3: Web3
    contract: Contract


@dataclass(frozen=True, slots=True)
class Seen:
    """What a node said when it was last asked who it is."""

    endpoint: Endpoint
    height: int
    identity: ChainIdentity
    has_code: bool


class EvmChain(Chain):
    """The registry as one account sees it through its nodes."""

    def __init__(
        self,
        urls: Sequence[str],
        pin: ChainIdentity,
        *,
        key: bytes,
        agreeing: int,
        depth: int = 1,
        timeout_seconds: float = 3,
        first_block: int = 0,
        keep: Callable[[int], None] | None = None,
    ) -> None:
        """Connect to nobody yet.

        key           the anchoring account's secp256k1 scalar, 32 bytes
        first_block   where the contract was deployed; `history` starts there
        keep          called with a block's number before it is called final
        """
        self._endpoints = [_endpoint(url, pin.contract, timeout_seconds) for url in urls]
        # All at once: the one that hangs does not keep the others from answering.
        self._threads = ThreadPoolExecutor(len(self._endpoints))
        self._pin = pin
        self._account: LocalAccount = Account.from_key(key)
        self._agreeing = agreeing
        self._depth = depth
        self._first_block = first_block
        self._keep = keep
        self._live: list[Endpoint] = []

    @property
    def sender(self) -> str:
        """Return the address of the anchoring account."""
        return str(self._account.address)

    def identity(self) -> ChainIdentity:
        """Ask every node who it is; those that answer serve until the next time.

        Raises ChainUnavailable where none answers, ChainMismatch where one is another chain; then
        none serves. Until all have answered, those that served before go on: the probes of a
        process ask in another thread than its worker.
        """
        live: list[Endpoint] = []
        try:
            live = self._right()
        finally:
            self._live = live
        return self._pin

    def _right(self) -> list[Endpoint]:
        """Return the nodes that answer, have the contract and are of the pinned chain."""
        answers = self._threads.map(self._look, self._endpoints)
        seen = [answer for answer in answers if answer is not None]
        if not seen:
            raise ChainUnavailable("chain_silent")
        seen.sort(key=lambda node: node.height, reverse=True)
        for node in seen:
            found = node.identity
            if not node.has_code and node.height < seen[0].height:
                # It has not come to the contract's block yet: it lags, if the rest is right.
                found = replace(found, code_digest=self._pin.code_digest)
            require_same(self._pin, found)
        return [node.endpoint for node in seen if node.has_code]

    def nonce(self) -> int:
        """Return how many transactions of the account the chain has executed."""
        return self._ask(lambda node: node.w3.eth.get_transaction_count(self._account.address))

    def heads(self, node_id: bytes, log_ids: Sequence[bytes]) -> Mapping[bytes, Head]:
        """Return the heads of these logs, in one call."""
        found = self._ask(
            lambda node: node.contract.functions.headsOf(node_id, list(log_ids)).call()
        )
        return {
            log_id: Head(seq, size, bytes(root), number)
            for log_id, (root, size, seq, number, _) in zip(log_ids, found, strict=True)
            if seq
        }

    def prepare(self, node_id: bytes, items: Sequence[Item], nonce: int) -> RawTx:
        """Try the call, then sign it. Raises ChainRefused where the contract reverts."""
        heads = [(item.log_id, item.expect_seq, item.size, item.root) for item in items]
        gas = GAS_BASE + GAS_PER_ITEM * len(items)

        def attempt(node: Endpoint) -> str:
            call = node.contract.functions.anchorMany(node_id, heads)
            call.call({"from": self._account.address, "gas": gas})
            return str(node.contract.encode_abi("anchorMany", [node_id, heads]))

        data = self._ask(attempt)
        signed = _sign(self._account, self._chain_id, nonce, gas, data, self._pin.contract)
        return RawTx(
            bytes(signed.raw_transaction), nonce, bytes(signed.hash), self._account.address
        )

    def send(self, raw: bytes) -> None:
        """Send to the highest node; its opinion of the transaction is ignored."""
        provider = self._best().w3.provider
        try:
            provider.make_request(RPCEndpoint("eth_sendRawTransaction"), ["0x" + raw.hex()])
        except _FAILED as error:
            raise ChainUnavailable("chain_silent") from error

    def events(self, node_id: bytes, heads: Mapping[bytes, Head]) -> Mapping[bytes, AnchorEvent]:
        """Return the events that made these heads, asking each block once."""
        found: dict[bytes, AnchorEvent] = {}
        for number in {head.block_number for head in heads.values()}:
            for event in self._logs(number, number, {"nodeId": node_id}):
                if event.log_id in heads and heads[event.log_id].seq == event.seq:
                    found[event.log_id] = event
        return found

    def history(self, node_id: bytes, log_id: bytes) -> Iterator[AnchorEvent]:
        """Yield every anchor event of the log, page by page."""
        height = self._ask(lambda node: node.w3.eth.block_number)
        for first in range(self._first_block, height + 1, PAGE_BLOCKS):
            last = min(first + PAGE_BLOCKS - 1, height)
            yield from self._logs(first, last, {"nodeId": node_id, "logId": log_id})

    def final(self, event: AnchorEvent) -> bool:
        """Return whether enough nodes hold the event's block, deep enough."""
        self._best()
        agreed = sum(self._holds(node, event) for node in self._live)
        if agreed < self._agreeing:
            return False
        if self._keep is not None:
            self._keep(event.block_number)
        return True

    @property
    def _chain_id(self) -> int:
        return int(self._pin.id.removeprefix("eip155:"))

    def _look(self, node: Endpoint) -> Seen | None:
        try:
            height = node.w3.eth.block_number
            found = _identity(node.w3, self._pin.contract)
        except _FAILED:
            return None
        return Seen(node, height, found, found.code_digest != sm3.digest(b""))

    def _best(self) -> Endpoint:
        if not self._live:
            self.identity()
        return self._live[0]

    def _ask(self, question: Callable[[Endpoint], _T]) -> _T:
        try:
            return question(self._best())
        except ContractLogicError as error:
            selector = str(error.data)[:10]
            raise ChainRefused(_REFUSALS.get(selector, "chain_refused"), error=selector) from error
        except _FAILED as error:
            raise ChainUnavailable("chain_silent") from error

    def _holds(self, node: Endpoint, event: AnchorEvent) -> bool:
        try:
            deep = node.w3.eth.block_number - event.block_number + 1 >= self._depth
            return deep and _block_hash(node.w3, event.block_number) == event.block_hash
        except _FAILED:
            return False

    def _logs(self, first: int, last: int, wanted: Mapping[str, bytes]) -> list[AnchorEvent]:
        def read(node: Endpoint) -> list[AnchorEvent]:
            logs = node.contract.events.Anchored().get_logs(
                from_block=BlockNumber(first),
                to_block=BlockNumber(last),
                argument_filters=dict(wanted),
            )
            blocks = {log["blockHash"] for log in logs}
            times = {block: _block_time(node.w3, block) for block in blocks}
            return [_event(log, times[log["blockHash"]]) for log in logs]

        return self._ask(read)


def address(key: bytes) -> str:
    """Return the address of the account with this secp256k1 scalar."""
    return str(Account.from_key(key).address)


def deploy(url: str, *, admin: bytes, node_id: bytes, anchorer: str) -> tuple[ChainIdentity, int]:
    """Deploy the registry, let `anchorer` anchor for the node; return what to pin and its block.

    `admin` is the administrator's secp256k1 scalar. Raises ChainUnavailable, ChainRefused.
    """
    artifact = _artifact()
    try:
        w3 = _web3(url, timeout_seconds=10)
        account: LocalAccount = Account.from_key(admin)
        code = w3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
        data = code.constructor(account.address).data_in_transaction
        made, block = _execute(w3, account, data, None)
        contract = Web3.to_checksum_address(made)
        registry = w3.eth.contract(address=contract, abi=artifact["abi"])
        role = registry.functions.roleOf(node_id).call()
        _execute(w3, account, registry.encode_abi("grantRole", [role, anchorer]), contract)
        return _identity(w3, contract.lower()), block
    except _FAILED as error:
        raise ChainUnavailable("chain_silent") from error


def _execute(w3: Web3, account: LocalAccount, data: str, to: str | None) -> tuple[str, int]:
    """Send an administrator's transaction and wait; return the contract's address and the block."""
    nonce = w3.eth.get_transaction_count(account.address)
    signed = _sign(account, w3.eth.chain_id, nonce, 3_000_000, data, to)
    sent = w3.eth.send_raw_transaction(signed.raw_transaction)
    receipt = w3.eth.wait_for_transaction_receipt(sent, DEPLOY_SECONDS, poll_latency=0.05)
    if receipt["status"] != 1:
        raise ChainRefused("chain_refused")
    return str(receipt["contractAddress"] or to), int(receipt["blockNumber"])


def _sign(
    account: LocalAccount, chain_id: int, nonce: int, gas: int, data: str, to: str | None
) -> Any:
    fields: dict[str, Any] = {
        "chainId": chain_id,
        "nonce": nonce,
        "gas": gas,
        "gasPrice": 0,
        "value": 0,
        "data": data,
    }
    if to is not None:
        fields["to"] = Web3.to_checksum_address(to)
    return account.sign_transaction(fields)


def _artifact() -> dict[str, Any]:
    text = (files("ledger") / "abi" / "AnchorRegistry.json").read_text("utf-8")
    artifact: dict[str, Any] = json.loads(text)
    return artifact


def _web3(url: str, *, timeout_seconds: float) -> Web3:
    provider = HTTPProvider(
        url,
        request_kwargs={"timeout": timeout_seconds},
        # A repeated send would come back as "already known": the outbox repeats, knowing why.
        exception_retry_configuration=None,
        cache_allowed_requests=True,
        # A cached block or transaction would hide a reorganisation.
        cacheable_requests={RPCEndpoint("eth_chainId")},
    )
    # No answer of a contract makes us fetch an address.
    provider.global_ccip_read_enabled = False
    w3 = Web3(provider)
    # Blocks of proof-of-authority chains carry more extra data than Ethereum's.
    w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    return w3


def _endpoint(url: str, contract: str, timeout_seconds: float) -> Endpoint:
    w3 = _web3(url, timeout_seconds=timeout_seconds)
    at = Web3.to_checksum_address(contract)
    return Endpoint(w3, w3.eth.contract(address=at, abi=_artifact()["abi"]))


def _identity(w3: Web3, contract: str) -> ChainIdentity:
    code = bytes(w3.eth.get_code(Web3.to_checksum_address(contract)))
    return ChainIdentity(
        f"eip155:{w3.eth.chain_id}", _block_hash(w3, 0), contract, sm3.digest(code), "evm"
    )


def _block_hash(w3: Web3, number: int) -> bytes:
    return bytes(w3.eth.get_block(BlockNumber(number))["hash"])


def _block_time(w3: Web3, block: HexBytes) -> datetime:
    return datetime.fromtimestamp(w3.eth.get_block(block)["timestamp"], UTC)


def _event(log: EventData, block_time: datetime) -> AnchorEvent:
    return AnchorEvent(
        bytes(log["args"]["logId"]),
        log["args"]["seq"],
        log["args"]["size"],
        bytes(log["args"]["root"]),
        log["blockNumber"],
        bytes(log["blockHash"]),
        block_time,
        bytes(log["transactionHash"]),
    )
