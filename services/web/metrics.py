"""What a monitor may count: requests, their time, and whatever the rooms register.

Labels hold the route's template (`/v1/batches/{batch_id}`), never an address that was asked
for: no id, code or name gets into a time series.
"""

import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Read = Callable[[], Mapping[str, float]]
"""Returns values by their one label; called when the metrics are fetched."""

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "kexin_requests",
            "Answers by route",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "kexin_request_seconds",
            "Time to answer by route",
            ["method", "route"],
            registry=self.registry,
            buckets=_BUCKETS,
        )

    def gauge(self, name: str, description: str, label: str, read: Read) -> None:
        """Add a value that is looked up when the metrics are fetched."""
        self.registry.register(_Lookup(f"kexin_{name}", description, label, read))

    def response(self) -> Response:
        """Return all metrics in the text format of Prometheus."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)


class _Lookup:
    def __init__(self, name: str, description: str, label: str, read: Read) -> None:
        self._name, self._description, self._label, self._read = name, description, label, read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the family with a sample for each value."""
        family = GaugeMetricFamily(self._name, self._description, labels=[self._label])
        for value_label, value in self._read().items():
            family.add_metric([value_label], value)
        yield family


class Measure:
    """ASGI middleware: count each answer and how long it took."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - started)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
