"""Every page, by day and by night, wide and narrow, in both languages: nobody stumbles.

Each page is opened by the first person who may see it in four ways that together pair every
light, language and width. axe-core must find nothing grave; nothing scrolls sideways; on a
telephone everything that is pressed is high enough; nothing is asked of another host; the browser
has nothing to complain about. Pictures are kept.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import desks, places
from tests.browser.conftest import Shot, Visit, on_a_port
from tests.browser.places import PEOPLE, STRANGER, Furnished
from tests.services import nodes
from tests.services.conftest import MouldOf

WAYS = [
    ("light", "zh-CN", 1280),
    ("dark", "en", 1280),
    ("dark", "zh-CN", 360),
    ("light", "en", 360),
]
PIECES = {"/batches/{batch_id}/progress"}
"""What a page fetches into itself."""

DIFFER = {"/work", "/batches/{batch_id}", "/changes/{request_id}", "/delegations"}
"""What another person sees with other eyes."""


@dataclass
class Tour:
    """A furnished node, and who may see what on it."""

    world: Furnished
    seen: dict[str, dict[str, str]] = field(default_factory=dict)
    """Person → address → route, pages alone."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Route → what kind of thing answered somebody there."""

    def of(self, who: str) -> dict[str, str]:
        """Return the pages that count for somebody: nobody before him sees the same."""
        before = PEOPLE[: PEOPLE.index(who)]
        taken = {address for each in before for address in self.seen[each]}
        return {
            address: route
            for address, route in self.seen[who].items()
            if address not in taken or route in DIFFER
        }


@pytest.fixture(scope="module")
def tour(
    chromium: Browser, mould_of: MouldOf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tour]:
    home = tmp_path_factory.mktemp("tour") / "node"
    with ExitStack() as stack:
        node = stack.enter_context(nodes.copied(mould_of("sqlite", nodes.READY), home, None))
        site = stack.enter_context(on_a_port(node))

        def page() -> Page:
            context = stack.enter_context(chromium.new_context(locale="zh-CN"))
            return context.new_page()

        made = Tour(places.furnish(site, page()))
        for who in PEOPLE:
            visitor = page()
            if who != STRANGER:
                desks.sign_in(visitor, site, who)
            found = places.seen_by(visitor, made.world)
            made.seen[who] = {a: route for a, (route, kind) in found.items() if kind == "page"}
            made.kinds.update(found.values())
        yield made


def test_every_page_is_seen_by_somebody(tour: Tour) -> None:
    every = {route for route, _ in places.routes(tour.world)}
    assert every - set(tour.kinds) == set(), (
        "nobody can open these; tests/browser/places.py must know what they need"
    )
    assert {route for route, kind in tour.kinds.items() if kind == "piece"} == PIECES


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("scheme", "language", "width"), WAYS)
@pytest.mark.parametrize("who", PEOPLE)
def test_nobody_stumbles(
    tour: Tour, visit: Visit, shot: Shot, who: str, scheme: str, language: str, width: int
) -> None:
    site = tour.world.site
    page = visit(width=width, scheme=scheme, language=language)
    wrong = _noting(page, site.url)
    if who != STRANGER:
        desks.sign_in(page, site, who)
    own = tour.of(who)
    for address, route in own.items():
        page.goto(site.url + address)
        wrong[address] = [*desks.stumbles(page), *desks.misfits(page, width)]
        name = _name(route, address, own) + (f"-{who}" if route in DIFFER else "")
        shot(page, f"{name}-{scheme}-{width}")
    assert {place: said for place, said in wrong.items() if said} == {}


def _noting(page: Page, url: str) -> dict[str, list[str]]:
    """Note what the page asks of other hosts, and what the browser complains about."""
    noted: dict[str, list[str]] = {"asked": [], "said": []}

    def asked(address: str) -> None:
        if not address.startswith((url, "data:")):
            noted["asked"].append(address)

    def said(kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            noted["said"].append(f"{page.url}: {text}")

    page.on("request", lambda request: asked(request.url))
    page.on("console", lambda message: said(message.type, message.text))
    page.on("pageerror", lambda error: noted["said"].append(f"{page.url}: {error}"))
    return noted


def _name(route: str, address: str, own: dict[str, str]) -> str:
    """Name a picture after its route; a second address of one route gets a number."""
    same = [each for each, other in own.items() if other == route]
    name = "page-" + (re.sub(r"[^a-z0-9]+", "-", route).strip("-") or "home")
    return name if len(same) == 1 else f"{name}-{same.index(address) + 1}"
