"""What the public sees of a verdict, in every state: by day and night, wide and narrow, in both
languages, without a script, and light enough for a poor line."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response

from crypto import canonical
from services.honours import bundles
from services.honours.bundles import open_certificate
from tests.browser import desks, places
from tests.browser.conftest import Shot, Site, Visit

MOST_BYTES = 60 * 1024
FOUR = [("light", 1280), ("dark", 1280), ("dark", 360), ("light", 360)]


@pytest.fixture
def files(issued_site: Site, tmp_path: Path) -> dict[str, tuple[Path, bool]]:
    """Return a file for each state of a verdict, and whether to ask about its own time."""
    node = issued_site.node
    valid, revoked, suspended = node.numbers("school-a")[:3]
    places.revoke(node, revoked)
    places.revoke(node, suspended, "suspend")
    genuine = bundles.of_number(node.runtime, valid)
    document = canonical.loads(genuine)
    assert isinstance(document, dict)
    contents = {
        "valid": genuine,
        "revoked": bundles.of_number(node.runtime, revoked),
        "suspended": bundles.of_number(node.runtime, suspended),
        "undetermined": str(document["credential"]).encode(),
        "altered": genuine.replace(b'"credential":"ey', b'"credential":"eY'),
        "not-ours": b"GIF89a",
    }
    made = {}
    for name, data in contents.items():
        path = tmp_path / f"{name}.kexin.json"
        path.write_bytes(data)
        made[name] = (path, False)
    return {**made, "as-of": (made["valid"][0], True)}


def judge(page: Page, site: Site, path: Path, *, as_of: bool = False) -> None:
    """Have a file judged."""
    page.goto(f"{site.url}/v")
    form = page.locator("form:has(#file)")
    form.locator("#file").set_input_files(path)
    if as_of:
        form.locator("[name=as_of]").check()
    form.locator("button[type=submit]").first.click()
    page.locator(".verdict").wait_for()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_nobody_stumbles_over_a_verdict(
    issued_site: Site,
    files: dict[str, tuple[Path, bool]],
    visit: Visit,
    shot: Shot,
    language: str,
) -> None:
    page = visit(language=language)
    wrong = {}
    for name, (path, as_of) in files.items():
        page.set_viewport_size({"width": 1280, "height": 900})
        judge(page, issued_site, path, as_of=as_of)
        for scheme, width in FOUR[:2] if language == "zh-CN" else FOUR[2:]:
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.set_viewport_size({"width": width, "height": 900})
            wrong[name, scheme, width] = [*desks.stumbles(page), *desks.misfits(page, width)]
            shot(page, f"verdict-{name}-{scheme}-{width}")
    assert {where: said for where, said in wrong.items() if said} == {}


@pytest.mark.parametrize("name", ["valid", "revoked", "undetermined"])
def test_a_verdict_is_light_and_needs_no_script(
    issued_site: Site, files: dict[str, tuple[Path, bool]], visit: Visit, name: str
) -> None:
    page = visit(scripts=False)
    got: list[Response] = []
    page.on("response", lambda each: got.append(each))
    judge(page, issued_site, files[name][0])
    verdict = [each for each in got if each.url.startswith(issued_site.url)]
    assert verdict == got, "only this node is asked"
    page.reload()
    drawn = {each.url: each for each in got if not each.request.redirected_to}
    heavy = [r for r in drawn.values() if r.request.resource_type in ("document", "stylesheet")]
    assert sum(len(each.body()) for each in heavy) <= MOST_BYTES
    assert page.locator("script").count() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_a_scanned_code_shows_what_to_compare_with_the_paper(
    issued_site: Site, visit: Visit, shot: Shot, scripts: bool
) -> None:
    node = issued_site.node
    with node.runtime.reading() as work:
        code = open_certificate(work, node.numbers("school-a")[0]).code
    phone = visit(width=360, scripts=scripts)
    phone.goto(f"{issued_site.url}/v/{code}?from=singlemessage&isappinstalled=0")
    desks.seen(phone, "这份证书是真的，现在有效。")
    desks.seen(phone, "逐项核对")
    desks.seen(phone, "张伟")
    assert phone.get_by_text("00101").count() == 0
    shot(phone, "verdict-of-paper-360")


def test_number_and_code_can_be_typed_without_a_script(issued_site: Site, visit: Visit) -> None:
    node = issued_site.node
    number = node.numbers("school-a")[0]
    with node.runtime.reading() as work:
        code = open_certificate(work, number).code
    page = visit(scripts=False)
    page.goto(f"{issued_site.url}/v")
    form = page.locator("form:has(#number)")
    form.locator("#number").fill(number)
    form.locator("button[type=submit]").first.click()
    desks.seen(page, "中原市明德中学")
    assert page.get_by_text("张伟").count() == 0, "a number alone names nobody"
    page.goto(f"{issued_site.url}/v")
    form.locator("#number").fill(number)
    form.locator("#code").fill(" ".join(re.findall("....", code)).lower())
    form.locator("button[type=submit]").first.click()
    desks.seen(page, "张伟")
    desks.seen(page, "这份证书是真的，现在有效。")


def test_what_was_typed_wrong_is_said_at_its_field(
    issued_site: Site, visit: Visit, shot: Shot
) -> None:
    page = visit(width=360)
    page.goto(f"{issued_site.url}/v")
    page.locator("#number").fill("31410000012026H0000019")
    page.locator("form:has(#number) button[type=submit]").first.click()
    assert page.locator("#number").get_attribute("aria-invalid") == "true"
    assert page.locator("#number").input_value() == "31410000012026H0000019"
    assert desks.stumbles(page) == []
    shot(page, "verify-wrong-number-360")
