"""What a stranger waits for: a verdict in process, and `kexin verify` as a process of its own."""

import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from bench.measure import Measured, Watch, compare, running
from crypto import canonical
from identity import trust_list
from services.evidence.verdict import Outcome, verify
from services.honours import bundles
from services.platform import clock
from services.registry import trust
from tests.services.nodes import Node

GROUP = "verify one bundle, offline"
BARE = "python -c pass"


def run(node: Node, folder: Path, rounds: int) -> list[Measured]:
    """Verify a bundle of the node in both ways. Raises AssertionError unless it is valid."""
    data = bundles.of_number(node.runtime, node.numbers()[0])
    size = {"bytes": float(len(data))}
    inside = replace(_in_process(node, data, rounds), facts=size)
    return [inside, *_processes(node, folder, data, rounds)]


def _in_process(node: Node, data: bytes, rounds: int) -> Measured:
    document = canonical.loads((node.runtime.settings.trust_folder / trust.LIST).read_bytes())
    now = clock.system()
    trusted = trust_list.open(document, node.root, now=now, seen=None)

    def judge() -> None:
        verdict = verify(data, trust=trusted, now=now)
        assert verdict.result is Outcome.VALID, verdict

    [measured] = compare(GROUP, {"in process": judge}, rounds=rounds, against="in process")
    return replace(measured, ratio=None, against="")


def _processes(node: Node, folder: Path, data: bytes, rounds: int) -> list[Measured]:
    path = folder / "bundle.kexin.json"
    path.write_bytes(data)
    home = node.runtime.settings.trust_folder
    files = [str(path), "--trust", str(home / trust.LIST), "--root", str(home / trust.ROOT)]
    environment = {
        "HOME": str(folder),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "XDG_STATE_HOME": str(folder / "state"),
    }
    commands = {
        BARE: [sys.executable, "-c", "pass"],
        "kexin verify --offline": [*_kexin(), "verify", "--offline", *files],
    }
    passed = {name: Watch() for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            with running(passed[name]):
                subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            passed[name].cpu += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = [watch.of(GROUP, name, rounds) for name, watch in passed.items()]
    return [replace(each, ratio=each.cpu_us / lines[0].cpu_us, against=BARE) for each in lines]


def _kexin() -> list[str]:
    """Return the command as people have it, installed beside the interpreter."""
    beside = Path(sys.executable).with_name("kexin")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "services"]
