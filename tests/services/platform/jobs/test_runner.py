"""The worker does jobs piece by piece and survives everything that is not a bug."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from crypto.errors import CryptoUnavailable, NotAuthorized
from ledger.errors import ChainUnavailable
from services.platform import health
from services.platform.errors import Conflict, Refused, Unavailable
from services.platform.jobs import queue
from services.platform.jobs.alone import the_worker
from services.platform.jobs.queue import Lease, LostLease
from services.platform.jobs.runner import RETRY_SECONDS, Recurring, Runner
from services.platform.work import Runtime
from tests.services.conftest import Ticking


@dataclass
class Counting:
    """A handler that does one of `total` each time, and what a test has it do first."""

    first: Callable[[Lease], None] = lambda _lease: None
    pieces: list[int] = field(default_factory=list)

    def __call__(self, runtime: Runtime, lease: Lease) -> Lease:
        self.first(lease)
        with runtime.writing() as work:
            self.pieces.append(lease.cursor)
            if lease.cursor + 1 == lease.total:
                return queue.finish(work, lease)
            return queue.advance(work, lease, cursor=lease.cursor + 1, done=lease.cursor + 1)


@dataclass
class Bench:
    """A runner with one kind of job, and the alarms it raised."""

    runtime: Runtime
    handler: Counting
    runner: Runner
    alarms: list[tuple[str, str]]
    recurring: list[str]

    def add(self, total: int = 3) -> str:
        with self.runtime.writing() as work:
            work.after_commit(self.runner.wake)
            return queue.enqueue(work, kind="count", subject="s", total=total)

    def state(self, job_id: str) -> tuple[str, int, str | None]:
        with self.runtime.reading() as work:
            found = queue.progress(work.session, job_id)
        return found.state, found.done, found.error_code


@pytest.fixture
def bench(runtime: Runtime) -> Bench:
    alarms: list[tuple[str, str]] = []
    done: list[str] = []
    handler = Counting()
    runner = Runner(
        runtime,
        {"count": handler},
        owner="w1",
        alarm=lambda name, code: alarms.append((name, code)),
        recurring=[Recurring("tick", 10, lambda _runtime: done.append("tick"))],
    )
    return Bench(runtime, handler, runner, alarms, done)


def raising(error: Exception) -> Callable[[Lease], None]:
    def first(_lease: Lease) -> None:
        raise error

    return first


def test_a_job_is_done_piece_by_piece(bench: Bench) -> None:
    job_id = bench.add()
    assert bench.runner.do_job()
    assert bench.handler.pieces == [0, 1, 2]
    assert bench.state(job_id) == ("done", 3, None)
    assert not bench.runner.do_job()
    assert bench.alarms == []


@pytest.mark.parametrize(
    "error",
    [Unavailable("not_now"), ChainUnavailable("not_now"), CryptoUnavailable("not_now")],
)
def test_what_is_not_possible_now_is_tried_again(
    bench: Bench, ticking: Ticking, error: Exception
) -> None:
    job_id = bench.add()
    bench.handler.first = raising(error)
    assert bench.runner.do_job()
    assert bench.state(job_id) == ("queued", 0, "not_now")
    assert bench.alarms == [("count", "not_now")]
    assert not bench.runner.do_job()
    ticking.now += timedelta(seconds=RETRY_SECONDS)
    bench.handler.first = lambda _lease: None
    assert bench.runner.do_job()
    assert bench.state(job_id) == ("done", 3, None)


@pytest.mark.parametrize("error", [Refused("no"), NotAuthorized("no")])
def test_what_will_never_be_possible_fails_the_job(bench: Bench, error: Exception) -> None:
    job_id = bench.add()
    bench.handler.first = raising(error)
    bench.runner.do_job()
    assert bench.state(job_id) == ("failed", 0, "no")
    assert bench.alarms == [("count", "no")]


def test_a_lost_lease_is_somebody_elses_job(bench: Bench) -> None:
    bench.add()
    bench.handler.first = raising(LostLease("lease_lost"))
    assert bench.runner.do_job()
    assert bench.alarms == []


@pytest.mark.parametrize("error", [Refused("no"), Unavailable("no")])
def test_a_job_that_cannot_even_be_put_down_is_left_to_its_lease(
    bench: Bench, ticking: Ticking, error: Exception
) -> None:
    job_id = bench.add()

    def lose(lease: Lease) -> None:
        ticking.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
        with bench.runtime.writing() as work:
            assert queue.claim(work, owner="w2", kinds=["count"])
        raise error

    bench.handler.first = lose
    bench.runner.do_job()
    assert bench.state(job_id) == ("running", 0, None)


def test_a_bug_is_not_hidden(bench: Bench) -> None:
    bench.add()
    bench.handler.first = raising(KeyError("bug"))
    with pytest.raises(KeyError):
        bench.runner.run()
    assert bench.runner.health() == health.fail("worker_not_running")


def test_stopping_gives_the_job_back_where_it_is(bench: Bench) -> None:
    job_id = bench.add()
    bench.handler.first = lambda lease: bench.runner.stop() if lease.cursor == 1 else None
    bench.runner.run()
    assert bench.state(job_id) == ("queued", 2, None)
    assert bench.handler.pieces == [0, 1]


def test_what_recurs_is_done_when_it_is_due(bench: Bench, ticking: Ticking) -> None:
    bench.runner.do_recurring()
    bench.runner.do_recurring()
    assert bench.recurring == ["tick"]
    ticking.now += timedelta(seconds=10)
    bench.add()
    bench.runner.do_job()
    assert bench.recurring == ["tick", "tick"]


def test_what_recurs_and_fails_raises_an_alarm_and_comes_again(
    runtime: Runtime, ticking: Ticking
) -> None:
    alarms: list[tuple[str, str]] = []

    def call(_runtime: Runtime) -> None:
        raise ChainUnavailable("chain_silent")

    runner = Runner(
        runtime,
        {},
        owner="w1",
        alarm=lambda name, code: alarms.append((name, code)),
        recurring=[Recurring("anchor", 10, call)],
    )
    runner.do_recurring()
    ticking.now += timedelta(seconds=10)
    runner.do_recurring()
    assert alarms == [("anchor", "chain_silent")] * 2


def test_the_loop_wakes_for_a_new_job_and_stops(bench: Bench) -> None:
    done = threading.Event()
    bench.handler.first = lambda lease: done.set() if lease.cursor == 2 else None
    thread = threading.Thread(target=bench.runner.run)
    thread.start()
    job_id = bench.add()
    assert done.wait(10)
    assert bench.runner.health() == health.OK
    bench.runner.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert bench.state(job_id) == ("done", 3, None)


def test_a_busy_database_is_no_reason_to_die(bench: Bench) -> None:
    bench.add()
    bench.runtime.database.close()
    bench.runtime.database.engine.pool._timeout = 0  # type: ignore[attr-defined]
    taken = [bench.runtime.database.engine.connect() for _ in range(8)]
    assert not bench.runner.do_job()
    assert bench.alarms == [("claim", "database_busy")]
    for connection in taken:
        connection.close()
    assert bench.runner.do_job()


def test_on_sqlite_there_is_one_worker(runtime: Runtime) -> None:
    with the_worker(runtime):
        if not runtime.database.embedded:
            with the_worker(runtime):
                return
        with pytest.raises(Conflict, match="worker_runs_already"), the_worker(runtime):
            pass
    with the_worker(runtime):
        pass


def test_a_new_worker_on_sqlite_takes_the_dead_ones_jobs(bench: Bench) -> None:
    job_id = bench.add()
    with bench.runtime.writing() as work:
        queue.claim(work, owner="dead", kinds=["count"])
    with the_worker(bench.runtime):
        expected = "queued" if bench.runtime.database.embedded else "running"
        assert bench.state(job_id)[0] == expected
