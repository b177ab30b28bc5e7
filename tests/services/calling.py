"""Calling a node over HTTP, in the same process: the whole application around a test's node."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from services.app import create_app
from services.platform.jobs.runner import Runner
from tests.services.nodes import Node

_keys = itertools.count(1)


@dataclass
class Caller:
    """Somebody with a token, or nobody."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **params: Any) -> Response:
        """Read."""
        return self.client.get(path, params=params, headers=self.headers)

    def post(self, path: str, *, key: str | None = None, **body: Any) -> Response:
        """Ask for something; every request has a key of its own unless one is given."""
        headers = {**self.headers, "Idempotency-Key": key or f"key-{next(_keys)}"}
        return self.client.post(path, headers={**headers, **body.pop("headers", {})}, **body)

    def put(self, path: str, **body: Any) -> Response:
        """Replace."""
        return self.client.put(path, headers=self.headers, **body)

    def delete(self, path: str) -> Response:
        """Take away."""
        return self.client.delete(path, headers=self.headers)


@dataclass
class Api:
    """A node and its application."""

    node: Node
    app: FastAPI
    client: TestClient

    @property
    def stranger(self) -> Caller:
        """Nobody in particular."""
        return Caller(self.client)

    def signed_in(self, login: str) -> Caller:
        """Return an operator, signed in over HTTP."""
        body = {"login": login, **self.node.proof(login)}
        answer = self.client.post("/v1/session", json=body)
        assert answer.status_code == 200, answer.text
        return Caller(self.client, {"Authorization": f"Bearer {answer.json()['token']}"})

    def form(self, school: str = "school-a", **changes: str) -> dict[str, Any]:
        """Return the fields of an upload of a school's sample roster."""
        order = self.node.order(school)
        said = {
            "programme": order.programme_id,
            "period": order.period,
            "award_on": order.award_on,
            "notice_place": order.notice_place,
            "notice_from": order.notice_from,
            "notice_to": order.notice_to,
        }
        return {**said, **changes}

    def files(self, school: str = "school-a") -> dict[str, tuple[str, bytes]]:
        """Return the file of such an upload."""
        data, name = self.node.roster(school)
        return {"file": (name, data)}


@contextmanager
def serving(node: Node, runner: Runner | None = None) -> Iterator[Api]:
    """Serve a node for a test."""
    node.runtime.settings.master_file.parent.mkdir(parents=True, exist_ok=True)
    node.runtime.settings.master_file.touch()
    app = create_app(node.runtime, node.chain, runner)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Api(node, app, client)
