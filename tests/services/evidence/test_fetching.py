"""Sources over HTTP, against a server that behaves badly."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ledger import evidence
from ledger.chains import live
from ledger.errors import ChainMismatch, ChainUnavailable
from services.evidence import bundle
from services.evidence.errors import SourceContradicts, SourceUnavailable
from services.evidence.fetching import UrlSources
from services.evidence.sources import LIVE_NONE, UNREACHABLE
from tests.services.evidence import world


class Server(ThreadingHTTPServer):
    """Answers by path and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        answer = getattr(self, self.path.strip("/").split("/")[0])
        answer()

    def body(self, data: bytes, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        self.wfile.write(data)

    def plain(self) -> None:
        self.body(b"token")

    def chinese(self) -> None:
        self.body("状态".encode())

    def missing(self) -> None:
        self.send_error(404)

    def large(self) -> None:
        self.body(b"a" * (bundle.MAX_SIZE + 1))

    def short(self) -> None:
        self.body(b"half", length=8)

    def slow(self) -> None:
        """Send a byte now and then, each within the socket's patience."""
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            for _ in range(20):
                time.sleep(0.05)
                self.wfile.write(b"a")

    def here(self) -> None:
        self.redirect(f"{self.server.url}/plain")

    def there(self) -> None:
        self.redirect(f"http://localhost:{self.server.server_port}/plain")

    def file(self) -> None:
        self.redirect("file:///etc/hostname")

    def redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_an_answer_is_fetched_once(server: Server) -> None:
    sources = UrlSources()

    assert sources.status_list(f"{server.url}/plain") == "token"
    assert sources.status_list(f"{server.url}/plain") == "token"
    assert server.asked == ["/plain"]


def test_a_record_is_asked_for_by_institution(server: Server) -> None:
    assert UrlSources().record(f"{server.url}/plain/", "inst_1") == b"token"
    assert server.asked == ["/plain/inst_1"]


def test_a_redirect_on_the_same_host_is_followed(server: Server) -> None:
    assert UrlSources().status_list(f"{server.url}/here") == "token"


@pytest.mark.parametrize("path", ["missing", "short", "slow", "there", "file", "chinese"])
def test_any_other_answer_is_none(server: Server, path: str) -> None:
    sources = UrlSources(deadline_seconds=0.3)

    for _ in range(2):
        with pytest.raises(SourceUnavailable) as caught:
            sources.status_list(f"{server.url}/{path}")
        assert caught.value.code == UNREACHABLE
    assert server.asked == [f"/{path}"]


def test_a_record_is_never_large(server: Server) -> None:
    with pytest.raises(SourceUnavailable):
        UrlSources().record(server.url, "large")


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://127.0.0.1/list", "http://127.0.0.1:1/list", "http://["]
)
def test_nowhere_else_is_asked(url: str) -> None:
    with pytest.raises(SourceUnavailable):
        UrlSources(deadline_seconds=0.3).status_list(url)


RECEIPT = evidence.open_receipt(world.credential_place(world.sd_jwt()).receipt)


def test_without_endpoints_of_our_own_there_is_no_chain_to_ask() -> None:
    for sources, receipt in (
        (UrlSources(), RECEIPT),
        (UrlSources(endpoints=["http://127.0.0.1:1"]), replace(RECEIPT, driver="local")),
    ):
        with pytest.raises(SourceUnavailable) as caught:
            sources.live(receipt, bytes(32))
        assert caught.value.code == LIVE_NONE


def test_endpoints_that_are_away_are_silence() -> None:
    sources = UrlSources(endpoints=["http://127.0.0.1:1"], deadline_seconds=0.5)

    with pytest.raises(SourceUnavailable) as caught:
        sources.live(RECEIPT, bytes(32))

    assert caught.value.code == UNREACHABLE


@pytest.mark.parametrize(("count", "agreeing"), [(1, 1), (3, 1), (4, 2), (7, 3)])
def test_one_more_endpoint_than_may_lie_must_agree(
    monkeypatch: pytest.MonkeyPatch, count: int, agreeing: int
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(live, "verify", lambda *args, **named: asked.append(named))

    UrlSources(endpoints=["http://127.0.0.1:1"] * count).live(RECEIPT, b"code")

    assert (asked[0]["agreeing"], asked[0]["code_digest"]) == (agreeing, b"code")


def test_another_answer_of_the_chain_is_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    def differs(*_args: object, **_named: object) -> None:
        raise ChainMismatch("chain_block")

    monkeypatch.setattr(live, "verify", differs)

    with pytest.raises(SourceContradicts) as caught:
        UrlSources(endpoints=["http://127.0.0.1:1"]).live(RECEIPT, bytes(32))

    assert caught.value.code == "chain_block"
    assert issubclass(ChainUnavailable, Exception)
