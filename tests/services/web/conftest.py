"""A small application in the real frame, on a real database."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Form, UploadFile
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import insert, select
from starlette.requests import Request
from starlette.responses import Response

from crypto import sm3
from crypto.errors import InvalidCiphertext
from identity.errors import InvalidCode
from ledger.errors import LogInconsistent
from services.platform.errors import (
    Conflict,
    NotFound,
    Refused,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from services.platform.health import Health
from services.platform.tables import RECORD_KEY
from services.platform.work import Runtime, Work
from services.web import http_errors, shell
from services.web.deps import (
    LanguageDep,
    LimitsDep,
    PlaceDep,
    RuntimeDep,
    WorkDep,
    WriteWorkDep,
)
from services.web.metrics import Metrics
from services.web.once import OnceDep

RAISED: dict[str, Exception] = {
    "refused": Refused("role_may_not", role="auditor"),
    "conflict": Conflict("job_unknown"),
    "unauthenticated": Unauthenticated("not_signed_in"),
    "busy": Unavailable("database_busy"),
    "many": TooMany("too_many_failures", retry_after_seconds=42),
    "code": InvalidCode("school_code_check", field="code"),
    "sealed": InvalidCiphertext("sealed_mismatch"),
    "log": LogInconsistent("node_missing"),
    "bug": KeyError("张三 410102201001011233"),
}


class Thing(BaseModel):
    name: str


def store(work: Work, name: str) -> dict[str, Any]:
    values = {"id": name, "wrapped": name.encode(), "created_at": work.now}
    work.session.execute(insert(RECORD_KEY).values(values))
    return {"name": name}


def application() -> FastAPI:
    app = FastAPI(title="test", docs_url=None, redoc_url=None)

    @app.get("/v1/raise/{which}", responses=http_errors.problems(403, 409))
    def raise_(which: str) -> None:
        raise RAISED[which]

    @app.get("/raise/{which}")
    def raise_page(which: str) -> None:
        raise RAISED[which]

    @app.get("/v1/language")
    def language(lang: LanguageDep) -> str:
        return lang

    @app.get("/v1/things")
    def things(work: WorkDep) -> list[str]:
        return sorted(work.session.scalars(select(RECORD_KEY.c.id)).all())

    @app.post("/v1/things", status_code=201)
    def make(thing: Thing, work: WriteWorkDep, once: OnceDep) -> Response:
        return once.answer(work, actor="op_1", make=lambda: store(work, thing.name))

    @app.post("/v1/models", status_code=201)
    def model(thing: Thing, work: WriteWorkDep, once: OnceDep) -> Response:
        return once.answer(work, actor="op_1", make=lambda: thing)

    @app.post("/v1/uploads", status_code=201)
    def upload(file: UploadFile, work: WriteWorkDep, once: OnceDep) -> Response:
        content = sm3.digest(file.file.read())
        made = {"digest": content.hex()}
        return once.answer(work, actor="op_1", make=lambda: made, content=content)

    @app.post("/v1/outside", status_code=201)
    def outside(thing: Thing, runtime: RuntimeDep, once: OnceDep) -> Response:
        def make() -> dict[str, Any]:
            with runtime.writing() as work:
                return store(work, thing.name)

        return once.answer_outside(runtime, actor="op_1", make=make)

    @app.post("/v1/late")
    def late(work: WriteWorkDep) -> str:
        store(work, "late")
        work.session.execute(insert(RECORD_KEY).values(id="x", created_at=work.now))
        return "never seen"

    @app.post("/v1/form")
    def form(text: Annotated[str, Form()]) -> int:
        return len(text)

    @app.post("/v1/verify")
    async def verify(request: Request) -> int:
        return len(await request.body())

    @app.get("/v1/guess")
    def guess(limits: LimitsDep, place: PlaceDep) -> None:
        limits.check(place)
        limits.failed(place)
        raise NotFound("job_unknown")

    return app


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    made = application()
    shell.dress(made, runtime, Health(), Metrics())
    return made


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made
