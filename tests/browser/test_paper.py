"""Paper in a browser: what a clerk downloads, and what a parent's telephone makes of its QR."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import desks
from tests.browser.conftest import Shot, Site, Visit
from tests.services.honours.paper import reading

MESSENGER = "from=groupmessage&isappinstalled=0&scene=1"


@pytest.fixture
def paper(issued_site: Site, visit: Visit, tmp_path: Path) -> bytes:
    """Return the PDF of the first pupil, as a clerk downloads it."""
    clerk = visit()
    desks.sign_in(clerk, issued_site, "school-a-preparer")
    clerk.goto(f"{issued_site.url}/certificates/{issued_site.node.numbers()[0]}")
    return desks.downloaded(clerk, "下载证书 PDF")


def test_a_clerk_takes_a_whole_batch_by_class(issued_site: Site, visit: Visit, shot: Shot) -> None:
    clerk = visit()
    desks.sign_in(clerk, issued_site, "school-a-preparer")
    clerk.goto(f"{issued_site.url}/batches")
    clerk.locator("tbody a").first.click()
    clerk.get_by_role("link", name="纸质证书").click()
    clerk.wait_for_url("**/paper")
    shot(clerk, "paper-of-a-batch")
    with clerk.expect_download() as download:
        clerk.locator("a[href$='/paper/files.zip']").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        names = [name for name in archive.namelist() if name.endswith(".pdf")]
        first = archive.read(names[0])
    assert len(names) == 30
    assert len({name.split("/")[0] for name in names}) > 1, "one folder for each class"
    with reading.opened(first) as document:
        assert len(document.attachments) == 1
    assert "三好学生" in reading.text(first)


def test_the_public_page_takes_the_pdf_and_refuses_an_altered_one(
    issued_site: Site, paper: bytes, visit: Visit, tmp_path: Path
) -> None:
    page = visit()
    middle = len(paper) // 2
    altered = paper[:middle] + bytes([paper[middle] ^ 1]) + paper[middle + 1 :]
    for data, look in ((paper, "valid"), (altered, "invalid"), (paper + b"\n%%EOF\n", "invalid")):
        (tmp_path / "paper.pdf").write_bytes(data)
        page.goto(f"{issued_site.url}/v")
        page.locator("#file").set_input_files(tmp_path / "paper.pdf")
        page.locator("form:has(#file) button[type=submit]").first.click()
        expect(page.locator(".verdict")).to_have_class(f"verdict verdict--{look}")


@pytest.mark.parametrize(
    "look", [lambda page: page, reading.photographed], ids=["300 dpi", "photo"]
)
def test_a_parent_scans_the_code(
    issued_site: Site, paper: bytes, visit: Visit, look: Callable[[Image.Image], Image.Image]
) -> None:
    address = urlsplit(reading.code(look(reading.seen(paper))))
    assert address.path.startswith("/v/")
    phone = visit(width=360)
    phone.goto(f"{issued_site.url}{address.path}?{MESSENGER}")
    _true_and_to_compare(phone)


def test_a_parent_sends_a_photograph_without_a_script(
    issued_site: Site, paper: bytes, visit: Visit, tmp_path: Path, shot: Shot
) -> None:
    picture = tmp_path / "photo.jpg"
    reading.photographed(reading.seen(paper)).save(picture, quality=80)
    phone = visit(width=360, scripts=False)
    phone.goto(f"{issued_site.url}/v")
    form = phone.locator("form:has([name=photo])").locator("visible=true").first
    form.locator("[name=photo]").set_input_files(picture)
    form.locator("button[type=submit]").click()
    _true_and_to_compare(phone)
    shot(phone, "verdict-of-photograph-360")


def _true_and_to_compare(phone: Page) -> None:
    expect(phone.locator("h1")).to_contain_text("有效")
    desks.seen(phone, "这份证书是真的，现在有效。")
    desks.seen(phone, "逐项核对")
    desks.seen(phone, "张伟")
