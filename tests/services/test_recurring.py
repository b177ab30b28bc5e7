"""What the worker does by itself, and the alarms that come and go with it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from identity.status_list import TTL
from services import process, recurring
from services.audit import trail
from services.platform import idempotency
from services.platform.errors import Conflict, Unavailable
from services.platform.idempotency import Answer
from services.registry import trust
from services.status import lists
from tests.services.nodes import Node


def alarms(node: Node) -> list[tuple[str, str]]:
    with node.runtime.reading() as work:
        return trail.alarms(work)


def test_everything_recurs_without_an_alarm(sqlite_issued: Node) -> None:
    runner = process.make_runner(sqlite_issued.runtime, sqlite_issued.chain)
    runner.do_recurring()
    sqlite_issued.clock.now += timedelta(days=2)
    runner.do_recurring()
    assert alarms(sqlite_issued) == []


def test_a_list_older_than_a_month_is_an_alarm_until_it_is_signed_anew(sqlite_issued: Node) -> None:
    runner = process.make_runner(sqlite_issued.runtime, sqlite_issued.chain)
    folder = sqlite_issued.runtime.settings.trust_folder
    sqlite_issued.clock.now += trust.RESIGN - timedelta(minutes=5)
    runner.do_recurring()
    assert alarms(sqlite_issued) == []
    sqlite_issued.clock.now += timedelta(hours=1)
    runner.do_recurring()
    assert alarms(sqlite_issued) == [("trust_list", "trust_list_due")]
    for name in (trust.LIST, "list-1.json"):
        (folder / name).rename(folder / f"{name}.old")
    sqlite_issued.clock.now += timedelta(hours=1)
    runner.do_recurring()
    assert alarms(sqlite_issued) == []


def test_the_reminder_names_the_list(sqlite_node: Node) -> None:
    recurring.remind_of_trust_list(sqlite_node.runtime)
    sqlite_node.clock.now += trust.RESIGN
    with pytest.raises(Conflict, match="trust_list_due") as caught:
        recurring.remind_of_trust_list(sqlite_node.runtime)
    assert caught.value.params == {"seq": 2}


def test_answers_are_forgotten_after_a_week(sqlite_node: Node) -> None:
    runtime = sqlite_node.runtime
    with runtime.writing() as work:
        assert idempotency.begin(work, actor="a", key="k", digest=b"d" * 32) is None
        idempotency.keep(work, Answer(200, b"{}"), actor="a", key="k")
    recurring.forget_answers(runtime)
    with runtime.writing() as work:
        assert idempotency.begin(work, actor="a", key="k", digest=b"d" * 32) is not None
    sqlite_node.clock.now += timedelta(days=idempotency.KEPT_DAYS, seconds=1)
    recurring.forget_answers(runtime)
    with runtime.writing() as work:
        assert idempotency.begin(work, actor="a", key="k", digest=b"d" * 32) is None


def test_a_row_altered_by_hand_is_an_alarm_the_next_day(sqlite_node: Node) -> None:
    runner = process.make_runner(sqlite_node.runtime, sqlite_node.chain, ["integrity"])
    runner.do_recurring()
    with sqlite_node.runtime.database.engine.begin() as connection:
        connection.execute(text("UPDATE role_grant SET scope = 'inst_elsewhere'"))
    runner.do_recurring()
    assert alarms(sqlite_node) == []
    sqlite_node.clock.now += timedelta(days=1)
    runner.do_recurring()
    [(kind, subject)] = alarms(sqlite_node)
    assert (kind, subject) in {("integrity", "row_altered"), ("integrity", "rows_altered")}


def test_status_lists_stay_fresh(sqlite_node: Node) -> None:
    for _ in range(4):
        sqlite_node.clock.now += TTL / 2
        recurring.publish_status(sqlite_node.runtime)
        with sqlite_node.runtime.reading() as work:
            age = lists.age_seconds(work)
        assert age is not None
        assert age < TTL.total_seconds() / 2


def test_an_alarm_goes_with_its_cause_and_one_of_a_job_stays(
    sqlite_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = sqlite_node.runtime

    def away(_: object) -> None:
        raise Unavailable("database_unreachable")

    with runtime.writing() as work:
        trail.raise_alarm(work, "honours.issue", "workers_died")
    with monkeypatch.context() as patch:
        patch.setattr(recurring, "publish_status", away)
        runner = process.make_runner(runtime, sqlite_node.chain)
        runner.do_recurring()
    assert ("status", "database_unreachable") in alarms(sqlite_node)
    process.make_runner(runtime, sqlite_node.chain).do_recurring()
    assert alarms(sqlite_node) == [("honours.issue", "workers_died")]


def test_an_alarm_that_cannot_be_kept_does_not_end_the_worker(
    sqlite_node: Node, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(*_: object) -> None:
        raise Unavailable("database_busy")

    monkeypatch.setattr(trail, "raise_alarm", busy)
    monkeypatch.setattr(recurring, "publish_status", busy)
    process.make_runner(sqlite_node.runtime, sqlite_node.chain).do_recurring()
    assert "worker: status: database_busy" in caplog.text
    assert "no alarm could be kept" in caplog.text
