"""A request that creates is done once under its key."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from crypto import sm3
from services.platform.protect import lengths
from services.platform.tables import IDEMPOTENCY
from services.platform.work import Runtime

KEY = {"Idempotency-Key": "key-1"}


@pytest.mark.parametrize("path", ["/v1/things", "/v1/outside"])
def test_the_same_request_gets_the_same_answer(client: TestClient, path: str) -> None:
    first = client.post(path, json={"name": "a"}, headers=KEY)
    again = client.post(path, json={"name": "a"}, headers=KEY)
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


@pytest.mark.parametrize("path", ["/v1/things", "/v1/outside"])
def test_a_refused_request_may_come_again_under_its_key(client: TestClient, path: str) -> None:
    client.post(path, json={"name": "a"}, headers={"Idempotency-Key": "other"})
    assert client.post(path, json={"name": "a"}, headers=KEY).status_code == 409
    assert client.post(path, json={"name": "b"}, headers=KEY).status_code == 201


def test_a_stored_digest_cannot_be_made_of_a_guessed_body(
    client: TestClient, runtime: Runtime
) -> None:
    body = b'{"name":"a"}'
    headers = {**KEY, "Content-Type": "application/json"}
    client.post("/v1/things", content=body, headers=headers)
    parts = (b"POST", b"/v1/things", b"", b"application/json")
    guess = sm3.digest(lengths(lengths(*parts), sm3.digest(body)))
    with runtime.reading() as work:
        assert work.session.scalars(select(IDEMPOTENCY.c.digest)).one() != guess


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
