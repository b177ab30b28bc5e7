"""What a route may ask for. FastAPI gives each request its own.

RuntimeDep     the process
WorkDep        a reading transaction: GET and whatever changes nothing
WriteWorkDep   a writing transaction, committed before the answer leaves
LanguageDep    zh-CN or en
LimitsDep      counts failures; `limits.check(place)` first, `limits.failed(place)` after one
PlaceDep       where the request comes from, as failures are counted

scope="function" on the whole chain: the handler returns, the transaction commits, and only then
is the answer sent; a commit that fails is an error answer and not a 201 that lies. A dependency
of scope "request" may not use these, so whoever builds on them says "function" too.
One Work a request: a second one would wait for a connection that the first one holds.
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from services.platform.limits import Limits, place_of
from services.platform.work import Runtime, Work
from services.web import i18n


def runtime(request: Request) -> Runtime:
    """Return the process's runtime, put there by the composition root."""
    made: Runtime = request.app.state.runtime
    return made


RuntimeDep = Annotated[Runtime, Depends(runtime, scope="function")]


def reading(runtime: RuntimeDep) -> Iterator[Work]:
    """Open a reading transaction for the request."""
    with runtime.reading() as work:
        yield work


def writing(runtime: RuntimeDep) -> Iterator[Work]:
    """Open a writing transaction; commit when the handler returned, roll back if it raised."""
    with runtime.writing() as work:
        yield work


WorkDep = Annotated[Work, Depends(reading, scope="function")]
WriteWorkDep = Annotated[Work, Depends(writing, scope="function")]
LanguageDep = Annotated[str, Depends(i18n.of, scope="function")]


def limits(request: Request) -> Limits:
    """Return the counter of failures, put there by `shell.dress`."""
    made: Limits = request.app.state.limits
    return made


def place(request: Request) -> str:
    """Return the place that the request's address belongs to."""
    return place_of(request.client.host if request.client else None)


LimitsDep = Annotated[Limits, Depends(limits, scope="function")]
PlaceDep = Annotated[str, Depends(place, scope="function")]
