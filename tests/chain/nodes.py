"""anvil processes for the tests: started, killed, stopped and started again."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from web3 import Web3

from ledger.chain import ChainIdentity
from ledger.chains import anvil
from ledger.chains.evm import EvmChain, address, deploy
from ledger.chains.rpc import batch
from ledger.checkpoint import node_id
from ledger.errors import ChainUnavailable

NODE = "node.test"
NODE_ID = node_id(NODE)
KEY = bytes(31) + b"\1"
ADMIN = bytes(31) + b"\2"
ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "contracts" / "node_modules" / "@foundry-rs"
ARTIFACT = ROOT / "ledger" / "abi" / "AnchorRegistry.json"


def anvil_binary() -> Path | None:
    """Return anvil as npm put it there for this platform, None where it is not installed."""
    return next(PACKAGES.glob("anvil-*/bin/anvil"), None)


@dataclass(frozen=True, slots=True)
class Deployed:
    """A chain on which the contract stands, as a state to start from."""

    identity: ChainIdentity
    state: bytes
    before: bytes
    """The state before the contract was there."""


class Node:
    """One anvil on a port of its own."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self._binary = binary
        self.state = folder / "state.json"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, state: bytes | None = None, *, born: int | None = None) -> None:
        """Start from `state`, or from what the file holds, and wait until it answers.

        `born`: the second of a new chain's first block; two chains that begin in the same second
        have the same genesis. Blocks are made by `mine` alone, so that nothing depends on when
        anvil gets round to it.
        """
        if state is not None:
            self.state.write_bytes(state)
        command = anvil.command(self._binary, port=self.port, state=self.state)
        if born is not None:
            command += ["--timestamp", str(born)]
        self._process = subprocess.Popen(command)
        patience = Event()
        for _ in range(1000):
            assert self._process.poll() is None, "anvil did not start"
            try:
                self.rpc("evm_setAutomine", False)
            except ChainUnavailable:
                patience.wait(0.01)
            else:
                return
        raise AssertionError("anvil does not answer")

    def mine(self) -> None:
        """Make a block of what waits."""
        self.rpc("evm_mine")

    def kill(self) -> None:
        """Kill -9, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self, state: bytes | None = None) -> None:
        """Kill -9 and start again."""
        self.kill()
        self.start(state)

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Let the process hang: connections are taken, nothing is answered."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        yield
        os.kill(self._process.pid, signal.SIGCONT)

    def rpc(self, method: str, *params: Any) -> Any:
        """Call one method."""
        return batch(self.url, [(method, list(params))], timeout_seconds=5, limit_bytes=1 << 26)[0]

    def dump(self, path: Path) -> bytes:
        """Return the state as a new node can load it."""
        anvil.StateFile(self.url, path).keep(0)
        return path.read_bytes()

    def deploy(self, folder: Path) -> Deployed:
        """Put the contract on the chain, with KEY as the anchorer of NODE."""
        self.rpc("evm_setAutomine", True)
        before = self.dump(folder / "before.json")
        identity, _ = deploy(self.url, admin=ADMIN, node_id=NODE_ID, anchorer=address(KEY))
        return Deployed(identity, self.dump(folder / "deployed.json"), before)

    def administer(self, deployed: Deployed, function: str, *arguments: object) -> int:
        """Call a function of the contract as its administrator, in a block of its own."""
        return self.execute(deployed, address(ADMIN), function, *arguments)

    def execute(self, deployed: Deployed, account: str, function: str, *arguments: object) -> int:
        """Call a function of the contract as this account; return the gas it took."""
        call = {
            "from": account,
            "to": deployed.identity.contract,
            "data": _encode(function, *arguments),
            "gas": hex(25_000_000),
            "gasPrice": "0x0",
        }
        self.rpc("anvil_impersonateAccount", account)
        sent = self.rpc("eth_sendTransaction", call)
        self.mine()
        receipt = self.rpc("eth_getTransactionReceipt", sent)
        assert receipt["status"] == "0x1"
        return int(receipt["gasUsed"], 16)

    def read(self, deployed: Deployed, function: str, *arguments: object) -> bytes:
        """Return what a function of the contract answers."""
        call = {"to": deployed.identity.contract, "data": _encode(function, *arguments)}
        return bytes.fromhex(self.rpc("eth_call", call, "latest")[2:])


def connect(deployed: Deployed, *nodes: Node, **settings: Any) -> EvmChain:
    """Return the driver over these nodes."""
    chosen: dict[str, Any] = {"key": KEY, "agreeing": 1} | settings
    return EvmChain([node.url for node in nodes], deployed.identity, **chosen)


def _encode(function: str, *arguments: object) -> str:
    abi = json.loads(ARTIFACT.read_text("utf-8"))["abi"]
    return str(Web3().eth.contract(abi=abi).encode_abi(function, list(arguments)))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
