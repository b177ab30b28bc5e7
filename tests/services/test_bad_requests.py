"""Requests that nobody should send: each gets a clear answer, and nothing happens."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI

from services.honours import queries
from services.platform.db import Database, engine
from services.platform.work import Runtime
from services.web import shell
from tests.services.calling import Api, serving
from tests.services.nodes import Node

HUGE = 100 * 1024 * 1024
LIMIT = 20 * 1024 * 1024
PART_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'


async def send_slowly(
    app: FastAPI, path: str, headers: list[tuple[bytes, bytes]]
) -> tuple[int, int]:
    """Send 100 MB in pieces; return the status and how much of it was taken."""
    taken, status, piece = 0, 0, PART_HEAD + bytes(1024 * 1024)

    async def receive() -> dict[str, Any]:
        nonlocal taken, piece
        if taken:
            piece = bytes(1024 * 1024)
        taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": taken < HUGE}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
        "app": app,
    }
    await app(scope, receive, send)
    return status, taken


@pytest.mark.parametrize(
    ("path", "limit"),
    [*shell.SMALLER.items(), ("/v1/dry-runs", LIMIT)],
)
@pytest.mark.parametrize("declared", [True, False])
def test_a_body_of_100_megabytes_is_not_read(
    api: Api, path: str, limit: int, declared: bool
) -> None:
    media = b"application/json" if path == "/v1/verify" else b"multipart/form-data; boundary=x"
    headers = [(b"content-type", media), (b"host", b"test")]
    if declared:
        headers.append((b"content-length", str(HUGE).encode()))
    portal = api.client.portal
    assert portal is not None
    status, taken = portal.call(send_slowly, api.app, path, headers)
    assert status == 413
    assert taken <= (0 if declared else limit + 2 * 1024 * 1024)


def test_a_body_that_is_too_large_is_told_its_limit(api: Api) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": str(HUGE)}
    answer = api.client.post("/v1/verify", content=b"", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["params"] == {"limit_bytes": 2 * 1024 * 1024}


@pytest.mark.parametrize("media", ["", "text/html", "application/xml", "application/jsonx"])
def test_another_media_type_is_refused(api: Api, media: str) -> None:
    answer = api.client.post("/v1/verify", content=b"{}", headers={"Content-Type": media})
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unsupported")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "body_unreadable"),
        (b"", 422, "request_invalid"),
        (b"[]", 422, "request_invalid"),
        (b'{"number": 5}', 422, "request_invalid"),
        (b'{"number": "x", "more": 1}', 422, "request_invalid"),
        (b'{"number": NaN}', 422, "request_invalid"),
        (b'{"number": "\\ud800"}', 422, "request_invalid"),
        (b'{"number": "\\u0000"}', 422, "number_mistyped"),
        (b"{}", 422, "lookup_empty"),
        (b'{"number": "' + b"9" * 1000 + b'"}', 422, "request_invalid"),
    ],
)
def test_a_body_out_of_shape_is_a_problem(api: Api, body: bytes, status: int, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.client.post("/v1/lookup", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/v1/batches/bat_x",
        "/v1/batches/%00",
        "/v1/certificates/..%2f",
        "/v1/institutions/inst_%E5%AD%A6",
        "/v1/jobs/job_00000000000000000000000000'",
    ],
)
def test_an_id_that_none_of_ours_looks_like_reaches_no_database(api: Api, path: str) -> None:
    answer = api.signed_in("school-a-preparer").get(path)
    assert answer.status_code in {404, 422}, answer.text


def test_a_key_is_needed_and_bound_to_its_request(api: Api) -> None:
    caller = api.signed_in("registrar-1")
    order = {"name_zh": "某校", "kind": "school", "region": "419900", "telephone": "1"}
    first, second = ({**order, "code": code} for code in ("2141000031", "2141000032"))
    answer = caller.client.post("/v1/institutions", json=first, headers=caller.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_missing")
    bad = caller.post("/v1/institutions", key="no spaces", json=first)
    assert (bad.status_code, bad.json()["code"]) == (422, "idempotency_key_malformed")
    made = caller.post("/v1/institutions", key="k", json=first)
    other = caller.post("/v1/institutions", key="k", json=second)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert caller.post("/v1/institutions", key="k", json=first).json() == made.json()
    own = api.signed_in("registrar-2").post("/v1/institutions", key="k", json=second)
    assert own.status_code == 201, "keys of different persons never meet"


def test_a_bug_tells_nobody_what_it_was(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("张三 410102201001011233")

    monkeypatch.setattr(queries, "programmes", broken)
    answer = api.signed_in("school-a-preparer").get("/v1/programmes")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    for secret in ("张三", "410102", "Traceback", "KeyError", ".py"):
        assert secret not in answer.text
    assert answer.json()["params"]["incident"] in answer.json()["detail"]


def test_a_hundred_requests_at_once_are_all_answered(sqlite_issued: Node) -> None:
    """On a pool of five connections, of which the gate leaves three to requests."""
    node = sqlite_issued
    small = Database(engine(node.runtime.settings.database, connections=5))
    settings = node.runtime.settings.model_copy(update={"database_connections": 5})
    runtime = Runtime(
        settings,
        small,
        node.runtime.clock,
        node.runtime.protect,
        node.runtime.provider,
        node.runtime.random,
    )
    crowded = Node(runtime, node.chain, node.clock, node.ids, node.programmes)
    number = node.numbers("school-a")[0]
    with serving(crowded) as api:
        caller = api.signed_in("school-a-preparer")
        asked = [f"/v1/certificates/{number}", "/v1/batches", f"/v1/certificates/{number}/bundle"]
        start = threading.Barrier(100)

        def ask(turn: int) -> int:
            start.wait(30)
            return caller.get(asked[turn % len(asked)]).status_code

        with ThreadPoolExecutor(100) as pool:
            statuses = list(pool.map(ask, range(100)))
    small.close()
    assert statuses == [200] * 100


def test_a_report_hides_what_is_personal(api: Api) -> None:
    caller = api.signed_in("school-a-preparer")
    rows = "姓名,奖项,身份证号\n张三丰,三好学生,4101022010010112\n李四光,不存在的奖,\n"
    files = {"file": ("roster.csv", rows.encode())}
    answer = caller.post("/v1/batches", data=api.form(), files=files)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "roster_not_clean"), answer.text
    assert told["report"]["format"] == "kexin/roster-report/v1"
    assert {problem["row"] for problem in told["report"]["problems"]} == {2, 3}
    assert all(problem["remedy"]["zh"] for problem in told["report"]["problems"])
    for secret in ("4101022010010112", "张三丰"):
        assert secret not in answer.text
        assert json.dumps(secret)[1:-1] not in answer.text
    assert caller.get("/v1/batches").json() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exclude": '{"7": "x", '}, "request_invalid"),
        ({"exclude": '{"seven": "x"}'}, "request_invalid"),
        ({"award_on": "2026-02-30"}, "request_invalid"),
        ({"notice_from": "2026-11-24", "notice_to": "2026-11-01"}, "notice_dates"),
        ({"programme": "prg_00000000000000000000000000"}, "programme_unknown"),
        ({"unknown": "field"}, "request_invalid"),
        ({"period": "x\u0000y"}, "request_invalid"),
    ],
)
def test_a_bad_form_is_refused(api: Api, changes: dict[str, str], code: str) -> None:
    caller = api.signed_in("school-a-preparer")
    answer = caller.post("/v1/dry-runs", data=api.form(**changes), files=api.files())
    assert (answer.status_code in {404, 422}, answer.json()["code"]) == (True, code), answer.text


def test_a_file_that_is_none_is_refused(api: Api) -> None:
    caller = api.signed_in("school-a-preparer")
    without = caller.post("/v1/dry-runs", data={**api.form(), "file": "just text"})
    assert (without.status_code, without.json()["code"]) == (422, "request_invalid")
    for name, data, code in (
        ("roster.xlsx", b"PK\x03\x04 cut off", "sheet_damaged"),
        ("roster.csv", b"", "sheet_empty"),
        ("roster.pdf", b"%PDF-", "sheet_old_format"),
        ("", b"a,b\n1,2\n", "request_invalid"),
    ):
        answer = caller.post("/v1/dry-runs", data=api.form(), files={"file": (name, data)})
        assert answer.status_code == 422
        assert answer.json()["code"] == code, answer.text
