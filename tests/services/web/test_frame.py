"""Headers, logs, metrics, probes, languages and static files around every route."""

import io
import logging

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from services.platform import health
from services.web import gate, headers, i18n, logs, templating
from services.web.gate import Gate
from services.web.layout import Layout, Link


@pytest.mark.parametrize(
    ("accept", "lang"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh-Hans-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en;q=0.5, zh;q=0.9", "zh-CN"),
        ("fr, en;q=0.3", "en"),
        ("fr,de", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("*", "zh-CN"),
        ("en;q=nonsense", "zh-CN"),
        (",,,;;;q=1", "zh-CN"),
    ],
)
def test_the_browsers_language(accept: str | None, lang: str) -> None:
    assert i18n.preferred(accept) == lang


def test_a_choice_goes_before_the_browser(client: TestClient) -> None:
    english = {"Accept-Language": "en"}
    assert client.get("/v1/language", headers=english).json() == "en"
    assert client.get("/v1/language?lang=zh-CN", headers=english).json() == "zh-CN"
    client.cookies.set(i18n.COOKIE, "zh-CN")
    assert client.get("/v1/language", headers=english).json() == "zh-CN"
    assert client.get("/v1/language?lang=fr", headers=english).json() == "zh-CN"


def test_every_answer_carries_the_headers(client: TestClient) -> None:
    for path in ("/v1/things", "/v1/nothing", "/healthz", "/v1/raise/refused"):
        answer = client.get(path)
        for name, value in headers.ALWAYS.items():
            assert answer.headers[name] == value, (path, name)
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers


def test_no_inline_script_or_style_would_run() -> None:
    assert "unsafe" not in headers.POLICY
    assert headers.POLICY.startswith("default-src 'none'")


def test_over_tls_the_browser_is_told_to_stay_there() -> None:
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    anyio.run(headers.Headers(app, tls=True), {"type": "http"}, receive, send)
    assert (b"strict-transport-security", b"max-age=31536000") in sent[0]["headers"]


def test_a_line_is_logged_without_query_and_without_the_code(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "kexin.access"):
        client.get("/v/ABCDEFGH23456789?name=x")
        client.get("/v1/things?token=secret")
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("testclient GET /v/*** 404 ")
    assert second.startswith("testclient GET /v1/things 200 ")
    assert "secret" not in second


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/v/ABCD/more", "/v/***/more"),
        ("/v", "/v"),
        ("/v1/batches", "/v1/batches"),
        ("/a\nb\x1b[0m", "/a?b?[0m"),
        ("/" + "a" * 500, "/" + "a" * 199),
    ],
)
def test_a_path_in_a_log(path: str, shown: str) -> None:
    assert logs.masked(path) == shown


def test_a_traceback_in_a_log_holds_no_message() -> None:
    stream = io.StringIO()
    before = logging.getLogger().handlers, logging.getLogger().level
    try:
        logs.configure("INFO", stream)
        _fail_twice()
        logging.getLogger("uvicorn.access").info("GET /v/ABCD")
    finally:
        logging.getLogger().handlers, logging.getLogger().level = before
        logging.getLogger("uvicorn.access").propagate = True
    written = stream.getvalue()
    assert "ValueError" in written
    assert "KeyError" in written
    assert "test_frame.py" in written
    assert "张三" not in written
    assert "ABCD" not in written


def _fail_twice() -> None:
    try:
        try:
            raise KeyError("张三")
        except KeyError as error:
            raise ValueError("also 张三") from error
    except ValueError:
        logging.getLogger("kexin").exception("it failed")


def test_metrics_count_routes_and_never_addresses(app: FastAPI, client: TestClient) -> None:
    app.state.metrics.gauge("jobs", "Jobs by state", "state", lambda: {"queued": 3})
    client.get("/v1/raise/refused")
    client.get("/v1/raise/busy")
    client.get("/v/ABCDEFGH23456789")
    text = client.get("/metrics").text
    labels = 'method="GET",route="/v1/raise/{which}"'
    assert f'kexin_requests_total{{{labels},status="403"}} 1.0' in text
    assert f"kexin_request_seconds_count{{{labels}}} 2.0" in text
    assert 'kexin_jobs{state="queued"} 3.0' in text
    assert "ABCD" not in text


def test_the_probes_answer_for_the_checks(app: FastAPI, client: TestClient) -> None:
    alive = client.get("/healthz")
    assert (alive.status_code, alive.json()["status"]) == (200, "ok")
    assert client.get("/readyz").json() == {"status": "ok", "checks": {}}
    app.state.health.register("log", lambda: health.fail("below_high_water"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"log": {"state": "fail", "reason": "below_high_water"}}


def test_static_files_are_kept_for_ever_under_their_digest(client: TestClient) -> None:
    address = templating.asset("kexin.css")
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/kexin.css").headers["cache-control"] == "no-store"
    assert client.get("/static/../shell.py").status_code == 404


def test_a_page_has_its_frame_in_both_languages(app: FastAPI, client: TestClient) -> None:
    app.state.layout = Layout(links=(Link("problem_home", "/v"),), strip="site_title")
    page = {"Accept": "text/html"}
    chinese = client.get("/raise/refused", headers=page)
    assert '<html lang="zh-CN">' in chinese.text
    assert 'href="/v"' in chinese.text
    assert 'class="strip"' in chinese.text
    assert "lang=en" in chinese.text
    english = client.get("/raise/refused?lang=en", headers=page)
    assert '<html lang="en">' in english.text
    assert "lang=en" in english.headers["set-cookie"]
    assert "<script" not in english.text
    assert "style=" not in english.text


def test_what_a_page_shows_is_escaped() -> None:
    template = templating.environment(("web",)).from_string("{{ name }}")
    assert template.render(name="<b>张三</b>") == "&lt;b&gt;张三&lt;/b&gt;"


def test_the_gate_lets_only_so_many_in_and_turns_the_rest_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate, "WAITING_FOR_EACH", 1)
    inside, most, statuses = 0, 0, list[int]()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await anyio.sleep(0.01)
        inside -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> Message:
        raise AssertionError

    async def crowd() -> None:
        made = Gate(app, places=2, free=("/healthz",))
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/v1/x",
            "query_string": b"",
            "headers": [],
        }
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(made, scope, receive, send)
            await anyio.sleep(0.001)
            await made({**scope, "path": "/healthz"}, receive, send)

    anyio.run(crowd)
    assert sorted(statuses) == [200, 200, 200, 200, 200, 503, 503]
    assert most == 3  # two at the gate's places and the free one
