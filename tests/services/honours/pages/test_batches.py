"""A batch before its approver: what he sees, what he decides, and that it happens once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from identity.levels import Role
from services.honours import approving
from services.honours import queries as honours_queries
from tests.services.browsing import Form, Page, Person
from tests.services.calling import Api, serving
from tests.services.honours.pages.uploading import HEADINGS, ROWS, upload
from tests.services.nodes import Node

CLERK, HEAD = "school-a-preparer", "school-a-approver"


@pytest.fixture
def api(sqlite_node: Node) -> Iterator[Api]:
    with serving(sqlite_node) as made:
        yield made


@pytest.fixture
def head(api: Api) -> Person:
    return Person(api, HEAD).sign_in()


def state(node: Node, batch_id: str) -> str:
    with node.runtime.reading() as work:
        return str(approving.load(work, batch_id)["state"])


def decide(who: Person, batch_id: str, **said: Any) -> Page:
    return who.open(f"/batches/{batch_id}").form("/decision").send(who, **said)


def test_the_approver_sees_what_he_would_sign(api: Api, head: Person) -> None:
    batch_id = api.node.draft(note="请重点看九(3)班")
    page = head.open(f"/batches/{batch_id}")
    text = page.text.replace(" ", "")
    for said in (
        "您是第二人",
        "请重点看九(3)班",
        "30份",
        "31410000012026H000001",
        "随机抽看5份",
        "还没有退回过",
        "学校公示栏",
    ):
        assert said in text, said
    # refusing stands first, and nothing is chosen for him
    assert page.html.index('value="return"') < page.html.index('value="approve"')
    assert "decision" not in dict(page.form("/decision").fields)


def test_the_samples_are_drawn_anew(api: Api, head: Person) -> None:
    batch_id = api.node.draft()

    def drawn() -> str:
        return head.open(f"/batches/{batch_id}").html.split('id="samples"')[1].split("</ul>")[0]

    assert len({drawn() for _ in range(4)}) > 1


def test_rows_that_were_left_out_are_named_with_their_reasons(api: Api, head: Person) -> None:
    clerk = Person(api, CLERK).sign_in()
    report = upload(clerk, ROWS).form("/exclusions").send(clerk, rows="all", why="等家长补交材料")
    batch = report.form("/draft").send(clerk)
    page = head.open(batch.path)
    assert "第2行 等家长补交材料" in page.text.replace("第 2 行", "第2行")


def test_returning_needs_a_reason_and_makes_nothing(api: Api, head: Person) -> None:
    batch_id = api.node.draft()
    assert decide(head, batch_id, decision="return", why="").status == 422
    page = decide(head, batch_id, decision="return", why="九(3)班少了两个人")
    assert page.path == f"/batches/{batch_id}"
    assert "九(3)班少了两个人" in page.text
    assert state(api.node, batch_id) == approving.RETURNED
    clerk = Person(api, CLERK).sign_in()
    waits = clerk.open("/work")
    assert "九(3)班少了两个人" in waits.text
    api.node.draft()
    assert "九(3)班少了两个人" not in clerk.open("/work").text


def test_nothing_is_decided_without_a_decision(api: Api, head: Person) -> None:
    batch_id = api.node.draft()
    assert decide(head, batch_id).status == 422
    assert state(api.node, batch_id) == approving.DRAFT


def test_a_wrong_code_approves_nothing_and_keeps_the_words(api: Api, head: Person) -> None:
    batch_id = api.node.draft()
    page = decide(head, batch_id, decision="approve", password="wrong", code="1", why="核对过")
    assert page.status == 401
    assert "核对过" in page.html
    assert "wrong" not in page.html
    assert state(api.node, batch_id) == approving.DRAFT


def test_who_drafted_it_is_not_asked(api: Api) -> None:
    batch_id = api.node.draft()
    clerk = Person(api, CLERK).sign_in()
    page = clerk.open(f"/batches/{batch_id}")
    assert not page.has_form("/decision")
    assert page.has_form("/withdraw")


def test_one_person_with_both_roles_cannot_approve_what_he_drafted(api: Api) -> None:
    double = Person(api, "school-a-double").sign_in()
    batch = upload(double, ROWS[:1] + ROWS[3:]).form("/draft").send(double)
    assert not batch.has_form("/decision")
    token = dict(batch.form("/sign-out").fields)["token"]
    said = double.post(
        f"{batch.path}/decision", data={"token": token, "decision": "approve", **double.proof()}
    )
    assert said.status == 403


def test_differences_since_the_last_return_are_shown(api: Api, head: Person) -> None:
    clerk = Person(api, CLERK).sign_in()
    first = [
        HEADINGS,
        ("张三", "00201", "九(6)班", "三好学生"),
        ("李四", "00202", "九(6)班", "三好学生"),
        ("王五", "00203", "九(6)班", "三好学生"),
    ]
    batch = upload(clerk, first).form("/draft").send(clerk)
    decide(head, batch.path.rsplit("/", 1)[1], decision="return", why="有误")
    second = [
        HEADINGS,
        ("张三", "00201", "九(7)班", "三好学生"),
        ("李四", "00202", "九(6)班", "优秀学生干部"),
        ("赵六", "00204", "九(6)班", "三好学生"),
    ]
    batch = upload(clerk, second).form("/draft").send(clerk)
    text = head.open(batch.path).text.replace(" ", "")
    assert "新增1人：赵六" in text
    assert "减少1人：王五" in text
    assert "班级“九(6)班”→“九(7)班”" in text
    assert "奖项“三好学生”→“优秀学生干部”" in text


def test_the_same_draft_again_differs_in_nothing(api: Api, head: Person) -> None:
    batch_id = api.node.draft()
    decide(head, batch_id, decision="return", why="再看看")
    page = head.open(f"/batches/{api.node.draft()}")
    assert "没有任何不同" in page.text


def test_a_double_click_is_one_approval(api: Api, head: Person) -> None:
    batch_id = api.node.draft()
    form = head.open(f"/batches/{batch_id}").form("/decision")
    proof = head.proof()

    def click(_: int) -> Page:
        return form.send(head, decision="approve", **proof)

    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(click, range(2)))
    assert [page.status for page in pages] == [200, 200], [page.text for page in pages]
    api.node.work()
    assert len(api.node.numbers()) == 30


def test_of_two_approvers_at_once_one_is_told_it_is_done(api: Api, head: Person) -> None:
    api.node.add_operator("school-a-deputy", (Role.APPROVER, api.node.ids["school-a"]))
    deputy = Person(api, "school-a-deputy").sign_in()
    batch_id = api.node.draft()
    forms = [
        (who, who.open(f"/batches/{batch_id}").form("/decision"), who.proof())
        for who in (head, deputy)
    ]

    def click(given: tuple[Person, Form, dict[str, str]]) -> Page:
        who, form, proof = given
        return form.send(who, decision="approve", **proof)

    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(click, forms))
    assert sorted(page.status for page in pages) == [200, 409]
    lost = next(page for page in pages if page.status == 409)
    assert not lost.has_form("/decision")
    assert "正在签发" in lost.text
    api.node.work()
    assert len(api.node.numbers()) == 30


def test_the_back_button_after_an_approval_decides_nothing(api: Api, head: Person) -> None:
    batch_id = api.node.draft()
    form = head.open(f"/batches/{batch_id}").form("/decision")
    assert form.send(head, decision="approve", **head.proof()).status == 200
    assert form.send(head, decision="return", why="还是退回").status == 409
    assert state(api.node, batch_id) == approving.APPROVED


def test_another_school_s_batch_is_as_unknown_as_none(api: Api) -> None:
    batch_id = api.node.draft()
    other = Person(api, "school-b-approver").sign_in()
    token = dict(other.open("/work").form("/sign-out").fields)["token"]
    assert other.open(f"/batches/{batch_id}").status == 404
    assert other.open(f"/batches/{batch_id}/progress").status == 404
    for act in ("decision", "withdraw", "resume"):
        said = {"token": token, "decision": "approve", **other.proof()}
        assert other.post(f"/batches/{batch_id}/{act}", data=said).status == 404
    assert state(api.node, batch_id) == approving.DRAFT


def test_progress_is_shown_while_it_goes_on_and_then_no_more(api: Api, head: Person) -> None:
    batch_id = api.node.draft()
    assert "data-live" not in head.open(f"/batches/{batch_id}").html
    decide(head, batch_id, decision="approve", **head.proof())
    running = head.open(f"/batches/{batch_id}/progress")
    assert f'data-live="/batches/{batch_id}/progress"' in running.html
    api.node.work()
    assert "data-live" not in head.open(f"/batches/{batch_id}/progress").html


def test_a_draft_is_withdrawn_by_its_preparer(api: Api) -> None:
    batch_id = api.node.draft()
    clerk = Person(api, CLERK).sign_in()
    page = clerk.open(f"/batches/{batch_id}").form("/withdraw").send(clerk)
    assert "已收回" in page.text
    assert state(api.node, batch_id) == approving.WITHDRAWN


def test_an_approval_before_the_notice_is_over_is_refused_in_words(api: Api, head: Person) -> None:
    today = (api.node.clock.now + timedelta(hours=8)).date()
    batch_id = api.node.draft(notice_to=today.isoformat())
    page = decide(head, batch_id, decision="approve", **head.proof())
    assert page.status == 409
    assert "公示" in page.text
    with api.node.runtime.reading() as work:
        assert honours_queries.approval_of(work.session, batch_id) is None
