"""The development chain beside a demo: start anvil, wait until it answers, deploy once, stop it.

Found at     contracts/node_modules of a checkout, put there by `make demo`; where it is missing,
             the local driver serves and everything says so
Runs as      a child under a shell that reads a pipe of ours: however we end, the pipe ends, and
             the chain with it. Without Node: the binary itself
State        ledger.chains.anvil: what was called final is in the file, the rest is sent again
Errors       Unavailable dev_chain_died, dev_chain_silent
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

from ledger.chains import anvil
from ledger.chains.rpc import batch
from ledger.checkpoint import node_id
from ledger.errors import ChainUnavailable
from services import pinned
from services.pinned import Deployment
from services.platform import files
from services.platform.errors import Unavailable
from services.platform.work import Runtime

CHECKOUT = Path(__file__).resolve().parents[1]
START_SECONDS = 20.0
STOP_SECONDS = 10
_WATCHED = """
exec 3<&0 </dev/null
"$@" 3<&- &
chain=$!
{ cat <&3 >/dev/null; kill "$chain"; } 2>/dev/null &
exec 3<&-
wait "$chain"
"""
"""What the shell does: `cat` ends when the pipe's other end is closed, by us or by our end."""


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
    with files.opened(folder / "anvil.log") as log:
        child = subprocess.Popen(  # noqa: S603 - our own binary
            ["/bin/sh", "-c", _WATCHED, "anvil", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us; we stop the chain when we are done
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, child)
        yield url
    finally:
        _stop(child)


def ensure_deployed(runtime: Runtime, url: str) -> None:
    """Deploy the registry at the first start. Raises Unavailable where its record was lost."""
    settings = runtime.settings
    path = pinned.deployment_file(settings)
    if path.exists():
        return
    pinned.require_first(runtime, path)
    from ledger.chains import evm

    folder = settings.chain_folder
    anchorer = evm.address(pinned.chain_key(runtime, pinned.chain_key_file(settings)))
    admin = pinned.chain_key(runtime, folder / "admin.key")
    node = node_id(settings.node_name)
    identity, first_block = evm.deploy(url, admin=admin, node_id=node, anchorer=anchorer)
    anvil.StateFile(url, folder / anvil.STATE).keep(2)
    pinned.write_deployment(path, Deployment(identity, first_block))


def _wait(url: str, child: "subprocess.Popen[bytes]") -> None:
    pause = Event()
    for _ in range(int(START_SECONDS * 20)):
        if child.poll() is not None:
            raise Unavailable("dev_chain_died")
        try:
            batch(url, [("eth_blockNumber", [])], timeout_seconds=1, limit_bytes=10_000)
        except ChainUnavailable:
            pause.wait(0.05)
        else:
            return
    raise Unavailable("dev_chain_silent")


def _stop(child: "subprocess.Popen[bytes]") -> None:
    """Close the pipe and wait; whatever is left of the group after a while is killed."""
    assert child.stdin is not None
    child.stdin.close()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
