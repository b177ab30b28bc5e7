"""The worker's loop: claim a job, do it piece by piece, and between pieces what recurs.

Handler    does one piece of a job. It builds, signs and verifies outside any transaction, then
           opens one `runtime.writing()` in which its rows and `queue.advance` or `queue.finish`
           commit together, and returns the lease as it is then.
Recurring  something that is due every so many seconds, such as a step of anchoring; safe to be
           done by several workers, and safe to be cut off anywhere
Errors     not now (Unavailable, ChainUnavailable, LogMoved, CryptoUnavailable): given back, and
           tried again after RETRY_SECONDS; LostLease: dropped, somebody else has it; any other
           error of ours: the job fails with its code. Each but LostLease is told to `alarm`.
           What is not ours is a bug: it ends the worker, and health says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from crypto.errors import CryptoError, CryptoUnavailable
from identity.errors import IdentityError
from ledger.errors import ChainUnavailable, LedgerError, LogMoved
from services.platform import health
from services.platform.errors import ServiceError, Unavailable
from services.platform.health import Outcome
from services.platform.jobs import queue
from services.platform.jobs.alone import the_worker
from services.platform.jobs.queue import Lease, LostLease
from services.platform.work import Runtime

RETRY_SECONDS = 5
IDLE_SECONDS = 1.0

OURS = (ServiceError, CryptoError, IdentityError, LedgerError)
NOT_NOW = (Unavailable, ChainUnavailable, LogMoved, CryptoUnavailable)

Handler = Callable[[Runtime, Lease], Lease]

Alarm = Callable[[str, str], None]
"""Told of what went wrong: the job's kind or the recurring thing's name, and the code."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """What the worker does by itself."""

    name: str
    every_seconds: int
    call: Callable[[Runtime], None]
    at_start: bool = True
    """Whether the first time is now, or after `every_seconds`."""


class Runner:
    """One worker. `run` in a thread or a process of its own."""

    def __init__(
        self,
        runtime: Runtime,
        handlers: Mapping[str, Handler],
        *,
        owner: str,
        alarm: Alarm,
        recurring: Sequence[Recurring] = (),
    ) -> None:
        self._runtime = runtime
        self._handlers = dict(handlers)
        self._owner = owner
        self._alarm = alarm
        self._recurring = tuple(recurring)
        self._due: dict[str, datetime] = {}
        self._wake = Event()
        self._stop = Event()
        self._running = False

    def wake(self) -> None:
        """Look for jobs now: `work.after_commit(runner.wake)` after an enqueue."""
        self._wake.set()

    def stop(self) -> None:
        """End `run` after the piece in hand; the job is given back."""
        self._stop.set()
        self._wake.set()

    def health(self) -> Outcome:
        """Say whether the loop runs."""
        return health.OK if self._running else health.fail("worker_not_running")

    def run(self) -> None:
        """Work until `stop`. Raises Conflict worker_runs_already on SQLite."""
        with the_worker(self._runtime):
            self._running = True
            try:
                while not self._stop.is_set():
                    self._wake.clear()
                    self.do_recurring()
                    if not self.do_job() and not self._stop.is_set():
                        self._wake.wait(IDLE_SECONDS)
            finally:
                self._running = False

    def do_job(self) -> bool:
        """Claim one job and do all of it; return whether there was one."""
        try:
            with self._runtime.writing() as work:
                lease = queue.claim(work, owner=self._owner, kinds=list(self._handlers))
        except Unavailable as error:
            self._alarm("claim", error.code)
            return False
        if lease is None:
            return False
        self._do(lease)
        return True

    def do_recurring(self) -> None:
        """Do what is due."""
        for each in self._recurring:
            now, pause = self._runtime.clock(), timedelta(seconds=each.every_seconds)
            if now < self._due.setdefault(each.name, now if each.at_start else now + pause):
                continue
            self._due[each.name] = now + pause
            try:
                each.call(self._runtime)
            except OURS as error:
                self._alarm(each.name, error.code)

    def _do(self, lease: Lease) -> None:
        handler = self._handlers[lease.kind]
        try:
            while not lease.ended and not self._stop.is_set():
                lease = handler(self._runtime, lease)
                self.do_recurring()
            if not lease.ended:
                self._give_back(lease, delay_seconds=0, code=None)
        except LostLease:
            return
        except NOT_NOW as error:
            self._give_back(lease, delay_seconds=RETRY_SECONDS, code=error.code)
            self._alarm(lease.kind, error.code)
        except OURS as error:
            self._fail(lease, error.code)
            self._alarm(lease.kind, error.code)

    def _give_back(self, lease: Lease, *, delay_seconds: int, code: str | None) -> None:
        """Give the job back; if that does not work either, its lease will run out."""
        try:
            with self._runtime.writing() as work:
                queue.give_back(work, lease, delay_seconds=delay_seconds, code=code)
        except (LostLease, Unavailable):
            return

    def _fail(self, lease: Lease, code: str) -> None:
        try:
            with self._runtime.writing() as work:
                queue.fail(work, lease, code=code)
        except (LostLease, Unavailable):
            return
