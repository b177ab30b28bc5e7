"""First steps and self-check, in the pages, without a script."""

import csv
from datetime import timedelta

import pytest

from identity.levels import InstitutionKind, Role
from services.accounts import operators
from services.evidence.verdict import Outcome, verify
from services.honours import trial
from services.registry import institutions
from tests.services import verifying
from tests.services.browsing import Person
from tests.services.calling import serving
from tests.services.nodes import Node


def test_a_school_goes_from_nothing_to_its_first_test_certificate(sqlite_node: Node) -> None:
    node = sqlite_node
    school = node.ids["school-a"]
    with serving(node) as api:
        clerk = Person(api, "school-a-preparer").sign_in()
        page = clerk.open("/first-steps")
        assert page.path == f"/first-steps/{school}"
        assert "已完成 5 / 7 步" in page.text
        sample = clerk.client.get(f"/first-steps/{school}/sample.csv")
        rows = list(csv.reader(sample.content.decode("utf-8-sig").splitlines()))
        assert [row[0] for row in rows] == ["姓名", "示例学生甲", "示例学生乙", "示例学生丙"]

        made = page.form("/test").send(clerk)

        assert made.answer.headers["content-type"] == "application/pdf"
        verdict = verify(made.answer.content, trust=verifying.trusted(node), now=node.clock.now)
        assert verdict.result is Outcome.INVALID
        assert verdict.finding("format").reason == "test"
        assert "已完成 7 / 7 步" in clerk.open(f"/first-steps/{school}").text
        scanned = clerk.open(f"/v/{trial.CODE}")
        assert "这是测试证书，不具效力。" in scanned.text
        assert "有效 Valid" not in scanned.text
        number = trial.number_of("comprehensive", 2026)
        assert "这是测试证书的编号" in typed(clerk, number=number)
        assert "这是测试证书，不具效力。" in typed(clerk, number=number, code=trial.CODE)


def typed(who: Person, **given: str) -> str:
    return who.post("/v", data=given).text


def test_the_sample_roster_cannot_be_issued(sqlite_node: Node) -> None:
    node = sqlite_node
    order = node.order()
    with serving(node) as api:
        clerk = Person(api, "school-a-preparer").sign_in()
        sample = clerk.client.get(f"/first-steps/{node.ids['school-a']}/sample.csv").content
        report = (
            clerk.open("/rosters/new")
            .form("/rosters")
            .send(
                clerk,
                file=("sample.csv", sample),
                period=order.period,
                award_on=order.award_on,
                notice_place=order.notice_place,
                notice_from=order.notice_from,
                notice_to=order.notice_to,
            )
        )

        assert "示例名册里的学生" in report.text
        assert not report.has_form("/draft")


def test_a_new_school_is_told_who_does_what(sqlite_node: Node) -> None:
    node = sqlite_node
    with node.runtime.writing() as work:
        order = institutions.NewInstitution(
            InstitutionKind.SCHOOL,
            "新建小学",
            None,
            "410102",
            "2141000099",
            None,
            "0371-66880001",
            None,
        )
        made = institutions.create(work, node.operator("registrar-1"), order)
    node.add_operator("new-clerk", (Role.PREPARER, made))
    with serving(node) as api:
        clerk = Person(api, "new-clerk").sign_in()
        page = clerk.open("/first-steps")
        assert "已完成 0 / 7 步" in page.text
        assert "两名登记员" in page.text
        refused = page.form("/test").send(clerk)
        assert refused.status == 409
        assert "请先建立一个项目" in refused.text

        registrar = Person(api, "registrar-1").sign_in()
        seen = registrar.open(f"/self-check/{made}")
        assert f"/registry/records?institution={made}" in seen.links
        assert "需要处理" in seen.text


def test_an_approver_makes_his_key_before_anything_is_approved(sqlite_node: Node) -> None:
    node = sqlite_node
    late = node.add_operator("late")
    with node.runtime.writing() as work:
        actor = node.operator("registrar-1")
        operators.grant(work, actor, late.id, Role.APPROVER, node.ids["school-a"])
    node.clock.now += timedelta(minutes=1)
    with serving(node) as api:
        who = Person(api, "late").sign_in()
        page = who.open("/first-steps")
        assert "还没有审核密钥" in page.text
        again = page.form("/key").send(who, **who.proof())
        assert "还没有审核密钥" not in again.text
        assert not again.has_form("/key")


@pytest.mark.parametrize("path", ["/first-steps", "/self-check"])
def test_the_school_of_others_is_unknown(sqlite_node: Node, path: str) -> None:
    node = sqlite_node
    with serving(node) as api:
        stranger = Person(api, "school-b-preparer").sign_in()
        assert stranger.open(f"{path}/{node.ids['school-a']}").status == 404
        own = stranger.open(f"/first-steps/{node.ids['school-b']}").form("/test")
        own.action = f"/first-steps/{node.ids['school-a']}/test"
        assert own.send(stranger).status == 404


def test_who_works_for_the_node_is_asked_which_school(sqlite_node: Node) -> None:
    with serving(sqlite_node) as api:
        registrar = Person(api, "registrar-1").sign_in()
        page = registrar.open("/self-check")
        assert "/registry/institutions" in page.links
