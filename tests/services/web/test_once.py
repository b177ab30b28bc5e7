"""A request that creates is done once under its key."""

import pytest
from fastapi.testclient import TestClient

KEY = {"Idempotency-Key": "key-1"}


def test_the_same_request_gets_the_same_answer(client: TestClient) -> None:
    first = client.post("/v1/things", json={"name": "a"}, headers=KEY)
    again = client.post("/v1/things", json={"name": "a"}, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == {"name": "a"}
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert client.get("/v1/things").json() == ["a"]


@pytest.mark.parametrize(
    ("path", "name"), [("/v1/things", "b"), ("/v1/things?x=1", "a"), ("/v1/models", "a")]
)
def test_another_request_under_the_key_is_refused(client: TestClient, path: str, name: str) -> None:
    client.post("/v1/things", json={"name": "a"}, headers=KEY)
    answer = client.post(path, json={"name": name}, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "idempotency_key_missing"),
        ({"Idempotency-Key": "a b"}, "idempotency_key_malformed"),
        ({"Idempotency-Key": "a" * 300}, "request_invalid"),
    ],
)
def test_a_key_is_needed(client: TestClient, headers: dict[str, str], code: str) -> None:
    answer = client.post("/v1/things", json={"name": "a"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert client.get("/v1/things").json() == []


def test_a_refused_request_may_come_again_under_its_key(client: TestClient) -> None:
    client.post("/v1/things", json={"name": "a"}, headers={"Idempotency-Key": "other"})
    assert client.post("/v1/things", json={"name": "a"}, headers=KEY).status_code == 409
    assert client.post("/v1/things", json={"name": "b"}, headers=KEY).status_code == 201


def test_a_model_is_an_answer_too(client: TestClient) -> None:
    assert client.post("/v1/models", json={"name": "李四"}, headers=KEY).json() == {"name": "李四"}


def test_an_upload_is_known_by_its_content_not_by_its_boundary(client: TestClient) -> None:
    def send(content: bytes) -> tuple[int, bool]:
        files = {"file": ("roster.csv", content)}
        answer = client.post("/v1/uploads", files=files, headers=KEY)
        return answer.status_code, "idempotent-replayed" in answer.headers

    assert send(b"a,b") == (201, False)
    assert send(b"a,b") == (201, True)
    assert send(b"a,c") == (422, False)
