"""A real browser: Chromium without a window, driven by Playwright, and a node that it can open.

chromium     the browser, once a run: Debian's, else Playwright's own; where there is none the tests
             are left out and say so (a failure under KEXIN_TEST_STRICT=1)
visit        opens a new, empty browser profile: `visit(width=360, scripts=False, scheme="dark")`;
             its owner dislikes motion, so that no colour is on its way to another one
site         a node with nothing issued, served on a port of this machine
issued_site  the same with the two sample rosters issued
shot         keeps a picture in dist/screenshots, for people to look at
No test waits for a fixed time: it waits for what it wants to see.
"""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from services.app import create_app
from tests.services.conftest import mould_of, sqlite_issued, sqlite_node, strict_texts
from tests.services.nodes import Node

__all__ = ["mould_of", "sqlite_issued", "sqlite_node", "strict_texts"]

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "dist" / "screenshots"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--force-color-profile=srgb")
TIMEOUT_MS = 20_000

expect.set_options(timeout=TIMEOUT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser is a component, and slow."""
    for item in items:
        if Path(str(item.fspath)).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.component)
            item.add_marker(pytest.mark.slow)


@dataclass
class Site:
    """A node that a browser can open."""

    node: Node
    url: str


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        program = next((found for name in (*PROGRAMS, own) if (found := shutil.which(name))), None)
        if program is None:
            pytest.skip("no Chromium on this machine (Debian: chromium)")
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    opened: list[BrowserContext] = []

    def open_profile(
        *,
        width: int = 1280,
        height: int = 900,
        scripts: bool = True,
        scheme: Any = "light",
        language: str = "zh-CN",
        **more: Any,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            color_scheme=scheme,
            reduced_motion="reduce",
            locale=language,
            timezone_id="Asia/Shanghai",
            has_touch=width < 600,
            **more,
        )
        context.set_default_timeout(TIMEOUT_MS)
        opened.append(context)
        return context.new_page()

    yield open_profile
    for context in opened:
        context.close()


Shot = Callable[[Page, str], None]


@pytest.fixture
def shot() -> Shot:
    SHOTS.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)

    return keep


@contextmanager
def on_a_port(node: Node) -> Iterator[Site]:
    """Serve a node until the block ends."""
    node.runtime.settings.master_file.parent.mkdir(parents=True, exist_ok=True)
    node.runtime.settings.master_file.touch()
    app = create_app(node.runtime, node.chain, None)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # so that who comes before the server waits for it
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield Site(node, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture
def site(sqlite_node: Node) -> Iterator[Site]:
    with on_a_port(sqlite_node) as served:
        yield served


@pytest.fixture
def issued_site(sqlite_issued: Node) -> Iterator[Site]:
    with on_a_port(sqlite_issued) as served:
        yield served
