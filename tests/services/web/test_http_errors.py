"""Every error has a status, a stable code and both languages, and tells nothing else."""

import importlib
import inspect
import logging

import pytest
from fastapi.testclient import TestClient

from services.platform.work import Runtime
from services.web import http_errors, logs
from services.web.http_errors import BASES, STATUS

ROOMS = ("crypto", "identity", "ledger", "services.platform")


def defined() -> list[type[Exception]]:
    return [
        value
        for room in ROOMS
        for _, value in inspect.getmembers(importlib.import_module(f"{room}.errors"))
        if inspect.isclass(value) and issubclass(value, BASES) and value not in BASES
    ]


@pytest.mark.parametrize("error", defined(), ids=lambda error: error.__name__)
def test_every_error_of_ours_has_a_status(error: type[Exception]) -> None:
    problem = http_errors.problem_of(error("some_code"))
    assert 400 <= problem.status < 600


def test_no_line_of_the_table_is_hidden_or_dead() -> None:
    assert all(issubclass(error, BASES) for error in STATUS)


def test_an_error_that_is_not_ours_is_none_of_the_tables_business() -> None:
    with pytest.raises(StopIteration):
        http_errors.problem_of(KeyError("x"))


@pytest.mark.parametrize(
    ("which", "status", "code"),
    [
        ("refused", 403, "role_may_not"),
        ("conflict", 409, "job_unknown"),
        ("unauthenticated", 401, "not_signed_in"),
        ("busy", 503, "database_busy"),
        ("many", 429, "too_many_failures"),
        ("code", 422, "school_code_check"),
        ("sealed", 500, "sealed_mismatch"),
        ("log", 503, "node_missing"),
    ],
)
def test_a_problem_has_one_shape(client: TestClient, which: str, status: int, code: str) -> None:
    answer = client.get(f"/v1/raise/{which}")
    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["code"] == code
    assert body["type"] == f"urn:kexin:problem:{code}"
    assert body["detail"] == body["zh"] != body["en"]
    assert answer.headers["content-language"] == "zh-CN"
    assert body["title"]


def test_the_detail_follows_the_language(client: TestClient) -> None:
    body = client.get("/v1/raise/busy", headers={"Accept-Language": "en-GB,zh;q=0.5"}).json()
    assert body["detail"] == body["en"]
    assert body["title"] == "Not available now"


def test_headers_say_what_to_do(client: TestClient) -> None:
    assert client.get("/v1/raise/many").headers["retry-after"] == "42"
    assert client.get("/v1/raise/busy").headers["retry-after"] == "5"
    assert client.get("/v1/raise/unauthenticated").headers["www-authenticate"] == "Bearer"


def test_parameters_are_there_for_programs(client: TestClient) -> None:
    assert client.get("/v1/raise/refused").json()["params"] == {"role": "auditor"}
    assert "params" not in client.get("/v1/raise/busy").json()


def test_a_bug_is_answered_with_a_number_and_nothing_else(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "kexin.errors"):
        answer = client.get("/v1/raise/bug")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (500, "internal_error")
    assert body["params"]["incident"] in caplog.records[0].getMessage()
    assert "张三" not in answer.text
    written = logs.WithoutMessages(logs.FORMAT).format(caplog.records[0])
    assert "KeyError" in written
    assert "张三" not in written


def test_a_request_that_does_not_fit_says_where(client: TestClient) -> None:
    secret = "410102201001011233"
    answer = client.post(
        "/v1/things", json={"name": {"id": secret}}, headers={"Idempotency-Key": "k"}
    )
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "request_invalid")
    assert body["errors"] == [{"where": "body.name", "code": "string_type"}]
    assert secret not in answer.text


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_not_json_is_400(client: TestClient, content: bytes) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = client.post("/v1/things", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_unreadable")


def test_unknown_addresses_and_methods(client: TestClient) -> None:
    assert client.get("/v1/nothing").json()["code"] == "not_found"
    answer = client.delete("/v1/things")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_a_browser_gets_a_page(client: TestClient) -> None:
    answer = client.get("/raise/busy", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert "database_busy" in answer.text
    assert client.get("/v1/raise/busy", headers={"Accept": "text/html"}).json()["status"] == 503


def test_the_schema_of_a_problem_is_documented(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["components"]["schemas"]["Problem"] == http_errors.SCHEMA
    responses = document["paths"]["/v1/raise/{which}"]["get"]["responses"]
    assert set(responses) == {"200", "403", "409", "422"}
    assert client.get("/openapi.json").json() == document


def test_a_status_without_a_title_of_its_own_gets_the_general_one(
    client: TestClient, runtime: Runtime
) -> None:
    assert http_errors.Problem(418, "http_error", "http_error", {"status": 418}).members("en")[
        "title"
    ] == ("The request could not be handled")
