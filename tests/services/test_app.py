"""The application as a whole: health, worker, documents, and what it never says."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from crypto import selftest
from scripts import openapi
from services import process, vitals
from services.anchoring import checkpoints
from services.audit import trail
from services.honours import queries
from services.platform.health import OK, State
from services.platform.jobs.alone import the_worker
from services.platform.jobs.runner import Recurring, Runner
from services.platform.work import Runtime
from services.status.tables import STATUS_PUBLICATION
from services.vitals import Worker
from tests.services.calling import Api, serving
from tests.services.nodes import Node

ROOT = Path(__file__).parents[2]


def test_the_description_of_the_api_is_the_one_that_is_kept() -> None:
    kept = (ROOT / "docs" / "openapi.json").read_text("utf-8")
    assert kept == openapi.document(), "make openapi writes it anew"


def test_a_healthy_node_is_ready(api: Api) -> None:
    answer = api.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok"), answer.text
    assert {
        "database",
        "cryptography",
        "chain",
        "checkpoints",
        "status",
        "alarms",
        "master",
    } == set(answer.json()["checks"])
    assert api.client.get("/healthz").status_code == 200


def reason(api: Api, check: str) -> str | None:
    answer = api.client.get("/readyz")
    found: dict[str, str | None] = answer.json()["checks"][check]
    assert found["state"] == "ok" or answer.status_code == 503
    return found["reason"]


def test_what_is_wrong_is_told_by_its_code(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = api.node.runtime
    runtime.settings.master_file.unlink()
    assert reason(api, "master") == "master_missing"
    runtime.settings.master_file.touch()

    with runtime.writing() as work:
        old = work.now.replace(year=2025)
        work.session.execute(update(STATUS_PUBLICATION).values(issued_at=old))
    assert reason(api, "status") == "status_list_stale"

    with runtime.writing() as work:
        trail.raise_alarm(work, "honours.issue", "already_exists")
    assert reason(api, "alarms") is None
    with runtime.writing() as work:
        trail.raise_alarm(work, "honours.issue", "signature_fault")
    assert reason(api, "alarms") == "signature_fault"

    monkeypatch.setattr(selftest, "state", lambda: selftest.State.FAILED)
    assert reason(api, "cryptography") == "selftest_failed"
    assert api.client.get("/healthz").status_code == 503


def test_a_node_below_its_high_water_mark_is_not_ready(api: Api) -> None:
    water = checkpoints.marks(api.node.runtime.settings)
    mark = next(iter(water.marks().values()))
    water.advance([type(mark)(mark.origin, mark.size + 1, bytes(32))])
    assert reason(api, "checkpoints") == "log_below_mark"


def test_the_metrics_name_routes_and_never_ids(issued_api: Api) -> None:
    caller = issued_api.signed_in("school-a-preparer")
    number = issued_api.node.numbers("school-a")[0]
    caller.get(f"/v1/certificates/{number}")
    with issued_api.node.runtime.writing() as work:
        trail.raise_alarm(work, "status", "x")
    told = issued_api.client.get("/metrics").text
    assert 'route="/v1/certificates/{number}",status="200"} 1.0' in told
    assert 'kexin_jobs{state="done"} 2.0' in told
    assert 'kexin_alarms{kind="status"} 1.0' in told
    assert 'kexin_status_list_age_seconds{list="oldest"}' in told
    assert number not in told
    issued_api.node.runtime.database.close()


def test_the_metrics_do_without_a_database(api: Api, tmp_path: Path) -> None:
    api.node.runtime.database.close()
    (api.node.runtime.settings.home / "kexin.sqlite3").unlink()
    (api.node.runtime.settings.home / "kexin.sqlite3").mkdir()
    answer = api.client.get("/metrics")
    assert answer.status_code == 200
    assert "kexin_jobs{" not in answer.text
    assert api.client.get("/readyz").json()["checks"]["database"]["state"] == "unknown"


@pytest.fixture
def working(sqlite_node: Node) -> Iterator[Api]:
    runner = process.make_runner(sqlite_node.runtime, sqlite_node.chain)
    with serving(sqlite_node, runner) as made:
        yield made


def test_a_worker_in_the_process_issues_what_is_approved(working: Api) -> None:
    node, pause = working.node, threading.Event()
    node.approve(node.draft())
    states: dict[str, int] = {}
    for _ in range(200):
        node.clock.now += timedelta(seconds=1)
        states = states_of_newest_batch(node)
        if states == {"ISSUED": 30}:
            break
        pause.wait(0.05)
    assert states == {"ISSUED": 30}
    assert working.client.get("/readyz").json()["checks"]["worker"]["state"] == "ok"


def states_of_newest_batch(node: Node) -> dict[str, int]:
    with node.runtime.reading() as work:
        [batch] = queries.batches(work.session, [node.ids["school-a"]], limit=1)
        return queries.row_states(work.session, batch["id"])


def idle_runner(runtime: Runtime, started: threading.Event) -> Runner:
    seen = Recurring("seen", 1, lambda _: started.set())
    return Runner(runtime, {}, owner="test", alarm=lambda *_: None, recurring=(seen,))


def test_a_worker_waits_for_another_and_takes_over(
    sqlite_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vitals, "AGAIN_SECONDS", 0.01)
    started = threading.Event()
    worker = Worker(idle_runner(sqlite_node.runtime, started))
    with the_worker(sqlite_node.runtime):
        worker.start()
        for _ in range(500):
            if worker.check() is OK:
                break
            started.wait(0.01)
        assert worker.check() is OK
        assert not started.is_set()
    assert started.wait(10)
    worker.stop()
    assert worker.check().state is State.FAIL


def test_an_unknown_address_is_a_problem_in_both_languages(api: Api) -> None:
    answer = api.client.get("/v1/nothing")
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], told["code"]) == (404, "not_found")
    assert told["zh"] != told["en"]
    english = api.client.get("/v1/nothing", headers={"Accept-Language": "en"}).json()
    assert english["detail"] == told["en"]
    assert api.client.get("/docs").status_code == 200
    assert "/v1/verify" in api.client.get("/docs").text
