"""/healthz, /readyz and /metrics: for machines that watch, without sign-in and without secrets.

/healthz   the process lives and its cryptography passed its known answers; else 503: restart it
/readyz    every registered check is ok; else 503: send people elsewhere
/metrics   the text format of Prometheus
The operator's gateway decides who reaches them.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crypto import selftest
from services.platform import health
from services.platform.health import Health
from services.web.metrics import Metrics

router = APIRouter(tags=["probes"])


@router.get("/healthz")
def healthz() -> JSONResponse:
    """Say whether this process can be trusted to go on."""
    state = selftest.state()
    alive = state is not selftest.State.FAILED
    body = {"status": "ok" if alive else "fail", "cryptography": state.value}
    return JSONResponse(body, 200 if alive else 503)


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """Say whether this process should be sent work, check by check."""
    checks: Health = request.app.state.health
    report = checks.report()
    ready = health.ready(report)
    body = {
        "status": "ok" if ready else "fail",
        "checks": {
            name: {"state": outcome.state.value, "reason": outcome.reason}
            for name, outcome in report.items()
        },
    }
    return JSONResponse(body, 200 if ready else 503)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Return what a monitor may count."""
    kept: Metrics = request.app.state.metrics
    return kept.response()
