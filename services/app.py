"""The HTTP application: which rooms there are, who stands before them, what health asks.

    app = create_app(runtime, chain, runner)

Worker     `runner` runs in a thread while the application lives; None where processes of their
           own do the jobs. Where another process has the work already, this one waits for it to
           stop and takes over
Tampered   a row that was changed by other hands, or a column sealed for another place, is refused
           by whoever reads it; here it also becomes an alarm
Health     database, cryptography, master key, worker, chain, high water of checkpoints, age of the
           status lists, grave alarms
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from crypto.errors import InvalidCiphertext
from identity.trust_list import TrustList
from ledger.chain import Chain
from services import console, vitals
from services.accounts import access
from services.accounts import routes as accounts
from services.anchoring import routes as anchoring
from services.audit import routes as audit
from services.audit import trail
from services.authority import routes as authority
from services.honours.papers import HonourPapers
from services.honours.routes import batches, certificates, changes, checkup, paper, programmes
from services.platform.errors import Tampered, Unavailable
from services.platform.jobs.runner import Runner
from services.platform.limits import Limits
from services.platform.work import Runtime
from services.registry import trust
from services.registry.routes import institutions, published, records
from services.status import routes as status
from services.status.packs import Packs
from services.verification import routes as verification
from services.verification.pages import checking, offline, reports
from services.vitals import Worker
from services.web import api_page, http_errors, shell
from services.web.layout import Layout, Link
from services.web.metrics import Metrics

TITLE = "Kexin"
API_VERSION = "1"
DESCRIPTION = (
    "Trusted credentials of education authorities: issued by two persons, logged, anchored, "
    "verifiable by anyone. Errors are RFC 9457 problems with a stable `code`, in Chinese and "
    "English. Each POST that creates needs an `Idempotency-Key`."
)
TAMPERED = "tampered"


def create_app(runtime: Runtime, chain: Chain, runner: Runner | None) -> FastAPI:
    """Return the application of a node."""
    worker = None if runner is None else Worker(runner)
    app = FastAPI(
        title=TITLE,
        version=API_VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_name,
        lifespan=_life(worker),
    )
    _include(app)
    app.state.papers = HonourPapers(runtime)
    app.state.packs = Packs(runtime)
    app.state.report_limits = Limits(
        runtime.clock,
        allowed=reports.ALLOWED,
        window_seconds=reports.WINDOW_SECONDS,
        code="reports_too_many",
    )
    metrics = Metrics()
    vitals.measure(metrics, runtime)
    shell.dress(app, runtime, vitals.checks(runtime, chain, worker), metrics, layout(runtime))
    app.add_exception_handler(Tampered, _tampered)
    app.add_exception_handler(InvalidCiphertext, _tampered)
    return app


def layout(runtime: Runtime) -> Layout:
    """Return the frame of all pages; a demonstration says on top that it is one."""
    known = trust.published(runtime.settings.trust_folder)
    return Layout(
        links=(
            Link("nav_verify", "/v"),
            Link("nav_api", "/docs", wide=True),
            Link("nav_desk", "/work", wide=True),
        ),
        foot=(
            Link("nav_offline", "/offline"),
            Link("home_trust_list", "/v1/trust/list"),
            Link("file_report", "/report"),
            Link("nav_api", "/docs"),
            Link("nav_desk", "/work"),
        ),
        strip="demo_strip" if known is not None and _is_demo(known) else None,
        desk=console.LINKS,
        scopes=console.scopes,
        slices=("web", "verification", *console.SLICES),
    )


def _include(app: FastAPI) -> None:
    for router in (
        accounts.session_router,
        accounts.router,
        institutions.router,
        records.router,
        programmes.router,
        batches.router,
        certificates.router,
        paper.router,
        checkup.router,
        changes.router,
        anchoring.router,
        anchoring.public_router,
        published.router,
        status.router,
        status.pack_router,
        authority.public_router,
        authority.router,
        verification.router,
        checking.router,
        offline.router,
        reports.router,
        api_page.router,
    ):
        app.include_router(router)
    console.include(app)
    auditors = [Depends(access.auditor, scope="function")]
    app.include_router(audit.router, dependencies=auditors)


def _name(route: APIRoute) -> str:
    return route.name


def _life(worker: Worker | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        if worker is not None:
            worker.start()
        try:
            yield
        finally:
            if worker is not None:
                worker.stop()

    return life


def _is_demo(known: TrustList) -> bool:
    return any(chain.assurance == "demo" for chain in known.chains)


def _tampered(request: Request, error: Exception) -> Response:
    assert isinstance(error, (Tampered, InvalidCiphertext))
    runtime: Runtime = request.app.state.runtime
    subject = str(error.params.get("table", error.code))
    with suppress(Unavailable), runtime.writing() as work:
        trail.raise_alarm(work, TAMPERED, subject)  # without it, the refusal stands all the same
    return http_errors.respond(request, http_errors.problem_of(error))
