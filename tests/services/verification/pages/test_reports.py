"""/report: without a script, from a verdict to a ticket to an answer; bounded; nothing leaks."""

import logging
import re

import pytest
from starlette.testclient import TestClient

from services.honours import bundles
from services.registry import institutions
from services.reports import service
from services.reports.tables import REPORT
from services.verification.pages.reports import ALLOWED, WINDOW_SECONDS
from tests.services.browsing import HTML, Page, Person
from tests.services.calling import Api

TEXT = "纸面上的姓名是另一个人"
PHONE = "138-0000-0000"


def person(api: Api, address: str = "testclient", language: str = "zh-CN") -> Person:
    """Return somebody without an account, at an address of his own."""
    someone = Person(api, language=language)
    headers = {**HTML, "Accept-Language": language}
    someone.client = TestClient(
        api.app,
        base_url="http://localhost",
        raise_server_exceptions=False,
        headers=headers,
        client=(address, 50_000),
    )
    return someone


def file(someone: Person, **said: str) -> Page:
    form = someone.open("/report").form("/report")
    return form.send(someone, **{"text": TEXT, **said})


def ticket(page: Page) -> str:
    [found] = re.findall(r'id="ticket">([^<]+)<', page.html)
    return str(found)


def kept(api: Api) -> list[service.Report]:
    with api.node.runtime.reading() as work:
        return service.listed(work, api.node.operator("auditor"), offset=0, limit=99)[1]


def test_from_a_verdict_to_an_answer(issued_api: Api) -> None:
    node = issued_api.node
    number = node.numbers("school-a")[0]
    with node.runtime.reading() as work:
        code = bundles.open_certificate(work, number).code
    someone = person(issued_api)
    verdict = someone.open(f"/v/{code}")
    assert 'href="tel:0371-12340001"' in verdict.html, "one tap calls the school"
    [link] = [each for each in verdict.links if each.startswith("/report?")]
    assert code not in link
    page = someone.open(link)
    assert 'href="tel:0371-12340001"' in page.html
    form = page.form("/report")
    assert dict(form.fields)["number"] == number
    done = form.send(someone, text=TEXT, contact=PHONE)
    given = ticket(done)
    [report] = kept(issued_api)
    assert report.said == service.NewReport(TEXT, PHONE, number, "中原市明德中学（示范）")
    state = done.form("/report/ticket").send(someone)
    assert "还没有人看" in state.text
    assert TEXT not in state.text, "whoever holds the ticket need not be who wrote"
    with node.runtime.writing() as work:
        registrar = node.operator("registrar-1")
        service.answer(work, registrar, report.id, "<b>查实</b>", close=True)
    look = person(issued_api, "203.0.113.9", "en").open("/report/ticket").form("/report/ticket")
    told = look.send(someone, ticket=given.lower().replace(" ", "-"))
    assert "已办结" in told.text
    assert "<b>查实</b>" in told.text
    assert "<b>" not in told.html


def test_every_verdict_and_the_start_lead_to_it(issued_api: Api) -> None:
    someone = person(issued_api)
    number = issued_api.node.numbers("school-a")[0]
    assert "/report" in someone.open("/v").links
    assert "/report" in someone.post("/v", files={"file": ("a", b"{}")}).links
    assert f"/report?number={number}" in someone.post("/v", data={"number": number}).links


def test_the_telephone_is_the_one_that_two_registrars_signed(issued_api: Api) -> None:
    node = issued_api.node
    with node.runtime.writing() as work:
        institutions.change(work, node.ids["school-a"], telephone="0371-66666666")
    number = node.numbers("school-a")[0]
    page = person(issued_api).open(f"/report?number={number}")
    assert "0371-12340001" in page.text
    assert "0371-66666666" not in page.text


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        ({"text": "短"}, 422, "至少 5 个字"),
        ({"text": "长" * 2_001}, 422, "最多 2000 个字"),
        ({"number": "31410000012026H000001X"}, 422, "既不是 22 位"),
        ({"number": "abc"}, 422, "既不是 22 位"),
        ({"text": "从右到左\u202e的标记"}, 422, "看不见"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    api: Api, said: dict[str, str], status: int, told: str
) -> None:
    page = file(person(api), contact=PHONE, **said)
    assert page.status == status
    assert told in page.text
    assert 'role="alert"' in page.html
    assert dict(page.form("/report").fields)["contact"] == PHONE
    assert kept(api) == []


def test_html_is_text(api: Api) -> None:
    page = file(person(api), text="<script>alert(1)</script>", number="no")
    assert "<script>alert" not in page.html
    assert dict(page.form("/report").fields)["text"] == "<script>alert(1)</script>"


def test_a_code_may_stand_for_the_number(api: Api) -> None:
    file(person(api), number="abcd-1234 efgh 5678")
    assert kept(api)[0].said.number == "ABCD1234EFGH5678"


def test_a_double_click_files_once(api: Api) -> None:
    someone = person(api)
    form = someone.open("/report").form("/report")
    first, second = (form.send(someone, text=TEXT) for _ in range(2))
    assert ticket(first) == ticket(second)
    assert len(kept(api)) == 1


def test_a_form_of_another_site_files_nothing(api: Api) -> None:
    someone = person(api)
    data = dict(someone.open("/report").form("/report").fields) | {"text": TEXT}
    assert someone.post("/report", data=data, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    assert someone.post("/report", data={**data, "token": "x"}).status == 403
    assert kept(api) == []


@pytest.mark.parametrize(
    ("first", "same", "other"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.10"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
    ],
)
def test_one_place_files_so_many_an_hour(api: Api, first: str, same: str, other: str) -> None:
    for number in range(ALLOWED):
        assert file(person(api, first), text=f"{TEXT} {number}").status == 200
    refused = file(person(api, same), text="还有一份举报")
    assert refused.status == 429
    assert "打电话" in refused.text
    assert file(person(api, other), text="还有一份举报").status == 200
    api.node.clock.now = api.node.clock.now.fromtimestamp(
        api.node.clock.now.timestamp() + WINDOW_SECONDS, api.node.clock.now.tzinfo
    )
    assert file(person(api, same), text="还有一份举报").status == 200


def test_wrong_tickets_are_counted_and_mistyped_ones_are_not(api: Api) -> None:
    someone = person(api)
    given = ticket(file(someone))
    form = someone.open("/report/ticket").form("/report/ticket")
    for _ in range(api.node.runtime.settings.failures_allowed + 1):
        assert form.send(someone, ticket="123").status == 422
    for _ in range(api.node.runtime.settings.failures_allowed):
        missed = form.send(someone, ticket="000000000000")
        assert (missed.status, "没有这个回执号" in missed.text) == (404, True)
    assert form.send(someone, ticket=given).status == 429
    assert form.send(person(api, "203.0.113.77"), ticket=given).status == 200


def test_no_log_line_holds_what_was_written(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    someone = person(api)
    with caplog.at_level(logging.DEBUG):
        given = ticket(file(someone, contact=PHONE))
        someone.open("/report/ticket").form("/report/ticket").send(someone, ticket=given)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("kexin")]
    assert any("POST /report 200" in line for line in lines)
    for secret in (TEXT, PHONE, given, given.replace(" ", "")):
        assert not [line for line in lines if secret in line]


def test_the_table_holds_nothing_that_can_be_read(api: Api) -> None:
    file(person(api), contact=PHONE)
    with api.node.runtime.reading() as work:
        [row] = work.session.execute(REPORT.select()).mappings()
    sealed = b"".join(value for value in row.values() if isinstance(value, bytes))
    assert TEXT.encode() not in sealed
    assert PHONE.encode() not in sealed
