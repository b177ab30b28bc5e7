"""Every place of a node that a browser can go to, found out from the routes of its application.

furnish(site)        work for everybody: something issued, something to decide, something wrong
routes(world)        every GET route that is not the API's: a page that somebody adds is among them
addresses(world)     their addresses, with what they need filled in by name
seen_by(page, world) what answers there for whoever is signed in, and what kind of thing it is
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from string import Formatter

from fastapi.routing import iter_route_contexts
from playwright.sync_api import APIResponse, Page

from services.app import create_app
from services.honours import bundles, changes
from services.reports import queries as report_queries
from services.reports import service as reports
from services.reports.service import NewReport
from tests.browser import desks
from tests.browser.conftest import ROOT, Site
from tests.services.nodes import Node

MISTAKES = ROOT / "samples" / "school-c-seven-mistakes.xlsx"
STRANGER = ""
PEOPLE = (
    STRANGER,
    "school-a-preparer",
    "school-a-approver",
    "school-b-approver",
    "registrar-1",
    "auditor",
)
"""Whose turn it is to look at the pages: each page counts for the first who may see it."""

MACHINES = ("/v1/", "/authority/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/static")


@dataclass(frozen=True, slots=True)
class Furnished:
    """A node on which something waits at every desk; `found` holds what addresses ask for."""

    site: Site
    found: dict[str, tuple[str, ...]]


def furnish(site: Site, clerk: Page) -> Furnished:
    """Give everybody something to do."""
    node = site.node
    valid, asked_about, revoked = node.issue("school-a")[:3]
    revoke(node, revoked)
    with node.runtime.writing() as work:
        preparer = node.operator("school-a-preparer")
        pending = changes.ask(
            work, preparer, action="revoke", reason="facts_wrong", numbers=[asked_about]
        )
    with node.runtime.writing() as work:
        reports.file(work, NewReport("这张证书的名字像是改过的。", number=valid))
    with node.runtime.reading() as work:
        [report] = report_queries.listed(work.session, offset=0, limit=9)
        code = bundles.open_certificate(work, valid).code
        issued = str(bundles.open_certificate(work, valid).row["batch_id"])
    waiting = node.draft("school-b")
    desks.sign_in(clerk, site, "school-a-preparer")
    clerk.goto(f"{site.url}/rosters/new")
    desks.fill_roster(clerk, site, MISTAKES)
    clerk.get_by_role("button", name="上传并检查").click()
    clerk.wait_for_url("**/rosters/upl_*")
    return Furnished(
        site,
        {
            "batch_id": (waiting, issued),
            "code": (code,),
            "institution_id": (node.ids["school-a"],),
            "kind": ("sign-off",),
            "number": (valid, revoked),
            "programme_id": (node.programmes["school-a"],),
            "report_id": (report["id"],),
            "request_id": (pending,),
            "row": ("5",),
            "subject_id": (node.programmes["school-a"],),
            "upload_id": (clerk.url.rsplit("/", 1)[1],),
        },
    )


def revoke(node: Node, number: str, action: str = "revoke") -> None:
    """Let two people of the school change the status of a certificate."""
    with node.runtime.writing() as work:
        actor = node.operator("school-a-preparer")
        asked = changes.ask(work, actor, action=action, reason="facts_wrong", numbers=[number])
    login = "school-a-approver"
    changes.approve(node.runtime, node.operator(login), asked, **node.proof(login))
    node.work()


def routes(world: Furnished) -> Iterator[tuple[str, list[str]]]:
    """Yield every route that a browser may GET, with the names in it that wait for a value."""
    app = create_app(world.site.node.runtime, world.site.node.chain, None)
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        if "GET" in (route.methods or ()) and not path.startswith(MACHINES):
            yield path, [name for _, name, _, _ in Formatter().parse(path) if name]


def addresses(world: Furnished) -> Iterator[tuple[str, str]]:
    """Yield route and address of everything that a browser may GET."""
    for path, names in routes(world):
        for values in product(*(world.found.get(name, ()) for name in names)):
            yield path, path.format(**dict(zip(names, values, strict=True)))


def seen_by(page: Page, world: Furnished) -> dict[str, tuple[str, str]]:
    """Return route and kind of each address that answers: "page", "piece" of one, or "file"."""
    found = {}
    for route, address in addresses(world):
        answer = page.request.get(
            world.site.url + address, max_redirects=0, fail_on_status_code=False
        )
        if answer.status == 200:
            found[address] = (route, _kind(answer))
    return found


def _kind(answer: APIResponse) -> str:
    html = answer.headers.get("content-type", "").startswith("text/html")
    if not html or "attachment" in answer.headers.get("content-disposition", ""):
        return "file"
    return "page" if "<!doctype html>" in answer.text()[:400].lower() else "piece"
