"""A body that is too large is refused before it is read, or as soon as it is too large."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message

from services.web.shell import VERIFY_LIMIT_BYTES

MIB = 1024 * 1024


def pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * MIB


def test_a_declared_length_is_refused_without_reading(app: FastAPI) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was asked for")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/v1/things",
        "query_string": b"",
        "headers": [(b"content-length", str(100 * MIB).encode())],
        "app": app,
    }
    anyio.run(app, scope, receive, send)
    assert sent[0]["status"] == 413
    assert b"body_too_large" in sent[1]["body"]


@pytest.mark.parametrize(
    ("path", "content_type", "limit_bytes"),
    [
        ("/v1/things", "application/json", 20 * MIB),
        ("/v1/things", "text/plain", 20 * MIB),
        ("/v1/form", "application/x-www-form-urlencoded", 20 * MIB),
        ("/v1/verify", "application/octet-stream", VERIFY_LIMIT_BYTES),
    ],
)
def test_a_chunked_body_of_100_megabytes_is_refused_on_the_way(
    client: TestClient, path: str, content_type: str, limit_bytes: int
) -> None:
    headers = {"Content-Type": content_type, "Idempotency-Key": "k"}
    answer = client.post(path, content=pieces(100), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["params"] == {"limit_bytes": limit_bytes}


def test_an_upload_of_100_megabytes_is_refused_on_the_way(client: TestClient) -> None:
    def form() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        yield from pieces(100)
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Idempotency-Key": "k"}
    answer = client.post("/v1/uploads", content=form(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_what_is_small_enough_passes(client: TestClient) -> None:
    answer = client.post("/v1/verify", content=pieces(VERIFY_LIMIT_BYTES // MIB))
    assert answer.json() == VERIFY_LIMIT_BYTES


def test_a_path_may_have_a_smaller_limit(client: TestClient) -> None:
    answer = client.post("/v1/verify", content=b"x" * (VERIFY_LIMIT_BYTES + 1))
    assert answer.status_code == 413
    assert answer.json()["params"] == {"limit_bytes": VERIFY_LIMIT_BYTES}


def test_a_length_that_lies_is_found_out_and_the_rest_is_not_read(app: FastAPI) -> None:
    sent: list[Message] = []
    taken = 0

    async def body() -> AsyncIterator[Message]:
        for _ in range(100):
            yield {"type": "http.request", "body": b"x" * MIB, "more_body": True}

    stream = body()

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return await anext(stream)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/v1/verify",
        "query_string": b"",
        "headers": [(b"content-length", b"10")],
        "app": app,
    }
    anyio.run(app, scope, receive, send)
    assert sent[0]["status"] == 413
    assert taken == VERIFY_LIMIT_BYTES // MIB + 1
