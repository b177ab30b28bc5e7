"""Reports: filed by anybody, sealed, found by a ticket, answered by a registrar, forgotten."""

from datetime import timedelta
from typing import Any

import pytest

from crypto.errors import InvalidCiphertext
from services.platform.errors import Conflict, Invalid, NotFound, Refused, TooMany
from services.platform.tables import RECORD_KEY
from services.reports import service, tickets
from services.reports.service import CLOSED, OPEN, READ, NewReport
from services.reports.tables import REPORT
from tests.services.nodes import Node

SAID = NewReport("颁奖日期对不上", "138 0000 0000", "31410000012026H0000015", "中原市明德中学")


def file(node: Node, said: NewReport = SAID) -> str:
    with node.runtime.writing() as work:
        return service.file(work, said)


def rows(node: Node) -> list[Any]:
    with node.runtime.reading() as work:
        return list(work.session.execute(REPORT.select()).mappings())


def progress(node: Node, ticket: str) -> service.Progress:
    with node.runtime.reading() as work:
        return service.progress(work, ticket)


def answer(node: Node, note: str, *, close: bool, login: str = "registrar-1") -> None:
    [row] = rows(node)
    with node.runtime.writing() as work:
        service.answer(work, node.operator(login), row["id"], note, close=close)


def test_a_report_goes_its_way(node: Node) -> None:
    ticket = file(node)
    assert progress(node, ticket).state == OPEN
    registrar = node.operator("registrar-1")
    with node.runtime.writing() as work:
        [waits] = service.waiting(work, registrar)
        assert waits.said == SAID
        read = service.look_at(work, registrar, waits.id)
        assert (read.state, read.handler) == (READ, registrar.id)
        assert service.look_at(work, registrar, waits.id).state == READ
    node.clock.now += timedelta(hours=1)
    answer(node, "正在核实", close=False)
    assert (progress(node, ticket).state, progress(node, ticket).answer) == (READ, "正在核实")
    answer(node, "纸面是伪造的，已报警", close=True)
    done = progress(node, f" {tickets.shown(ticket).lower()} ")
    assert (done.state, done.answer) == (CLOSED, "纸面是伪造的，已报警")
    assert done.changed_at == node.clock.now
    with node.runtime.reading() as work:
        assert service.waiting(work, registrar) == []
        assert service.counts(work) == {OPEN: 0, READ: 0, CLOSED: 1}
    with pytest.raises(Conflict, match="report_closed"):
        answer(node, "再说一句", close=True)


def test_nothing_of_it_lies_open(sqlite_node: Node) -> None:
    ticket = file(sqlite_node)
    answer(sqlite_node, "这是答复", close=True)
    sqlite_node.runtime.database.close()
    home = sqlite_node.runtime.settings.home
    data = b"".join(path.read_bytes() for path in home.glob("kexin.sqlite3*"))
    for said in (SAID.text, SAID.contact, SAID.number, "这是答复", ticket):
        assert said.encode() not in data


def test_a_content_opens_in_its_own_row_alone(sqlite_node: Node) -> None:
    file(sqlite_node)
    file(sqlite_node, NewReport("另一份举报"))
    first, second = rows(sqlite_node)
    with sqlite_node.runtime.writing() as work:
        moved = REPORT.update().where(REPORT.c.id == first["id"])
        work.session.execute(moved.values(content_sealed=second["content_sealed"]))
    with sqlite_node.runtime.writing() as work, pytest.raises(InvalidCiphertext):
        service.look_at(work, sqlite_node.operator("registrar-1"), first["id"])


def test_the_oldest_that_waits_is_on_top(node: Node) -> None:
    texts = [f"第{number}份举报" for number in range(4)]
    for text in texts:
        node.clock.now += timedelta(minutes=1)
        file(node, NewReport(text))
    registrar = node.operator("registrar-1")
    with node.runtime.writing() as work:
        total, found = service.listed(work, registrar, offset=0, limit=10)
        service.answer(work, registrar, found[0].id, "办结", close=True)
    assert (total, [each.said.text for each in found]) == (4, texts)
    with node.runtime.reading() as work:
        _, found = service.listed(work, registrar, offset=0, limit=10)
        _, part = service.listed(work, registrar, offset=1, limit=2)
    assert [each.said.text for each in found] == [*texts[1:], texts[0]]
    assert part == found[1:3]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (NewReport("短"), "report_empty"),
        (NewReport("长" * 2_001), "report_too_long"),
        (NewReport("颁奖日期不对", contact="1" * 201), "report_too_long"),
        (NewReport("颁奖日期不对", number="1" * 61), "report_too_long"),
    ],
)
def test_what_does_not_fit_is_refused(sqlite_node: Node, said: NewReport, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        file(sqlite_node, said)
    assert rows(sqlite_node) == []


def test_an_answer_says_something(sqlite_node: Node) -> None:
    file(sqlite_node)
    for note, code in (("", "report_answer_empty"), ("长" * 2_001, "report_too_long")):
        with pytest.raises(Invalid, match=code):
            answer(sqlite_node, note, close=True)


def test_a_flood_ends_at_the_door(sqlite_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_WAITING", 3)
    for _ in range(3):
        file(sqlite_node)
    with pytest.raises(TooMany, match="reports_full"):
        file(sqlite_node)
    with sqlite_node.runtime.writing() as work:
        registrar = sqlite_node.operator("registrar-1")
        first = service.waiting(work, registrar)[0]
        service.answer(work, registrar, first.id, "办结", close=True)
    file(sqlite_node)


def test_only_people_of_the_node_read_and_only_registrars_answer(sqlite_node: Node) -> None:
    node = sqlite_node
    file(node)
    [row] = rows(node)
    clerk, auditor = node.operator("school-a-preparer"), node.operator("auditor")
    with node.runtime.writing() as work:
        for call in (
            lambda: service.listed(work, clerk, offset=0, limit=1),
            lambda: service.look_at(work, clerk, row["id"]),
            lambda: service.answer(work, clerk, row["id"], "不关我事", close=True),
            lambda: service.answer(work, auditor, row["id"], "我只看", close=True),
        ):
            with pytest.raises(Refused, match="role_missing"):
                call()
        assert service.look_at(work, auditor, row["id"]).state == OPEN, "an auditor reads only"
        assert service.waiting(work, auditor) == service.waiting(work, clerk) == []
        with pytest.raises(NotFound, match="report_unknown"):
            service.look_at(work, auditor, "rpt_0")


def test_a_wrong_ticket(sqlite_node: Node) -> None:
    ticket = file(sqlite_node)
    swapped = ticket[1] + ticket[0] + ticket[2:]
    for typed in ("", "123", ticket[:-1], swapped if swapped != ticket else "x", ticket + "0"):
        with pytest.raises(Invalid, match="ticket_mistyped"):
            progress(sqlite_node, typed)
    with pytest.raises(NotFound, match="ticket_unknown"):
        progress(sqlite_node, tickets.new(sqlite_node.runtime.random))


def test_half_a_year_after_it_was_closed_it_is_forgotten(sqlite_node: Node) -> None:
    node = sqlite_node
    ticket, other = file(node), file(node, NewReport("一直没有办的举报"))
    with node.runtime.writing() as work:
        registrar = node.operator("registrar-1")
        closed = next(each for each in service.waiting(work, registrar) if each.said == SAID)
        service.answer(work, registrar, closed.id, "办结", close=True)
    node.clock.now += service.KEPT - timedelta(seconds=1)
    for expected in (0, 1, 0):
        with node.runtime.writing() as work:
            assert service.forget_old(work) == expected
        node.clock.now += timedelta(seconds=1)
    with pytest.raises(NotFound, match="ticket_unknown"):
        progress(node, ticket)
    assert progress(node, other).state == OPEN
    with node.runtime.reading() as work:
        kept = RECORD_KEY.select().where(RECORD_KEY.c.id == closed.id)
        assert work.session.execute(kept).mappings().one()["wrapped"] is None


def test_tickets_are_random_and_check_themselves() -> None:
    drawn = {tickets.new(bytes([seed]).__mul__) for seed in range(200)}
    assert len({each[:-1] for each in drawn}) == 31
    assert all(tickets.read(tickets.shown(each)) == each for each in drawn)
    assert tickets.shown("ABCDEFGHJKLM") == "ABCD EFGH JKLM"
    looks = iter([b"\xff" * 16, bytes(range(16))])
    assert tickets.new(lambda _: next(looks))[:11] == "0123456789A", "250 to 255 would not be fair"
