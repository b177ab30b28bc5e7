"""The development chain: how anvil is started, and how its state survives a `kill -9`.

anvil keeps a chain in memory; its own state file is rewritten in place and is lost or empty when
the process dies at the wrong moment. Here a block counts as final only when a dump that holds it
is in the file: written beside it, flushed, renamed over it. What was not final when anvil died,
the outbox sends again.

Errors     ChainUnavailable chain_silent, chain_dump (an answer that is no state)
"""

import gzip
import json
import os
from pathlib import Path

from ledger.chains.rpc import batch
from ledger.errors import ChainUnavailable

CHAIN_ID = 31337
STATE = "anvil.json"
"""Name of the state's file in the chain's folder."""
DUMP_SECONDS = 30
MAX_DUMP = 1 << 30


def command(binary: Path, *, port: int, state: Path) -> list[str]:
    """Return the command that starts the chain on loopback, from the kept state if there is one.

    No account has money and no transaction costs any: the price of gas is zero.
    """
    fixed = ["--host", "127.0.0.1", "--quiet", "--no-cors", "--accounts", "0"]
    rules = ["--chain-id", str(CHAIN_ID), "--hardfork", "paris"]
    free = ["--gas-price", "0", "--block-base-fee-per-gas", "0"]
    load = ["--load-state", str(state)] if state.exists() else []
    return [str(binary), "--port", str(port), *fixed, *rules, *free, *load]


class StateFile:
    """Keeps a running chain's state in a file that is whole at every moment."""

    def __init__(self, url: str, path: Path) -> None:
        self._url = url
        self._path = path
        self._kept = -1

    def keep(self, number: int) -> None:
        """Return when the file holds block `number`. Raises ChainUnavailable."""
        if number <= self._kept:
            return
        height, genesis, dump = batch(
            self._url,
            [
                ("eth_blockNumber", []),
                ("eth_getBlockByNumber", ["0x0", False]),
                ("anvil_dumpState", []),
            ],
            timeout_seconds=DUMP_SECONDS,
            limit_bytes=MAX_DUMP,
        )
        try:
            found = int(height, 16)
            state = _one_genesis(gzip.decompress(bytes.fromhex(dump[2:])), genesis["timestamp"])
        except (OSError, TypeError, ValueError, LookupError, EOFError) as error:
            raise ChainUnavailable("chain_dump") from error
        self._replace(state)
        self._kept = found

    def _replace(self, state: bytes) -> None:
        beside = self._path.with_name(self._path.name + ".new")
        with open(beside, "wb", opener=_private) as file:
            file.write(state)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _private(path: str, flags: int) -> int:
    """Open a file that is its owner's alone if it is made now."""
    return os.open(path, flags, 0o600)


def _one_genesis(dump: bytes, timestamp: str) -> bytes:
    """Return the state with the chain's own first block alone.

    Each start of anvil makes a first block before it loads ours, and dumps all of them; which
    one a later start takes is chance, and with the wrong one it is another chain.
    """
    state = json.loads(dump)
    state["blocks"] = [
        block
        for block in state["blocks"]
        if int(block["header"]["number"], 16) or block["header"]["timestamp"] == timestamp
    ]
    return json.dumps(state).encode()
