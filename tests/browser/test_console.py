"""The console in a real browser: a clerk's path, a telephone, no script, keys only."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import desks
from tests.browser.conftest import ROOT, Shot, Site, Visit
from tests.services.honours.paper import reading

CLEAN = ROOT / "samples" / "school-a.xlsx"
MISTAKES = ROOT / "samples" / "school-c-seven-mistakes.xlsx"


@contextmanager
def silent(page: Page) -> Iterator[None]:
    """Fail if the page complains in its console, such as about its policy of scripts."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield
    assert not said


def test_a_clerk_brings_an_ugly_roster_to_certificates(
    site: Site, visit: Visit, shot: Shot, tmp_path: Path
) -> None:
    clerk = visit()
    with silent(clerk):
        desks.sign_in(clerk, site, "school-a-preparer")
        shot(clerk, "work-empty")
        clerk.get_by_role("link", name="导入名册").first.click()
        desks.fill_roster(clerk, site, MISTAKES)
        shot(clerk, "roster-new")
        clerk.get_by_role("button", name="上传并检查").click()
        clerk.wait_for_url("**/rosters/upl_*")
        desks.seen(clerk, "7个问题")
        shot(clerk, "roster-report")

        with clerk.expect_download() as download:
            clerk.get_by_role("link", name="下载标出问题的表格").first.click()
        assert download.value.suggested_filename.endswith(".xlsx")
        clerk.get_by_label("第2行的姓名").fill("李明")
        clerk.get_by_label("第3行的姓名").fill("古丽·买买提")
        clerk.get_by_label("第7行的奖项").fill("三好学生")
        clerk.get_by_label("第8行的获奖日期").fill("2026-06-30")
        clerk.get_by_role("button", name="保存并重新检查").first.click()
        desks.seen(clerk, "3个问题")

        clerk.get_by_role("link", name="第5行").click()
        desks.seen(clerk, "这次查看已记录")
        shot(clerk, "roster-row")
        clerk.get_by_role("link", name="回到报告").click()
        clerk.get_by_label("排除原因").fill("等学生补交材料")
        clerk.get_by_role("button", name="排除", exact=True).click()
        desks.seen(clerk, "9行全部通过")
        shot(clerk, "roster-ready")
        clerk.get_by_label("给审核人的留言").fill("三位同学材料不全，先不做。")
        clerk.get_by_role("button", name="生成9份草稿").click()
        clerk.wait_for_url("**/batches/bat_*")
        shot(clerk, "batch-waits")

    head = visit()
    desks.sign_in(head, site, "school-a-approver")
    shot(head, "work-approver")
    head.goto(clerk.url)
    desks.seen(head, "三位同学材料不全")
    shot(head, "batch-decide")
    desks.approve(head, site, "school-a-approver")
    desks.seen(head, "可以离开本页")
    shot(head, "batch-running")
    clerk.goto(head.url)
    site.node.work()
    # Nobody reloads: the page looks again by itself.
    desks.seen(clerk, "9份证书已全部存证")
    shot(clerk, "batch-done")
    clerk.get_by_role("link", name="3141000001").first.click()
    desks.seen(clerk, "写入教育链")
    shot(clerk, "certificate")
    paper = desks.downloaded(clerk, "下载证书 PDF")
    with reading.opened(paper) as document:
        assert [name.endswith(".kexin.json") for name in document.attachments] == [True]
    assert "李明" in reading.text(paper)


def test_an_approver_decides_on_a_telephone(site: Site, visit: Visit, shot: Shot) -> None:
    batch_id = site.node.draft()
    phone = visit(width=360, height=740)
    desks.sign_in(phone, site, "school-a-approver")
    shot(phone, "phone-work")
    phone.get_by_role("link", name="2025—2026 学年校级表彰", exact=True).click()
    phone.wait_for_url(f"**/batches/{batch_id}")
    shot(phone, "phone-decide")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    small = phone.evaluate(
        "[...document.querySelectorAll('button, .btn, input:not([type=hidden]):not([type=radio])"
        ":not([type=checkbox]), select, textarea')]"
        ".filter(each => each.getClientRects().length && each.getBoundingClientRect().height < 44)"
        ".map(each => each.outerHTML.slice(0, 80))"
    )
    assert not small
    desks.approve(phone, site, "school-a-approver")
    desks.seen(phone, "正在签名并写入日志")
    shot(phone, "phone-running")


def test_everything_works_without_a_script(site: Site, visit: Visit) -> None:
    clerk = visit(scripts=False)
    desks.sign_in(clerk, site, "school-a-preparer")
    clerk.goto(f"{site.url}/rosters/new")
    desks.fill_roster(clerk, site, CLEAN)
    clerk.get_by_role("button", name="上传并检查").click()
    clerk.get_by_role("button", name="生成30份草稿").click()
    clerk.wait_for_url("**/batches/bat_*")
    head = visit(scripts=False)
    desks.sign_in(head, site, "school-a-approver")
    head.goto(clerk.url)
    desks.approve(head, site, "school-a-approver")
    desks.seen(head, "可以离开本页")
    assert head.locator("meta[http-equiv=refresh]").count() == 1
    site.node.work()
    desks.seen(head, "30份证书已全部存证")  # by the page's own refresh


def test_everything_can_be_done_with_keys(site: Site, visit: Visit) -> None:
    clerk = visit()
    proof = site.node.proof("school-a-preparer")
    clerk.goto(f"{site.url}/sign-in")
    expect(clerk.get_by_label("账号")).to_be_focused()
    for text in ("school-a-preparer", proof["password"], proof["code"]):
        clerk.keyboard.type(text)
        clerk.keyboard.press("Tab")
    clerk.keyboard.press("Enter")
    clerk.wait_for_url("**/work")
    clerk.keyboard.press("Tab")
    expect(clerk.get_by_role("link", name="跳到正文")).to_be_focused()
    clerk.keyboard.press("Enter")
    clerk.keyboard.press("Tab")
    expect(clerk.locator("main a").first).to_be_focused()
    clerk.keyboard.press("Enter")
    clerk.wait_for_url("**/rosters/new")
    outlined = []
    for _ in range(40):
        clerk.keyboard.press("Tab")
        outlined.append(
            clerk.evaluate(
                "(() => { const { outlineStyle, outlineWidth } = getComputedStyle("
                "document.activeElement); const seen = outlineStyle !== 'none'"
                " && parseFloat(outlineWidth) >= 2;"
                " return seen ? '' : document.activeElement.outerHTML.slice(0, 120); })()"
            )
        )
        if clerk.evaluate("document.activeElement.textContent") == "上传并检查":
            break
    else:
        raise AssertionError("the keyboard does not come to the button")
    assert [each for each in outlined if each] == []


def test_a_double_click_approves_once(site: Site, visit: Visit) -> None:
    batch_id = site.node.draft()
    head = visit()
    desks.sign_in(head, site, "school-a-approver")
    head.goto(f"{site.url}/batches/{batch_id}")
    proof = site.node.proof("school-a-approver")
    head.get_by_role("radio", name="同意").check()
    head.get_by_label("口令").fill(proof["password"])
    head.get_by_label("动态码").fill(proof["code"])
    head.get_by_role("button", name="提交决定").dblclick()
    desks.seen(head, "可以离开本页")
    head.go_back()
    head.go_forward()
    site.node.work()
    assert len(site.node.numbers()) == 30


def test_a_sign_in_that_ended_loses_nothing_that_was_typed(
    site: Site, visit: Visit, shot: Shot
) -> None:
    clerk = visit()
    desks.sign_in(clerk, site, "school-a-preparer")
    clerk.goto(f"{site.url}/rosters/new")
    desks.fill_roster(clerk, site, MISTAKES)
    clerk.get_by_role("button", name="上传并检查").click()
    clerk.wait_for_url("**/rosters/upl_*")
    clerk.get_by_label("第2行的姓名").fill("李明")
    site.node.clock.now += timedelta(minutes=16)
    clerk.get_by_role("button", name="保存并重新检查").first.click()
    desks.seen(clerk, "您刚才填写的内容还在")
    shot(clerk, "sign-in-again")
    proof = site.node.proof("school-a-preparer")
    clerk.get_by_label("账号").fill("school-a-preparer")
    clerk.get_by_label("口令").fill(proof["password"])
    clerk.get_by_label("动态码").fill(proof["code"])
    clerk.get_by_role("button", name="登录").click()
    clerk.get_by_role("button", name="提交刚才的内容").click()
    desks.seen(clerk, "6个问题")


def test_a_file_of_300_megabytes_is_refused_in_words(
    site: Site, visit: Visit, tmp_path: Path
) -> None:
    large = tmp_path / "large.xlsx"
    with large.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(300 * 1024 * 1024)
    clerk = visit()
    desks.sign_in(clerk, site, "school-a-preparer")
    clerk.goto(f"{site.url}/rosters/new")
    desks.fill_roster(clerk, site, large)
    clerk.get_by_role("button", name="上传并检查").click()
    desks.seen(clerk, "文件太大")
    assert clerk.get_by_label("公示地点").input_value() == "学校公示栏"
