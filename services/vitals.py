"""How a serving process feels: its worker, the checks of /readyz, the gauges of /metrics."""

import logging
from collections.abc import Callable, Mapping
from threading import Event, Thread

from crypto import selftest
from identity.status_list import TTL
from ledger.chain import Chain
from ledger.errors import LogInconsistent
from services.anchoring import anchors, checkpoints
from services.audit import trail
from services.platform import health
from services.platform.errors import Conflict, ServiceError, Tampered, Unavailable
from services.platform.health import OK, Health, Outcome, fail
from services.platform.jobs import queue
from services.platform.jobs.runner import Runner
from services.platform.work import Runtime
from services.reports import service as reports
from services.status import lists, marks
from services.web.metrics import Metrics

GRAVE = frozenset(
    {
        *(checkpoints.ALARM, anchors.DIVERGENCE, "tampered"),
        *("row_altered", "rows_altered", "audit_altered", "signature_fault"),
        *marks.CODES,
    }
)
"""Kinds and subjects of alarms with which a node should not be sent work."""

AGAIN_SECONDS = 5
STOP_SECONDS = 30

_log = logging.getLogger("kexin")


class Worker:
    """The worker's thread. It waits while another process has the work, and takes over then."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._stopped = Event()
        self._elsewhere = False
        self._thread = Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece of work in hand."""
        self._stopped.set()
        self._runner.stop()
        self._thread.join(STOP_SECONDS)

    def check(self) -> Outcome:
        """Say whether somebody works, here or in another process."""
        return OK if self._elsewhere else self._runner.health()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._elsewhere = False
                self._runner.run()
            except Conflict as error:
                if error.code != "worker_runs_already":
                    raise
                self._elsewhere = True
                self._stopped.wait(AGAIN_SECONDS)


def checks(runtime: Runtime, chain: Chain, worker: Worker | None) -> Health:
    """Return what /readyz asks."""
    made = Health()
    made.register("database", health.database(runtime))
    made.register("cryptography", cryptography)
    made.register("master", lambda: master(runtime))
    made.register("chain", lambda: anchors.health(runtime, chain))
    made.register("checkpoints", lambda: checkpoints.health(runtime))
    made.register("status", lambda: status(runtime))
    made.register("alarms", lambda: alarms(runtime))
    if worker is not None:
        made.register("worker", worker.check)
    return made


def cryptography() -> Outcome:
    """Say whether the known answers came out right."""
    return fail("selftest_failed") if selftest.state() is selftest.State.FAILED else OK


def master(runtime: Runtime) -> Outcome:
    """Say whether the sealed master key is still where the next start will look for it."""
    return OK if runtime.settings.master_file.is_file() else fail("master_missing")


def status(runtime: Runtime) -> Outcome:
    """Say whether verifiers still believe the status lists, and whether none went back."""
    with runtime.reading() as work:
        age = lists.age_seconds(work)
        try:
            marks.check_all(work)
        except (Tampered, Unavailable, LogInconsistent) as error:
            return fail(error.code)
    fresh = age is not None and age <= TTL.total_seconds()
    return OK if fresh else fail("status_list_stale")


def alarms(runtime: Runtime) -> Outcome:
    """Say whether anything grave happened that nobody has looked at."""
    with runtime.reading() as work:
        raised = {name for alarm in trail.alarms(work) for name in alarm}
    found = sorted(raised & GRAVE)
    return fail(found[0]) if found else OK


def measure(metrics: Metrics, runtime: Runtime) -> None:
    """Add the gauges that are looked up when somebody fetches the metrics."""
    metrics.gauge("jobs", "Jobs by state", "state", _quiet(lambda: queue.counts(runtime)))
    filed = _quiet(lambda: _reports(runtime))
    metrics.gauge("reports", "Reports of suspicious certificates by state", "state", filed)
    raised = _quiet(lambda: _kinds(runtime))
    metrics.gauge("alarms", "Alarms that nobody has cleared", "kind", raised)
    age = _quiet(lambda: _age(runtime))
    metrics.gauge("status_list_age_seconds", "Age of the oldest status list", "list", age)


def _kinds(runtime: Runtime) -> Mapping[str, float]:
    with runtime.reading() as work:
        kinds = [kind for kind, _ in trail.alarms(work)]
    return {kind: kinds.count(kind) for kind in kinds}


def _reports(runtime: Runtime) -> Mapping[str, float]:
    with runtime.reading() as work:
        return reports.counts(work)


def _age(runtime: Runtime) -> Mapping[str, float]:
    with runtime.reading() as work:
        age = lists.age_seconds(work)
    return {} if age is None else {"oldest": age}


def _quiet(read: Callable[[], Mapping[str, float]]) -> Callable[[], Mapping[str, float]]:
    """Leave a gauge out while the database does not answer: the other metrics are needed then."""

    def read_or_nothing() -> Mapping[str, float]:
        try:
            return read()
        except ServiceError:
            return {}

    return read_or_nothing
