"""A roster on its way: corrected in the page, left out of, checked again, and never lost."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from identity.levels import Role
from services.honours import approving, programmes, rows
from services.honours import queries as honours_queries
from services.recurring import forget_uploads
from tests.services.browsing import Page, Person
from tests.services.calling import Api, serving
from tests.services.honours import books
from tests.services.honours.pages.uploading import HEADINGS, ROWS, upload
from tests.services.nodes import Node

CLERK = "school-a-preparer"


@pytest.fixture
def api(sqlite_node: Node) -> Iterator[Api]:
    with serving(sqlite_node) as made:
        yield made


@pytest.fixture
def clerk(api: Api) -> Person:
    return Person(api, CLERK).sign_in()


def drafted(clerk: Person, report: Page) -> str:
    page = report.form("/draft").send(clerk)
    assert page.path.startswith("/batches/bat_"), page.text
    return page.path.rsplit("/", 1)[1]


def claims(node: Node, batch_id: str) -> list[dict[str, str]]:
    with node.runtime.reading() as work:
        batch = approving.load(work, batch_id)
        found = honours_queries.batch_rows(work.session, batch_id)
        opened = rows.open_rows(work, programmes.load(work, batch["programme_id"]), found)
    return [dict(each.claims) for each in opened]


def test_cells_are_corrected_in_the_page(clerk: Person) -> None:
    report = upload(clerk)
    assert "2 个问题" in report.text.replace("2个", "2 个")
    assert not report.has_form("/draft")
    form = report.form("/corrections")
    mended = form.send(clerk, **{"cell-2-A": "李明", "cell-3-D": "三好学生"})
    assert mended.path == report.path
    batch_id = drafted(clerk, mended)
    assert [each["name"] for each in claims(clerk.api.node, batch_id)] == ["李明", "王芳", "周小舟"]
    with clerk.api.node.runtime.reading() as work:
        assert approving.load(work, batch_id)["corrected"] == 2


def test_what_is_personal_is_masked_until_a_row_is_opened(clerk: Person) -> None:
    report = upload(clerk)
    assert "李 明" not in report.html
    assert "李**" in report.text
    row = clerk.open(f"{report.path}/rows/2")
    assert 'value="李 明"' in row.html
    back = row.form("/corrections").send(clerk, **{"cell-2-A": "李明"})
    assert back.path == report.path
    assert "1个问题" in back.text.replace(" ", "")


def test_a_field_that_was_left_alone_corrects_nothing(clerk: Person) -> None:
    report = upload(clerk)
    same = report.form("/corrections").send(clerk)
    assert "在页面改了" not in same.text


def test_what_is_typed_wrong_is_still_wrong(clerk: Person) -> None:
    report = upload(clerk)
    again = report.form("/corrections").send(clerk, **{"cell-2-A": "<b>李</b>", "cell-3-D": ""})
    assert "<b>李" not in again.html
    assert "2个问题" in again.text.replace(" ", "")


def test_marks_of_html_and_direction_are_shown_harmlessly_and_refused(clerk: Person) -> None:
    evil = [
        HEADINGS,
        ("<script>alert(1)</script>", "00201", "九(6)班", "三好学生"),
        ("王\u202e芳", "00202", "九(6)班", "三好学生"),
        ("周小舟", "00203", "<i>九(6)班</i>", "三好学生"),
    ]
    report = upload(clerk, evil, filename="\u202e<b>名册</b>.xlsx")
    assert "<script>alert" not in report.html
    assert "<b>名册" not in report.html
    assert "<i>九" not in report.html
    assert "\u202e" not in report.html
    row = clerk.open(f"{report.path}/rows/2")
    assert "<script>alert" not in row.html
    said = report.form("/exclusions").send(clerk, rows="all", why="<b>原因</b>")
    assert said.status == 422
    left = report.form("/exclusions").send(clerk, rows="all", why="写错了\u202e名字")
    assert left.status == 422


def test_rows_are_left_out_with_a_reason_and_taken_in_again(clerk: Person) -> None:
    report = upload(clerk)
    assert report.form("/exclusions").send(clerk, rows="all", why="").status == 422
    left = report.form("/exclusions").send(clerk, rows="all", why="等家长补交材料")
    assert "等家长补交材料" in left.text
    assert left.has_form("/draft")
    back = left.form("/exclusions").send(clerk, take_in="1")
    assert not back.has_form("/draft")
    page = back.form("/exclusions").send(clerk, rows="some", row=["3"], why="不是本校学生")
    assert "1个问题" in page.text.replace(" ", "")


def test_a_corrected_row_is_left_out_no_longer(clerk: Person) -> None:
    report = upload(clerk).form("/exclusions").send(clerk, rows="all", why="等材料")
    row = clerk.open(f"{report.path}/rows/2")
    mended = row.form("/corrections").send(clerk, **{"cell-2-A": "李明"})
    assert "已排除1行" in mended.text.replace(" ", "")
    assert len(claims(clerk.api.node, drafted(clerk, mended))) == 2


def test_an_unknown_column_is_ignored_by_name(clerk: Person) -> None:
    wide = [(*HEADINGS, "家庭住址")] + [(*row, "某处") for row in ROWS[3:]]
    report = upload(clerk, wide)
    assert not report.has_form("/draft")
    agreed = report.form("/columns").send(clerk, column=["家庭住址"])
    assert agreed.has_form("/draft")


def test_classes_are_written_as_they_were_before(clerk: Person) -> None:
    node = clerk.api.node
    first = upload(clerk, [HEADINGS, *ROWS[3:]])
    batch_id = drafted(clerk, first)
    node.approve(batch_id)
    node.work()
    later = [HEADINGS, ("吴小语", "00301", "九6班", "三好学生")]
    report = upload(clerk, later)
    assert "九6班 → 九(6)班" in report.text
    taken = report.form("/suggestions").send(clerk)
    assert claims(node, drafted(clerk, taken))[0]["class"] == "九(6)班"


def test_the_workbook_comes_back_with_marks(clerk: Person) -> None:
    report = upload(clerk).form("/corrections").send(clerk, **{"cell-2-A": "李明"})
    answer = clerk.client.get(f"{report.path}/marked.xlsx")
    page = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
    assert page["A2"].value == "李明"
    assert "不是本项目的奖项" in page["D3"].comment.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_notice_that_is_too_short_is_mended_without_the_file(clerk: Person) -> None:
    order = clerk.api.node.order()
    report = upload(clerk, ROWS[:1] + ROWS[3:], notice_from=order.notice_to)
    assert report.status == 409
    assert not report.has_form("/draft")
    mended = report.form("/order").send(clerk, notice_from=order.notice_from)
    assert mended.status == 200
    assert mended.has_form("/draft")


def test_a_file_that_nobody_can_read_is_refused_and_the_form_kept(clerk: Person) -> None:
    page = upload(clerk, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), filename="名册.xls")
    assert page.status == 422
    assert 'value="学校公示栏"' in page.html
    none = clerk.open("/rosters/new").form("/rosters").send(clerk, period="x")
    assert "请选择名册文件" in none.text


def test_two_open_pages_do_not_undo_each_other(clerk: Person) -> None:
    report = upload(clerk)
    one, other = report.form("/corrections"), clerk.open(report.path).form("/corrections")
    one.send(clerk, **{"cell-2-A": "李明"})
    page = other.send(clerk, **{"cell-3-D": "三好学生"})
    assert page.has_form("/draft")


def test_the_same_upload_sent_twice_is_kept_once(clerk: Person) -> None:
    order = clerk.api.node.order()
    form = clerk.open("/rosters/new").form("/rosters")
    said: dict[str, Any] = {
        "file": ("名册.xlsx", books.xlsx(ROWS)),
        "period": order.period,
        "award_on": order.award_on,
        "notice_place": "公示栏",
        "notice_from": order.notice_from,
        "notice_to": order.notice_to,
    }
    assert form.send(clerk, **said).path == form.send(clerk, **said).path
    assert sum(link.startswith("/rosters/upl_") for link in set(clerk.open("/work").links)) == 1


def test_the_same_draft_sent_twice_is_one_batch(clerk: Person) -> None:
    form = upload(clerk, ROWS[:1] + ROWS[3:]).form("/draft")
    assert form.send(clerk).path == form.send(clerk).path


def test_another_one_s_roster_is_as_unknown_as_none(api: Api, clerk: Person) -> None:
    report = upload(clerk)
    school = api.node.ids["school-a"]
    api.node.add_operator("school-a-second", (Role.PREPARER, school))
    for login in ("school-b-preparer", "school-a-second", "school-a-approver"):
        other = Person(api, login).sign_in()
        for path in ("", "/rows/2", "/marked.xlsx"):
            assert other.open(report.path + path).status == 404
        form = report.form("/corrections")
        token = dict(other.open("/work").form("/sign-out").fields)["token"]
        said = other.post(form.action, data={"token": token, "cell-2-A": "李明"})
        assert said.status == 404


def test_a_cookie_of_another_school_brings_in_nothing_here(api: Api, clerk: Person) -> None:
    order = api.node.order()
    other = Person(api, "school-b-preparer").sign_in()
    form = other.open("/rosters/new").form("/rosters")
    said = form.send(
        other,
        file=("名册.xlsx", books.xlsx(ROWS)),
        programme_id=order.programme_id,
        period=order.period,
        award_on=order.award_on,
        notice_place="x",
        notice_from=order.notice_from,
        notice_to=order.notice_to,
    )
    assert said.status == 403


def test_a_session_that_ends_in_the_middle_loses_nothing(clerk: Person) -> None:
    report = upload(clerk)
    report.form("/corrections").send(clerk, **{"cell-2-A": "李明"})
    clerk.api.node.clock.now += timedelta(minutes=16)
    asked = report.form("/corrections").send(clerk, **{"cell-3-D": "三好学生"})
    assert asked.status == 401
    again = asked.form("/sign-in").send(clerk, login=CLERK, **clerk.proof())
    page = again.form("/corrections").send(clerk)
    assert page.path == report.path
    assert page.has_form("/draft")


def test_the_back_button_shows_how_things_stand_now(clerk: Person) -> None:
    report = upload(clerk, ROWS[:1] + ROWS[3:])
    drafted(clerk, report)
    assert clerk.open(report.path).status == 404
    again = report.form("/draft").send(clerk, note="anew")
    assert again.status == 404


def test_what_is_left_lying_is_forgotten_after_a_week(clerk: Person) -> None:
    node = clerk.api.node
    report = upload(clerk)
    node.clock.now += timedelta(days=8)
    forget_uploads(node.runtime)
    clerk.sign_in()
    assert clerk.open(report.path).status == 404


def test_a_roster_can_be_thrown_away(clerk: Person) -> None:
    report = upload(clerk)
    assert report.form("/discard").send(clerk).path == "/work"
    assert clerk.open(report.path).status == 404


def test_300_megabytes_are_refused_before_they_are_read(clerk: Person) -> None:
    answer = clerk.client.post(
        "/rosters",
        content=b"x",
        headers={
            "Content-Type": "multipart/form-data; boundary=x",
            "Content-Length": str(300 * 1024 * 1024),
        },
    )
    assert answer.status_code == 413
    assert "text/html" in answer.headers["content-type"]
