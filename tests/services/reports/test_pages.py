"""Reports at the console: a list of what waits, one report, an answer; without a script."""

from datetime import timedelta

import pytest

from services.reports import service
from services.reports.service import NewReport
from tests.services.browsing import Person
from tests.services.calling import Api

REPORTS = "/registry/reports"
HTML = "<script>alert(1)</script>\n第二行"


def file(api: Api, text: str = HTML) -> str:
    with api.node.runtime.writing() as work:
        return service.file(work, NewReport(text, "138", "31410000012026H0000015", "明德中学"))


def one(api: Api) -> str:
    with api.node.runtime.reading() as work:
        _, [found] = service.listed(work, api.node.operator("auditor"), offset=0, limit=9)
    return f"{REPORTS}/{found.id}"


def state(api: Api, ticket: str) -> tuple[str, str]:
    with api.node.runtime.reading() as work:
        found = service.progress(work, ticket)
    return found.state, found.answer


def test_a_registrar_reads_answers_and_closes(api: Api) -> None:
    ticket = file(api)
    registrar = Person(api, "registrar-1").sign_in()
    assert "1 份举报等着看" in registrar.open("/work").text
    listed = registrar.open(REPORTS)
    assert REPORTS in listed.links
    assert one(api) in listed.links
    assert "未读 1 份" in listed.text
    page = registrar.open(one(api))
    assert HTML.replace("\n", " ") in page.text
    assert "<script>alert" not in page.html
    assert state(api, ticket) == ("read", "")
    form = page.form(one(api))
    again = form.send(registrar, note="", act="close")
    assert (again.status, "请写答复" in again.text) == (422, True)
    form = again.form(one(api))
    kept = form.send(registrar, note="正在核实", act="answer")
    assert "已答复" in kept.text
    assert state(api, ticket) == ("read", "正在核实")
    done = kept.form(one(api)).send(registrar, note="查实，已报警", act="close")
    assert not done.has_form(one(api))
    assert state(api, ticket) == ("closed", "查实，已报警")
    late = form.send(registrar, note="再来一次", act="close")
    assert (late.status, "已经办结" in late.text) == (409, True)
    assert "举报等着看" not in registrar.open("/work").text


def test_an_auditor_reads_only(api: Api) -> None:
    ticket = file(api)
    auditor = Person(api, "auditor").sign_in()
    page = auditor.open(one(api))
    assert page.status == 200
    assert not page.has_form(one(api))
    assert state(api, ticket) == ("open", "")


@pytest.mark.parametrize("path", [REPORTS, f"{REPORTS}/rpt_0"])
def test_a_school_sees_none_of_it(api: Api, path: str) -> None:
    file(api)
    clerk = Person(api, "school-a-preparer").sign_in()
    assert REPORTS not in clerk.open("/work").links
    assert clerk.open(path).status == 403


def test_nothing_waits(api: Api) -> None:
    registrar = Person(api, "registrar-1").sign_in()
    assert "没有举报" in registrar.open(REPORTS).text
    assert registrar.open(f"{REPORTS}/rpt_0").status == 404


def test_a_long_list_has_pages(api: Api) -> None:
    for number in range(32):
        file(api, f"第 {number} 份举报")
        api.node.clock.now += timedelta(seconds=1)
    registrar = Person(api, "registrar-1", "en").sign_in()
    page = registrar.open(REPORTS)
    assert "第 0 份举报" in page.text
    assert "第 31 份举报" not in page.text
    assert "第 31 份举报" in registrar.open(f"{REPORTS}?page=2").text


def test_how_many_there_are_is_measured(api: Api) -> None:
    file(api)
    metrics = api.client.get("/metrics").text
    assert 'kexin_reports{state="open"} 1.0' in metrics
    assert 'kexin_reports{state="closed"} 0.0' in metrics
