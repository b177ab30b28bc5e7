"""The transaction is over before the answer leaves."""

import threading

from fastapi.testclient import TestClient


def test_what_was_written_is_there(client: TestClient) -> None:
    headers = {"Idempotency-Key": "k"}
    assert client.post("/v1/things", json={"name": "a"}, headers=headers).status_code == 201
    assert client.get("/v1/things").json() == ["a"]


def test_a_commit_that_fails_is_not_a_success(client: TestClient) -> None:
    answer = client.post("/v1/late")
    assert answer.status_code == 500
    assert client.get("/v1/things").json() == []


def test_a_hundred_requests_at_once_are_all_answered(client: TestClient) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(client.get("/v1/things").status_code)

    threads = [threading.Thread(target=ask) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 100


def test_guessing_is_stopped_after_so_many_failures(client: TestClient) -> None:
    statuses = [client.get("/v1/guess").status_code for _ in range(22)]
    assert statuses == [404] * 20 + [429] * 2
