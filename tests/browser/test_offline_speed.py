"""How fast the offline page is on a slow machine: Chromium at a sixth of its speed.

Wall       the page's own clock with Chromium's brake on, as a person would see it; the best of a
           few rounds. Chromium brakes by the wall clock, so that on a busy machine the brake
           itself is stretched by everybody else's work. Then
Processor  decides: what the page's thread used at full speed, times six
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from identity import trust_root
from scripts import bundle_vectors
from services.verification import downloads
from tests.browser import pupils
from tests.browser.conftest import Visit

ROOT = trust_root.parse((bundle_vectors.FOLDER / "root.json").read_bytes())
LIST = bundle_vectors.FOLDER / "lists" / "current.json"
SLOWER = 6
LIMIT_MS = 50
FILES = 40
ROUNDS = 3
PATIENCE_MS = 100_000

Slow = Callable[[int], Page]


@pytest.fixture
def slow(visit: Visit, tmp_path: Path) -> Slow:
    """Open the page on a slow machine, its trust list at hand."""
    path = tmp_path / "kexin-verify.html"
    path.write_bytes(downloads.finished(ROOT))

    def opened(rate: int) -> Page:
        page = visit(offline=True)
        page.clock.set_fixed_time("2026-11-24T04:00:00Z")
        session: Any = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        page.goto(path.as_uri())
        judge(page, [LIST])
        return page

    return opened


def judge(page: Page, paths: list[Path]) -> None:
    page.locator("#files").set_input_files(paths)
    done(page)


def done(page: Page) -> None:
    busy = page.locator("#results")
    expect(busy).to_have_attribute("aria-busy", "false", timeout=PATIENCE_MS)


def seconds(page: Page) -> float:
    """Return how long the last round took, by the page."""
    said = page.locator("#said").inner_text()
    found = re.search(r"用时 ([0-9.]+) 秒", said)
    assert found is not None, said
    return float(found[1])


def rounds(page: Page) -> Iterator[float]:
    """Yield how long each of several rounds over the same files took, by the page."""
    yield seconds(page)
    for number in range(ROUNDS - 1):
        page.locator("[name=time]").nth(1 - number % 2).check()
        done(page)
        yield seconds(page)


def processor(page: Page, paths: list[Path]) -> Iterator[float]:
    """Yield the processor time of the page's thread in each of several rounds."""
    session: Any = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "ThreadTime"))

    for _ in range(ROUNDS):
        page.get_by_role("button", name="清空").click()
        before = used()
        judge(page, paths)
        yield used() - before


def cost_ms(slow: Slow, paths: list[Path]) -> float:
    """Return what one file costs on a slow machine; the fewest of what was measured."""
    page = slow(SLOWER)
    judge(page, paths)
    states = page.locator(".state--valid, .state--as_of")
    assert states.count() == len(paths)
    wall = min(rounds(page)) / len(paths) * 1000
    if wall <= LIMIT_MS:
        return wall
    page = slow(1)
    judge(page, paths)
    return min(processor(page, paths)) * SLOWER / len(paths) * 1000


def written(folder: Path, suffix: str, contents: list[bytes]) -> list[Path]:
    paths = [folder / f"{number:03}.{suffix}" for number in range(len(contents))]
    for path, data in zip(paths, contents, strict=True):
        path.write_bytes(data)
    return paths


@pytest.mark.timeout(300)
def test_a_bundle_takes_less_than_50_ms_on_a_slow_machine(slow: Slow, tmp_path: Path) -> None:
    paths = written(tmp_path, "kexin.json", pupils.bundles(FILES))
    assert cost_ms(slow, paths) <= LIMIT_MS


@pytest.mark.timeout(300)
def test_a_pdf_takes_less_than_50_ms_on_a_slow_machine(slow: Slow, tmp_path: Path) -> None:
    paths = written(tmp_path, "pdf", pupils.papers_of(pupils.bundles(FILES)))
    assert cost_ms(slow, paths) <= LIMIT_MS


@pytest.mark.timeout(300)
def test_three_hundred_files_at_once_and_no_more(slow: Slow, tmp_path: Path) -> None:
    """Two altered names among them are seen at once; memory stays small."""
    made = pupils.papers_of(pupils.bundles(301))
    for number in (17, 230):
        made[number] = made[number].replace(b"A. Guli", b"B. Guli")
    page = slow(1)

    judge(page, written(tmp_path, "pdf", made))

    expect(page.locator("#notices")).to_contain_text("其余 1 个没有查验")
    assert page.locator(".state--valid").count() == 298
    page.locator("#show-invalid").click()
    shown = page.locator("tbody th bdi").all_inner_texts()
    assert shown == ["017.pdf", "230.pdf"]
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载表格（CSV）").click()
    lines = Path(saved.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 1 + 300, "the whole table, whatever is shown of it"
    session: Any = page.context.new_cdp_session(page)
    assert session.send("Runtime.getHeapUsage")["usedSize"] < 100_000_000
