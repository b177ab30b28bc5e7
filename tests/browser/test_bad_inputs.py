"""What people and their browsers do wrong: the back button, another school's cookie, a name that
is a program."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import desks
from tests.browser.conftest import ROOT, Site, Visit

CLEAN = ROOT / "samples" / "school-a.xlsx"


def _upload(clerk: Page, site: Site, path: Path = CLEAN) -> str:
    clerk.goto(f"{site.url}/rosters/new")
    desks.fill_roster(clerk, site, path)
    clerk.get_by_role("button", name="上传并检查").click()
    clerk.wait_for_url("**/rosters/upl_*")
    return clerk.url


def test_back_and_once_more_makes_no_second_batch(site: Site, visit: Visit) -> None:
    clerk = visit()
    desks.sign_in(clerk, site, "school-a-preparer")
    report = _upload(clerk, site)
    clerk.get_by_role("button", name="生成30份草稿").click()
    clerk.wait_for_url("**/batches/bat_*")
    batch = clerk.url

    clerk.go_back()
    clerk.wait_for_url(report)
    again = clerk.get_by_role("button", name="生成30份草稿")
    if again.count():
        again.click()
    expect(clerk.locator("h1")).to_be_visible()
    clerk.goto(f"{site.url}/batches")

    links = clerk.locator("tbody a[href^='/batches/bat_']")
    assert {site.url + str(each.get_attribute("href")) for each in links.all()} == {batch}


def test_back_after_a_decision_shows_what_was_decided(site: Site, visit: Visit) -> None:
    batch_id = site.node.draft()
    head = visit()
    desks.sign_in(head, site, "school-a-approver")
    head.goto(f"{site.url}/batches/{batch_id}")
    desks.approve(head, site, "school-a-approver")
    desks.seen(head, "可以离开本页")

    head.go_back()
    again = head.get_by_role("button", name="提交决定")
    if again.count():  # a page that the browser kept: it can be sent, and decides nothing
        desks.approve(head, site, "school-a-approver")
    head.goto(f"{site.url}/batches/{batch_id}")
    expect(head.get_by_role("button", name="提交决定")).to_have_count(0)
    site.node.work()
    assert len(site.node.numbers()) == 30


def test_a_page_is_not_shown_again_after_signing_out(site: Site, visit: Visit) -> None:
    clerk = visit()
    desks.sign_in(clerk, site, "school-a-preparer")
    report = _upload(clerk, site)
    clerk.get_by_role("button", name="退出").first.click()
    clerk.wait_for_url("**/sign-in*")

    clerk.go_back()
    expect(clerk.locator("[name=password]")).to_be_visible()
    clerk.goto(report)
    expect(clerk.locator("[name=password]")).to_be_visible()


def test_a_cookie_of_another_school_opens_nothing(issued_site: Site, visit: Visit) -> None:
    site = issued_site
    own = visit()
    desks.sign_in(own, site, "school-a-preparer")
    own.goto(f"{site.url}/batches")
    batch = str(own.locator("tbody a").first.get_attribute("href"))
    certificate = f"/certificates/{site.node.numbers('school-a')[0]}"
    own.goto(f"{site.url}/rosters/new")
    desks.fill_roster(own, site, CLEAN)

    stranger = visit()
    desks.sign_in(stranger, site, "school-b-preparer")
    for address in (batch, f"{batch}/paper", certificate, f"{certificate}/replace"):
        answer = stranger.goto(site.url + address)
        assert answer is not None
        assert answer.status == 404, address
        assert "张伟" not in stranger.content()
    # The page of one school, sent with the cookie of another: the form is not hers.
    own.context.clear_cookies()
    for each in stranger.context.cookies():
        cookie = {"name": each["name"], "value": each["value"], "url": site.url}
        own.context.add_cookies([cookie])  # type: ignore[list-item]
    own.get_by_role("button", name="上传并检查").click()
    expect(own.locator("[role=alert]").first).to_be_visible()
    assert "/rosters/upl_" not in own.url


def test_a_file_that_is_no_workbook_is_refused_in_words(
    site: Site, visit: Visit, tmp_path: Path
) -> None:
    clerk = visit()
    desks.sign_in(clerk, site, "school-a-preparer")
    for name, data in (("picture.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(64)), ("empty.csv", b"")):
        (tmp_path / name).write_bytes(data)
        clerk.goto(f"{site.url}/rosters/new")
        desks.fill_roster(clerk, site, tmp_path / name)
        clerk.get_by_role("button", name="上传并检查").click()
        expect(clerk.locator("#mistake")).to_be_visible()
        assert clerk.get_by_label("公示地点").input_value() == "学校公示栏"
