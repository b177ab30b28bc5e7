"""What people do at the console, so that each test tells only its own story."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Site

AXE = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")


def sign_in(page: Page, site: Site, login: str) -> None:
    """Sign in, in whatever language; one is at the work list then."""
    proof = site.node.proof(login)
    page.goto(f"{site.url}/sign-in")
    page.locator("main [name=login]").fill(login)
    page.locator("main [name=password]").fill(proof["password"])
    page.locator("main [name=code]").fill(proof["code"])
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/work")


def fill_roster(page: Page, site: Site, path: Path, school: str = "school-a") -> None:
    """Fill the form of an upload in."""
    order = site.node.order(school)
    page.get_by_label("选择名册文件").set_input_files(path)
    page.get_by_label("学年或届次").fill(order.period)
    page.get_by_label("颁奖日期").fill(order.award_on)
    page.get_by_label("公示地点").fill(order.notice_place)
    page.get_by_label("公示开始").fill(order.notice_from)
    page.get_by_label("公示结束").fill(order.notice_to)


def approve(page: Page, site: Site, login: str) -> None:
    """Agree, on the page of a batch or a change."""
    proof = site.node.proof(login)
    page.get_by_role("radio", name="同意").check()
    page.get_by_label("口令").fill(proof["password"])
    page.get_by_label("动态码").fill(proof["code"])
    page.get_by_role("button", name="提交决定").click()


def downloaded(page: Page, name: str) -> bytes:
    """Follow a link to a file and return what is in it."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name).first.click()
    return Path(download.value.path()).read_bytes()


def seen(page: Page, text: str) -> None:
    """Wait until a text can be seen."""
    expect(page.get_by_text(text).first).to_be_visible()


def stumbles(page: Page) -> list[str]:
    """Return what axe finds grave. It runs outside the page's own policy of scripts."""
    if not AXE.exists():
        pytest.skip("no axe-core: npm ci in tests/browser")
    page.evaluate(AXE.read_text("utf-8"))
    found: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {json.dumps([node['target'] for node in each['nodes']])} {each['help']}"
        for each in found["violations"]
        if each["impact"] in GRAVE
    ]


def misfits(page: Page, width: int) -> list[str]:
    """Return what does not fit: sideways scrolling; on a telephone, what is too low to press."""
    found: list[str] = page.evaluate(
        """width => [
            ...(document.documentElement.scrollWidth > width ? ["scrolls sideways"] : []),
            ...(document.querySelectorAll("h1").length === 1 ? [] : ["not one h1"]),
            ...(width > 600 ? [] : [...document.querySelectorAll(
                "button, .btn, .button, select, textarea, summary, nav a,"
                + "input:not([type=hidden]):not([type=radio]):not([type=checkbox])")]
              .filter(each => each.checkVisibility({visibilityProperty: true}))
              .filter(each => Math.round(each.getBoundingClientRect().height) < 44)
              .map(each => "too low: " + each.outerHTML.slice(0, 120)))]""",
        width,
    )
    return found
