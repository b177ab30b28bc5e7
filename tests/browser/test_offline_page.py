"""The offline page in a real browser: from a file, with the network off, by the real clock or a
fixed one; by mouse and by keyboard, in light and dark, in both languages."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from crypto import canonical, sm3
from crypto.jws import b64u
from identity import trust_root
from identity.trust_list import Artifact
from scripts import bundle_vectors
from services.verification import downloads
from tests.browser.conftest import Visit
from tests.browser.desks import stumbles
from tests.services.evidence import world
from tests.services.evidence.corpus.case import LATER

VECTORS = bundle_vectors.FOLDER
ROOT = trust_root.parse((VECTORS / "root.json").read_bytes())
NOW = "2026-11-24T04:00:00Z"
FINGERPRINT = b64u(ROOT.fingerprint)

Open = Callable[..., Page]
Shot = Callable[[Page, str], None]


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    path = tmp_path / "kexin-verify.html"
    path.write_bytes(downloads.finished(ROOT))
    return path


@pytest.fixture
def offline(visit: Visit, page_file: Path) -> Open:
    """Open the page from its file with the network off; nothing may go wrong unnoticed."""

    def opened(now: str = NOW, **profile: Any) -> Page:
        page = visit(offline=True, accept_downloads=True, **profile)
        page.on("pageerror", lambda error: pytest.fail(f"the page failed: {error}"))
        page.on("console", lambda said: pytest.fail(f"the page complained: {said.text}"))
        page.on("request", lambda asked: _only_the_file(asked.url, page_file))
        page.clock.set_fixed_time(now)
        page.goto(page_file.as_uri())
        return page

    return opened


def _only_the_file(url: str, page_file: Path) -> None:
    if not url.startswith("blob:") and url != page_file.as_uri():
        pytest.fail(f"the page asked for {url}")


def drop(page: Page, *paths: Path) -> None:
    """Choose files, and wait until they are all judged."""
    page.locator("#files").set_input_files(list(paths))
    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")


def vector(name: str) -> Path:
    return VECTORS / name


CURRENT = vector("lists/current.json")
FRESH = vector("packs/fresh.kexin-pack.json")
SIX = {
    "right.kexin.json": "有效",
    "paper.pdf": "有效",
    "alone.sd-jwt": "无法确定",
    "revoked.kexin.json": "无效",
    "paper-altered.pdf": "无效",
    "picture.jpg": "不是证书",
    "cut-short.kexin.json": "读不出",
}


def states(page: Page) -> dict[str, str]:
    """Return what the table says of each file."""
    rows = page.locator("tbody tr:not(.more)")
    return {
        row.locator("th bdi").inner_text(): row.locator(".state").inner_text() for row in rows.all()
    }


def test_files_are_judged_with_the_network_off(offline: Open, shot: Shot) -> None:
    page = offline()
    expect(page.get_by_text("还没有。没有它，颁发机构就无法判断。")).to_be_visible()
    shot(page, "offline-start-1280")

    drop(page, CURRENT, *(vector(f"files/{name}") for name in SIX))

    assert states(page) == SIX
    expect(page.locator("#basis")).to_contain_text("第 2 期")
    shown = page.locator("#basis .print").inner_text()
    assert re.sub(r"\s", "", shown) == FINGERPRINT
    shot(page, "offline-results-1280")


def test_without_a_trust_list_nothing_is_valid(offline: Open) -> None:
    page = offline()

    drop(page, vector("files/right.kexin.json"))
    assert states(page) == {"right.kexin.json": "无法确定"}
    drop(page, CURRENT)
    assert states(page) == {"right.kexin.json": "有效"}


def test_every_check_is_told_with_the_root_it_rests_on(offline: Open, shot: Shot) -> None:
    page = offline()
    drop(page, CURRENT, vector("files/revoked.kexin.json"))

    page.get_by_role("button", name="看依据：revoked.kexin.json").click()

    details = page.locator(".details")
    expect(details.locator(".check")).to_have_count(10)
    expect(details.locator(".check--fail")).to_contain_text("已被签发单位撤销")
    expect(details.locator(".check--fail")).to_contain_text("怎么办：")
    expect(details.locator(".check--fail")).to_contain_text("status")
    assert FINGERPRINT in re.sub(r"\s", "", details.inner_text())
    shot(page, "offline-details-1280")
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载查验报告（JSON）").click()
    told = json.loads(Path(saved.value.path()).read_text("utf-8"))
    assert (told["file"], told["root"], told["result"]) == (
        "revoked.kexin.json",
        FINGERPRINT,
        "invalid",
    )


def test_a_status_pack_makes_a_days_checks_possible(offline: Open) -> None:
    page = offline(LATER.isoformat().replace("+00:00", "Z"))
    right = vector("files/right.kexin.json")

    drop(page, CURRENT, right)
    assert states(page) == {"right.kexin.json": "当时有效"}
    drop(page, FRESH)
    assert states(page) == {"right.kexin.json": "有效"}
    expect(page.locator("#basis")).to_contain_text("kexin.zz.example")


def test_a_pack_brings_the_trust_list_along(offline: Open, tmp_path: Path) -> None:
    pack = tmp_path / "today.kexin-pack.json"
    pack.write_bytes(world.pack(trust=world.trust_document()))
    page = offline()

    drop(page, vector("files/right.kexin.json"), pack)

    assert states(page) == {"right.kexin.json": "有效"}
    expect(page.locator("#notices")).to_contain_text("已换用信任名单第 2 期")


def test_what_cannot_be_used_is_told_and_not_used(offline: Open, tmp_path: Path) -> None:
    page = offline()
    drop(
        page,
        vector("lists/expired.json"),
        vector("root.json"),
        vector("packs/log-key.kexin-pack.json"),
        CURRENT,
        vector("files/right.kexin.json"),
    )

    said = page.locator("#notices")
    expect(said).to_contain_text("“expired.json”里的信任名单不能用")
    expect(said).to_contain_text("“root.json”是信任根")
    expect(said).to_contain_text("“log-key.kexin-pack.json”不是名单上的节点签发的完好状态包")
    assert states(page) == {"right.kexin.json": "有效"}


def test_an_older_list_is_noticed_also_after_the_page_was_closed(
    offline: Open, page_file: Path
) -> None:
    page = offline()
    drop(page, CURRENT)
    page.goto(page_file.as_uri())

    drop(page, vector("lists/earlier.json"), vector("files/right.kexin.json"))

    assert states(page) == {"right.kexin.json": "无法确定"}
    expect(page.locator("#notices")).to_contain_text("信任名单比以前用过的旧")


def test_another_time_can_be_asked_about(offline: Open) -> None:
    page = offline(LATER.isoformat().replace("+00:00", "Z"))
    drop(page, CURRENT, vector("files/right.kexin.json"), vector("files/revoked.kexin.json"))

    page.get_by_label("每份文件里状态的签发时间").check()

    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")
    assert states(page) == {"right.kexin.json": "当时有效", "revoked.kexin.json": "无效"}


def test_counts_filter_the_table(offline: Open) -> None:
    page = offline()
    drop(page, CURRENT, *(vector(f"files/{name}") for name in SIX))

    page.get_by_role("button", name=re.compile("^无效")).click()

    assert set(states(page)) == {"revoked.kexin.json", "paper-altered.pdf"}
    page.get_by_role("button", name="清空").click()
    expect(page.get_by_text("还没有查验任何文件。")).to_be_visible()


def test_the_table_can_be_taken_along_and_runs_no_formula(offline: Open, tmp_path: Path) -> None:
    named = tmp_path / "=HYPERLINK(A1).kexin.json"
    named.write_bytes(vector("files/right.kexin.json").read_bytes())
    page = offline()
    drop(page, CURRENT, named, vector("files/revoked.kexin.json"))

    with page.expect_download() as saved:
        page.get_by_role("button", name="下载表格（CSV）").click()

    text = Path(saved.value.path()).read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["文件"] for row in rows] == ["'=HYPERLINK(A1).kexin.json", "revoked.kexin.json"]
    assert [row["结果"] for row in rows] == ["有效", "无效"]
    assert {row["信任根指纹"] for row in rows} == {FINGERPRINT}
    assert rows[1]["检查"] == "status.revoked"
    assert rows[0]["姓名"] == world.CLAIMS["name"]


def test_the_keyboard_is_enough(offline: Open) -> None:
    page = offline()
    drop(page, CURRENT, vector("files/right.kexin.json"))

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    reached = []
    for _ in range(16):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.className")
        )
    assert {"language", "files", "show-all", "results_csv", "results_clear", "row-0"} <= set(
        reached
    )
    page.locator("#row-0").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#row-0")).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#row-0")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".details")).to_have_count(0)


def test_english_is_one_press_away(offline: Open, shot: Shot) -> None:
    page = offline()
    drop(page, CURRENT, vector("files/right.kexin.json"), vector("files/revoked.kexin.json"))

    page.get_by_role("button", name="English").click()

    assert page.locator("html").get_attribute("lang") == "en"
    assert states(page) == {"right.kexin.json": "Valid", "revoked.kexin.json": "Invalid"}
    page.get_by_role("button", name="Show the checks: revoked.kexin.json").click()
    text = page.locator("main").inner_text()
    chinese = set(re.findall("[一-鿿]+", text))
    assert chinese <= {"阿依古丽", "买买提", "三好学生", "河南省教育厅"}
    shot(page, "offline-english-1280")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_nobody_stumbles(offline: Open, shot: Shot, scheme: str, width: int) -> None:
    page = offline(width=width, scheme=scheme)
    assert stumbles(page) == []
    drop(page, CURRENT, *(vector(f"files/{name}") for name in SIX))
    page.locator("#row-2").click()
    page.locator("#row-4").click()

    assert stumbles(page) == []
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    shot(page, f"offline-{scheme}-{width}")


def test_what_a_file_says_stays_text(offline: Open, tmp_path: Path) -> None:
    claims = {**world.CLAIMS, "name": "<img src=x onerror=alert(1)>", "award": "<b>三好</b>"}
    (tmp_path / "a.kexin.json").write_bytes(world.bundle_bytes(world.sd_jwt(claims)))
    named = tmp_path / "<svg onload=alert(1)>.kexin.json"
    named.write_bytes(b"{}")
    page = offline()
    page.on("dialog", lambda _: pytest.fail("a file ran something"))

    drop(page, CURRENT, tmp_path / "a.kexin.json", named)

    assert states(page) == {"a.kexin.json": "有效", named.name: "不是证书"}
    expect(page.get_by_text(claims["name"])).to_be_visible()


def test_a_page_tells_whether_another_copy_is_genuine(
    offline: Open, page_file: Path, tmp_path: Path
) -> None:
    artifact = Artifact("kexin-verify.html", sm3.digest(page_file.read_bytes()))
    listed = tmp_path / "list.json"
    listed.write_bytes(canonical.dumps(world.trust_document(artifacts=(artifact,))))
    altered = tmp_path / "altered.html"
    altered.write_bytes(page_file.read_bytes().replace(b"fixed", b"mixed") + b"\n")
    page = offline()

    drop(page, listed, page_file, altered)

    expect(page.locator("#notices")).to_contain_text(
        "与信任名单登记的 kexin-verify.html 逐字节相同"
    )
    expect(page.locator("#basis")).to_contain_text(b64u(artifact.sm3))
    assert states(page) == {"altered.html": "不是证书"}


def test_a_template_without_a_root_verifies_nothing(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "template.html"
    path.write_bytes(downloads.template())
    page = visit(offline=True)
    page.goto(path.as_uri())

    expect(page.get_by_text("这是没有装入信任根的模板")).to_be_visible()
    expect(page.locator("#files")).to_have_count(0)
