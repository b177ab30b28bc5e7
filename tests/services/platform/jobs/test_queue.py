"""A job is held by one worker at a time, and a worker that lost it can change nothing."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.platform.errors import Conflict, NotFound
from services.platform.jobs import queue
from services.platform.jobs.queue import Lease, LostLease, Progress
from services.platform.jobs.tables import JOB
from services.platform.work import Runtime, Work
from tests.services.conftest import Ticking


def add(runtime: Runtime, subject: str = "batch_1", total: int = 4) -> str:
    with runtime.writing() as work:
        return queue.enqueue(work, kind="issue", subject=subject, total=total)


def claim(runtime: Runtime, owner: str = "w1", kind: str = "issue") -> Lease | None:
    with runtime.writing() as work:
        return queue.claim(work, owner=owner, kinds=[kind])


def held(runtime: Runtime, owner: str = "w1") -> Lease:
    lease = claim(runtime, owner)
    assert lease is not None
    return lease


def advance(runtime: Runtime, lease: Lease, cursor: int) -> Lease:
    with runtime.writing() as work:
        return queue.advance(work, lease, cursor=cursor, done=cursor)


def progress(runtime: Runtime, job_id: str) -> Progress:
    with runtime.reading() as work:
        return queue.progress(work.session, job_id)


def test_a_job_goes_from_queued_to_done(runtime: Runtime) -> None:
    job_id = add(runtime)
    assert progress(runtime, job_id).state == "queued"
    lease = advance(runtime, held(runtime), 3)
    assert (lease.cursor, lease.ended) == (3, False)
    assert (progress(runtime, job_id).state, progress(runtime, job_id).done) == ("running", 3)
    with runtime.writing() as work:
        assert queue.finish(work, lease).ended
    assert (progress(runtime, job_id).state, progress(runtime, job_id).done) == ("done", 4)
    assert claim(runtime) is None


def test_one_open_job_for_a_subject(runtime: Runtime) -> None:
    first = add(runtime)
    with pytest.raises(Conflict, match="already_exists"):
        add(runtime)
    add(runtime, "batch_2")
    with runtime.writing() as work:
        assert queue.enqueue_once(work, kind="issue", subject="batch_1") == first
    lease = held(runtime)
    with pytest.raises(Conflict, match="already_exists"):
        add(runtime, lease.subject)
    with runtime.writing() as work:
        queue.finish(work, lease)
    again = add(runtime, lease.subject)
    with runtime.reading() as work:
        newest = queue.progress_of(work.session, kind="issue", subject=lease.subject)
        assert newest is not None
        assert newest.id == again
        assert queue.progress_of(work.session, kind="issue", subject="none") is None
    assert queue.counts(runtime) == {"done": 1, "queued": 2}


def test_enqueue_once_adds_what_is_not_open(runtime: Runtime) -> None:
    with runtime.writing() as work:
        made = queue.enqueue_once(work, kind="issue", subject="x")
    assert progress(runtime, made).total == 1


def test_only_kinds_that_the_worker_knows_are_claimed(runtime: Runtime) -> None:
    add(runtime)
    assert claim(runtime, kind="other") is None


def test_a_held_job_is_not_claimed_until_its_lease_runs_out(
    runtime: Runtime, ticking: Ticking
) -> None:
    add(runtime)
    first = held(runtime, "w1")
    assert claim(runtime, "w2") is None
    ticking.now += timedelta(seconds=queue.LEASE_SECONDS)
    assert claim(runtime, "w2") is None
    ticking.now += timedelta(seconds=1)
    second = held(runtime, "w2")
    assert (second.id, second.attempt) == (first.id, first.attempt + 1)


def test_a_heartbeat_holds_the_job(runtime: Runtime, ticking: Ticking) -> None:
    add(runtime)
    lease = held(runtime)
    ticking.now += timedelta(seconds=queue.LEASE_SECONDS)
    with runtime.writing() as work:
        queue.heartbeat(work, lease)
    ticking.now += timedelta(seconds=queue.LEASE_SECONDS)
    assert claim(runtime, "w2") is None


def test_whoever_lost_the_lease_changes_nothing(runtime: Runtime, ticking: Ticking) -> None:
    job_id = add(runtime)
    old = held(runtime, "w1")
    ticking.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
    new = advance(runtime, held(runtime, "w1"), 2)  # the same name, after a restart
    for change in (
        lambda work: queue.advance(work, old, cursor=9, done=9),
        lambda work: queue.heartbeat(work, old),
        lambda work: queue.finish(work, old),
        lambda work: queue.fail(work, old, code="x"),
        lambda work: queue.give_back(work, old),
    ):
        with pytest.raises(LostLease), runtime.writing() as work:
            change(work)
    found = progress(runtime, job_id)
    assert (found.state, found.done, found.attempt) == ("running", 2, new.attempt)


def test_a_lost_lease_takes_the_whole_chunk_back(runtime: Runtime, ticking: Ticking) -> None:
    add(runtime)
    old = held(runtime)
    ticking.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
    held(runtime, "w2")

    def chunk() -> None:
        with runtime.writing() as work:
            queue.enqueue(work, kind="issue", subject="side effect", total=1)
            queue.advance(work, old, cursor=1, done=1)

    with pytest.raises(LostLease):
        chunk()
    with runtime.reading() as work:
        assert work.session.scalars(select(JOB.c.subject)).all() == ["batch_1"]


def test_a_late_worker_whose_job_nobody_took_may_go_on(runtime: Runtime, ticking: Ticking) -> None:
    add(runtime)
    lease = held(runtime)
    ticking.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
    assert advance(runtime, lease, 1).cursor == 1


def test_a_job_that_was_given_back_waits_and_goes_on_where_it_was(
    runtime: Runtime, ticking: Ticking
) -> None:
    job_id = add(runtime)
    lease = advance(runtime, held(runtime), 2)
    with runtime.writing() as work:
        assert queue.give_back(work, lease, delay_seconds=5, code="chain_unavailable").ended
    assert progress(runtime, job_id).error_code == "chain_unavailable"
    assert claim(runtime) is None
    ticking.now += timedelta(seconds=5)
    assert held(runtime).cursor == 2


def test_a_failed_job_says_why_and_is_not_claimed(runtime: Runtime) -> None:
    job_id = add(runtime)
    with runtime.writing() as work:
        assert queue.fail(work, held_in(work), code="approval_expired").ended
    found = progress(runtime, job_id)
    assert (found.state, found.error_code) == ("failed", "approval_expired")
    assert claim(runtime) is None


def held_in(work: Work) -> Lease:
    lease = queue.claim(work, owner="w1", kinds=["issue"])
    assert lease is not None
    return lease


def test_the_only_worker_clears_all_leases(runtime: Runtime) -> None:
    add(runtime)
    old = held(runtime)
    with runtime.writing() as work:
        assert queue.clear_leases(work) == 1
    with pytest.raises(LostLease):
        advance(runtime, old, 1)
    assert held(runtime).attempt == 2


def test_a_job_that_kills_its_workers_is_stopped(runtime: Runtime, ticking: Ticking) -> None:
    job_id = add(runtime)
    for _ in range(queue.DEATHS + 1):
        held(runtime)
        ticking.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
    assert claim(runtime) is None
    found = progress(runtime, job_id)
    assert (found.state, found.error_code) == ("failed", "workers_died")


def test_a_job_that_moves_may_lose_any_number_of_workers(
    runtime: Runtime, ticking: Ticking
) -> None:
    add(runtime, total=100)
    for number in range(queue.DEATHS * 2):
        advance(runtime, held(runtime), number)
        ticking.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
    assert held(runtime).cursor == queue.DEATHS * 2 - 1


def test_two_workers_never_hold_the_same_job(runtime: Runtime) -> None:
    for number in range(20):
        add(runtime, f"batch_{number}")
    taken: list[str] = []

    def work_through(owner: str) -> None:
        while (lease := claim(runtime, owner)) is not None:
            taken.append(lease.subject)

    threads = [threading.Thread(target=work_through, args=[f"w{n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"batch_{number}" for number in range(20))


def test_a_job_that_does_not_exist_is_not_found(runtime: Runtime) -> None:
    with runtime.reading() as work, pytest.raises(NotFound, match="job_unknown"):
        queue.progress(work.session, "job_x")
