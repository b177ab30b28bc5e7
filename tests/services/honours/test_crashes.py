"""A worker that dies anywhere, started again: one certificate a row, no gap, a whole log.

Table    the job of a batch in two chunks, cut off before and after each statement that it sends
         to the database, each signature and each commit: a forked child dies by os._exit there
Kill     the same by SIGKILL from outside, at whatever it is doing
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from crypto.provider import Provider
from identity import approval
from services.honours import issue
from services.platform import db
from services.platform.jobs import queue
from services.platform.work import Runtime
from tests.services.honours import classes, invariants, working
from tests.services.honours.classes import pupil
from tests.services.nodes import Node

ROOT = Path(__file__).parents[3]
DIED = 17
ROWS = 3


@dataclass
class Fuse:
    """Counts the external steps of a process and ends it at one of them."""

    step: int
    before: bool
    count: int = 0

    def around(self, call: Callable[..., Any], *arguments: Any) -> Any:
        self.tick(before=True)
        done = call(*arguments)
        self.tick(before=False)
        return done

    def tick(self, *, before: bool) -> None:
        self.count += before
        if self.count == self.step and before is self.before:
            os._exit(DIED)


class _Fused:
    """A device whose signatures are steps."""

    certified = False

    def __init__(self, provider: Provider, fuse: Fuse) -> None:
        self._device, self._fuse = provider.device, fuse
        self.name = provider.device.name
        self.generate = provider.device.generate

    def sign_e(self, *arguments: Any) -> Any:
        return self._fuse.around(self._device.sign_e, *arguments)


def fused(node: Node, fuse: Fuse) -> Runtime:
    """Return the same node with connections of its own, each of whose statements is a step."""
    settings = node.runtime.settings
    engine = db.engine(settings.database, connections=4)
    event.listen(engine, "before_cursor_execute", lambda *_: fuse.tick(before=True))
    event.listen(engine, "after_cursor_execute", lambda *_: fuse.tick(before=False))
    dialect: Any = engine.dialect
    commit = dialect.do_commit
    dialect.do_commit = lambda connection: fuse.around(commit, connection)
    provider = Provider(_Fused(node.runtime.provider, fuse), check=approval.authorize)
    return replace(node.runtime, database=db.Database(engine), provider=provider)


def do_all(node: Node, fuse: Fuse) -> None:
    runtime = fused(node, fuse)
    working.finish(runtime, working.claimed(runtime))
    runtime.database.close()


def died(node: Node, fuse: Fuse) -> bool:
    """Do the job in a child; return whether the child died of its fuse."""
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        do_all(node, fuse)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, DIED)
    return status == DIED


def approved(node: Node, number: int) -> str:
    rows = [pupil(number * ROWS + each) for each in range(ROWS)]
    return classes.approved(node, rows).batch_id


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_step_died_before_and_after(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issue, "CHUNK", 2)
    batch_id = approved(node, 0)
    whole = Fuse(step=-1, before=True)
    do_all(node, whole)
    assert classes.states(node, batch_id) == {"SIGNED": ROWS}
    assert whole.count > 60

    number = 0
    for step in _steps(node, whole.count):
        for before in (True, False):
            number += 1
            batch_id = approved(node, number)
            node.runtime.database.close()  # a child shares no connection with us
            assert died(node, Fuse(step, before)), (step, before)
            left = classes.states(node, batch_id)
            assert left.get("SIGNED", 0) in (0, 2, 3), "a chunk is there, or it is not"
            node.clock.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
            if working.progress(node, batch_id).state != "done":
                working.finish(node.runtime, working.claimed(node.runtime, "next"))
            assert classes.states(node, batch_id) == {"SIGNED": ROWS}, (step, before)
    invariants.check(node)
    node.work()
    invariants.check(node)


def _steps(node: Node, count: int) -> Iterator[int]:
    """On SQLite each step of the first chunk, then every third; on PostgreSQL every fourth."""
    if not node.runtime.database.embedded:
        yield from range(1, count + 1, 4)
        return
    first = count * 2 // 3
    yield from range(1, first)
    yield from range(first, count + 1, 3)


WORKER = """
import sys
from datetime import datetime
from pathlib import Path
from services.honours import approving, issue
from services.platform.jobs import alone
from tests.services import nodes
from tests.services.honours import working

home, url, now = sys.argv[1:]
issue.CHUNK = 2
with nodes.opened(Path(home), url or None, datetime.fromisoformat(now)) as node:
    with alone.the_worker(node.runtime):
        print("ready", flush=True)
        working.finish(node.runtime, working.claimed(node.runtime, "child"))
        print("done", flush=True)
"""


def worker(node: Node) -> "subprocess.Popen[str]":
    settings = node.runtime.settings
    url = "" if node.runtime.database.embedded else settings.database
    arguments = [str(settings.home), url, node.clock.now.isoformat()]
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_worker_that_is_killed_three_times(node: Node) -> None:
    rows = classes.pupils(120)
    batch_id = classes.approved(node, rows).batch_id
    for killed in range(3):
        with worker(node) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            wanted = len(classes.certificates(node, batch_id)) + 10 + 2 * killed
            while len(classes.certificates(node, batch_id)) < wanted:
                assert child.poll() is None
            child.send_signal(signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL
        invariants.check(node)
        node.clock.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
    with worker(node) as child:
        assert child.stdout is not None
        assert child.stdout.read() == "ready\ndone\n"
    assert classes.states(node, batch_id) == {"SIGNED": 120}
    node.work()
    assert classes.states(node, batch_id) == {"ISSUED": 120}
    invariants.check(node)
