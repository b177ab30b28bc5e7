"""The development chain beside a demo: start anvil, wait until it answers, deploy once, stop it.

Found at     contracts/node_modules of a checkout, put there by `make demo`; where it is missing,
             the local driver serves and everything says so
Runs as      a child that ends with us; without Node, the binary itself
"""

import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from ledger.chain import ChainIdentity
from ledger.chains import anvil
from ledger.chains.rpc import batch
from ledger.checkpoint import node_id
from ledger.errors import ChainUnavailable
from services import process
from services.platform.errors import Unavailable
from services.platform.work import Runtime

CHECKOUT = Path(__file__).resolve().parents[1]
START_SECONDS = 20


def binary() -> Path | None:
    """Return anvil's binary for this machine, None where it is not installed."""
    system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform, sys.platform)
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = CHECKOUT / "contracts/node_modules/@foundry-rs" / f"anvil-{system}-{machine}"
    found = package / "bin" / "anvil"
    return found if os.access(found, os.X_OK) else None


def free_port() -> int:
    """Return a port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(path: Path, folder: Path, port: int) -> Iterator[str]:
    """Run the chain with the state in `folder`; yield its address, stop it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    command = anvil.command(path, port=port, state=folder / anvil.STATE)
    with (folder / "anvil.log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - our own binary, no shell
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, child)
        yield url
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait()


def ensure_deployed(runtime: Runtime, url: str) -> ChainIdentity:
    """Deploy the registry at the first start; return what the node is pinned to."""
    settings = runtime.settings
    path = process.deployment_file(settings)
    if path.exists():
        return process.read_deployment(path)
    from ledger.chains import evm

    folder = settings.chain_folder
    anchorer = evm.address(process.chain_key(runtime, folder / "anchorer.key"))
    admin = process.chain_key(runtime, folder / "admin.key")
    node = node_id(settings.node_name)
    identity = evm.deploy(url, admin=admin, node_id=node, anchorer=anchorer)
    anvil.StateFile(url, folder / anvil.STATE).keep(2)
    process.write_deployment(path, identity)
    return identity


def _wait(url: str, child: "subprocess.Popen[bytes]") -> None:
    pause = Event()
    for _ in range(START_SECONDS * 20):
        if child.poll() is not None:
            raise Unavailable("dev_chain_died")
        try:
            batch(url, [("eth_blockNumber", [])], timeout_seconds=1, limit_bytes=10_000)
        except ChainUnavailable:
            pause.wait(0.05)
        else:
            return
    raise Unavailable("dev_chain_silent")
