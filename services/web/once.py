"""Idempotency-Key on requests that create: the same request twice is one creation.

    @router.post("", status_code=201, response_model=BatchOut)
    def create(order: BatchIn, work: WriteWorkDep, who: OperatorDep, once: OnceDep) -> Response:
        return once.answer(work, actor=who.id, make=lambda: service.create(work, who, order))

What is slow or has transactions of its own (a password to derive, a file to parse, a signature to
make) is done between two short ones: `once.answer_outside(runtime, actor=..., make=...)`.

The request is known by method, path, query, content type and body. The body is hashed on its
way in by `BodyDigest`, so nobody has to keep it; the digest is stored under a key of the node's,
because a body may hold a password. A handler that reads the body itself, as a stream, gives the
digest of what it read as `content`; an upload in multipart form does so too, because its boundary
is another one at each try.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crypto import sm3
from services.platform import idempotency
from services.platform.idempotency import Answer
from services.platform.protect import lengths
from services.platform.work import Runtime, Work

_HEADER = b"idempotency-key"
_STATE = "kexin_body_digest"
MEDIA_TYPE = "application/json"
_REPLAYED = {"Idempotent-Replayed": "true"}

Made = BaseModel | dict[str, Any] | list[Any]
"""What a handler makes; encoded once and kept as these bytes."""


class BodyDigest:
    """ASGI middleware: hash the body of a request that carries an Idempotency-Key."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and each piece of the body through SM3."""
        if scope["type"] != "http" or all(name != _HEADER for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        state = sm3.new()
        scope[_STATE] = state

        async def hashing() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                state.update(message.get("body", b""))
            return message

        await self._app(scope, hashing, send)


@dataclass(frozen=True, slots=True)
class Once:
    """The right to do this request once."""

    key: str
    head: bytes
    body: bytes

    def answer(
        self,
        work: Work,
        *,
        actor: str,
        make: Callable[[], Made],
        status: int = 201,
        content: bytes | None = None,
    ) -> Response:
        """Return the answer that was given under the key, or make, keep and return one.

        Raises Invalid idempotency_key_reused for another request under the same key.
        """
        kept = self._begin(work, actor, content)
        if kept is not None:
            return _response(kept, _REPLAYED)
        made = Answer(status, _encode(make()))
        idempotency.keep(work, made, actor=actor, key=self.key)
        return _response(made, {})

    def answer_outside(
        self,
        runtime: Runtime,
        *,
        actor: str,
        make: Callable[[], Made],
        status: int = 201,
        content: bytes | None = None,
    ) -> Response:
        """Do the same for work that opens its own transactions: no lock is held while it is made.

        Raises Conflict idempotency_key_in_use while the same request is being answered.
        """
        with runtime.writing() as work:
            kept = self._begin(work, actor, content)
        if kept is not None:
            return _response(kept, _REPLAYED)
        made: Answer | None = None
        try:
            made = Answer(status, _encode(make()))
        finally:
            if made is None:  # it failed: the same request may be tried again
                with runtime.writing() as work:
                    idempotency.release(work, actor=actor, key=self.key)
        with runtime.writing() as work:
            idempotency.keep(work, made, actor=actor, key=self.key)
        return _response(made, {})

    def _begin(self, work: Work, actor: str, content: bytes | None) -> Answer | None:
        body = self.body if content is None else content
        digest = work.protect.mac("idempotency", self.head, body)
        return idempotency.begin(work, actor=actor, key=self.key, digest=digest)


def once(
    request: Request, idempotency_key: Annotated[str | None, Header(max_length=200)] = None
) -> Once:
    """Return the request's Once. Raises Invalid without a usable key."""
    key = idempotency.check_key(idempotency_key)
    head = lengths(
        request.method.encode(),
        request.scope["path"].encode(),
        request.scope["query_string"],
        request.headers.get("content-type", "").split(";")[0].encode(),
    )
    state: sm3.Hasher = request.scope[_STATE]
    return Once(key, head, state.digest())


OnceDep = Annotated[Once, Depends(once, scope="function")]


def _encode(made: Made) -> bytes:
    if isinstance(made, BaseModel):
        return made.model_dump_json().encode()
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def _response(answer: Answer, headers: dict[str, str]) -> Response:
    return Response(answer.body, answer.status, headers, MEDIA_TYPE)
