"""axe-core finds nothing grave on any page of the console, by day and by night, wide and narrow."""

import pytest

from services.honours import queries
from tests.browser import desks
from tests.browser.conftest import Site, Visit

CLERK = (
    *("/work", "/rosters/new", "/batches", "/certificates", "/certificates?number=ZZZZ"),
    *("/changes", "/changes/new", "/programmes", "/programmes/new", "/delegations"),
)
APPROVER = ("/work", "/delegations")
REGISTRAR = (
    *("/work", "/registry/institutions", "/registry/institutions/new", "/registry/records"),
    "/operators",
)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(
    ("login", "paths"),
    [
        ("school-a-preparer", CLERK),
        ("school-a-approver", APPROVER),
        ("registrar-1", REGISTRAR),
    ],
)
def test_nothing_grave(
    issued_site: Site, visit: Visit, login: str, paths: tuple[str, ...], width: int
) -> None:
    site = issued_site
    page = visit(width=width)
    page.goto(f"{site.url}/sign-in")
    found = {"/sign-in": desks.stumbles(page)}
    desks.sign_in(page, site, login)
    if login == "school-a-preparer":
        paths += (_batch(site), f"/certificates/{site.node.numbers()[0]}")
        paths += (f"/certificates/{site.node.numbers()[0]}/replace",)
    if login == "registrar-1":
        paths += (f"/registry/institutions/{site.node.ids['school-a']}",)
    for path in paths:
        page.goto(site.url + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found[f"{path} {scheme}"] = desks.stumbles(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert {place: each for place, each in found.items() if each} == {}


def test_nothing_grave_where_somebody_decides(site: Site, visit: Visit) -> None:
    batch_id = site.node.draft()
    page = visit()
    desks.sign_in(page, site, "school-a-approver")
    page.goto(f"{site.url}/batches/{batch_id}")
    found = desks.stumbles(page)
    page.get_by_role("radio", name="退回").check()
    page.get_by_role("button", name="提交决定").click()
    desks.seen(page, "没有完成")
    assert found + desks.stumbles(page) == []


def _batch(site: Site) -> str:
    with site.node.runtime.reading() as work:
        [row] = queries.batches(work.session, [site.node.ids["school-a"]], limit=1)
    return f"/batches/{row['id']}"
