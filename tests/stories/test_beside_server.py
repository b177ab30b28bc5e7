"""People approve and issue by the command line while the server runs, on SQLite."""

import sqlite3
from threading import Event, Thread
from time import monotonic

import pytest

from services import dev_chain
from tests.services.honours import classes
from tests.services.nodes import Node
from tests.stories.programs import Kexin

ROWS = 600
LONGEST_WAIT_SECONDS = 1.0


class Waiting:
    """Asks for the writer's lock again and again, and notes how long it had to wait for it."""

    def __init__(self, path: str) -> None:
        self.longest = 0.0
        self.times = 0
        self._path, self._stop = path, Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> "Waiting":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        while not self._stop.wait(0.02):
            started = monotonic()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            self.longest = max(self.longest, monotonic() - started)
            self.times += 1
        connection.close()


@pytest.mark.slow
def test_approving_and_issuing_work_beside_the_server(kexin: Kexin, school: Node) -> None:
    batch = classes.draft(school, classes.pupils(ROWS))
    school.runtime.database.close()
    with (
        kexin.serving(dev_chain.free_port(), "serve") as server,
        Waiting(str(kexin.home / "kexin.sqlite3")) as waiting,
    ):
        kexin.sign_in("school-a-approver")
        proof = kexin.proof("school-a-approver")
        approved = kexin.json("honours", "approve", batch, stdin=proof)
        issued = kexin.json("honours", "issue", batch)
        bundle = kexin.folder / "first.kexin.json"
        kexin.json("honours", "bundle", approved["first"], "--out", str(bundle))
        online = kexin.run("verify", str(bundle))
        assert server.poll() is None
    assert (issued["state"], issued["states"]) == ("done", {"ISSUED": ROWS})
    assert kexin.run("verify", str(bundle), "--offline").returncode == 0
    assert online.returncode in (0, 3), online.stdout
    assert waiting.times > 50
    assert waiting.longest < LONGEST_WAIT_SECONDS


@pytest.mark.slow
def test_a_worker_beside_the_server_is_told_that_there_is_one(kexin: Kexin, school: Node) -> None:
    school.runtime.database.close()
    with kexin.serving(dev_chain.free_port(), "serve"):
        done = kexin.run("worker")
    assert done.returncode == 1
    assert "[worker_runs_already]" in done.stderr
