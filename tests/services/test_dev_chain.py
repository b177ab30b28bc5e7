"""The demo's chain lives as long as the demo, however that ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from ledger.chains.rpc import batch
from ledger.errors import ChainUnavailable
from services import dev_chain
from services.platform.errors import Unavailable

ROOT = Path(__file__).parents[2]
LONG = 100


def answers(url: str) -> bool:
    try:
        batch(url, [("eth_blockNumber", [])], timeout_seconds=1, limit_bytes=10_000)
    except ChainUnavailable:
        return False
    return True


def gone(url: str) -> bool:
    """Return whether the chain stops answering within some seconds."""
    pause = Event()
    return any(not answers(url) or pause.wait(0.1) for _ in range(LONG))


@pytest.fixture
def binary() -> Path:
    found = dev_chain.binary()
    if found is None:
        pytest.skip("anvil is not installed: make setup")
    return found


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Return a program that takes any options and is not a chain."""
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\nexec sleep 60\n")
    path.chmod(0o755)
    return path


@pytest.mark.component
def test_the_chain_answers_and_ends_with_its_context(binary: Path, tmp_path: Path) -> None:
    with dev_chain.running(binary, tmp_path / "chain", dev_chain.free_port()) as url:
        assert answers(url)
    assert not answers(url)


@pytest.mark.component
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_chain_outlives_the_process_that_started_it(
    binary: Path, tmp_path: Path, how: signal.Signals
) -> None:
    code = f"""
from pathlib import Path
from threading import Event
from services import dev_chain
binary, folder = Path({str(binary)!r}), Path({str(tmp_path)!r})
with dev_chain.running(binary, folder, dev_chain.free_port()) as url:
    print(url, flush=True)
    Event().wait()
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        assert answers(url)
        os.kill(child.pid, how)
    assert gone(url)


def test_a_program_that_ends_at_once_is_told(tmp_path: Path) -> None:
    running = dev_chain.running(Path("/bin/false"), tmp_path / "chain", dev_chain.free_port())
    with pytest.raises(Unavailable, match="dev_chain_died"), running:
        pass


def test_a_program_that_never_answers_is_told_and_ended(
    tmp_path: Path, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev_chain, "START_SECONDS", 0.2)
    started: list[subprocess.Popen[bytes]] = []
    original = subprocess.Popen

    def noting(*arguments: object, **named: object) -> "subprocess.Popen[bytes]":
        started.append(original(*arguments, **named))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noting)
    running = dev_chain.running(script, tmp_path / "chain", dev_chain.free_port())
    with pytest.raises(Unavailable, match="dev_chain_silent"), running:
        pass
    assert started[0].poll() is not None


def test_where_it_is_not_installed_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev_chain, "CHECKOUT", tmp_path)
    assert dev_chain.binary() is None
