"""What is made for the printer."""

import pytest
from sqlalchemy import text

from services.evidence.verdict import Outcome, verify
from services.honours.paper import prints
from services.honours.paper.looks import Look
from services.platform.errors import Conflict
from tests.services import verifying
from tests.services.honours.paper import reading
from tests.services.honours.paper.test_service import batch_of, held_claims, revoke
from tests.services.nodes import Node


def test_a_print_file_has_every_page_by_class_in_roster_order(sqlite_issued: Node) -> None:
    node = sqlite_issued
    [file] = prints.pages_of(node.runtime, batch_of(node))

    assert file.path == "print-01.pdf"
    assert reading.pages(file.data) == 30
    shown = [reading.text(file.data, page) for page in range(30)]
    claims = {number: held_claims(node, number) for number in node.numbers()}
    order = sorted(
        node.numbers(),
        key=lambda number: list(dict.fromkeys(each.get("class") for each in claims.values())).index(
            claims[number].get("class")
        ),
    )
    for number, words in zip(order, shown, strict=True):
        assert number in words
        assert claims[number]["name"] in words


def test_a_print_file_is_paper_and_no_certificate(sqlite_issued: Node) -> None:
    node = sqlite_issued
    [file] = prints.pages_of(node.runtime, batch_of(node))
    verdict = verify(file.data, trust=verifying.trusted(node), now=node.clock.now)

    assert verdict.result is Outcome.INVALID
    assert verdict.finding("format").reason == "no_attachment"
    with reading.opened(file.data) as document:
        assert "打印件" in str(document.docinfo["/Title"])


def test_large_batches_come_in_parts(sqlite_issued: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "PART", 12)
    files = list(prints.pages_of(sqlite_issued.runtime, batch_of(sqlite_issued)))

    assert [each.path for each in files] == ["print-01.pdf", "print-02.pdf", "print-03.pdf"]
    assert [reading.pages(each.data) for each in files] == [12, 12, 6]


def test_stock_is_printed_with_the_offsets_of_the_look(sqlite_issued: Node) -> None:
    node = sqlite_issued
    look = Look(offset_x=500, offset_y=250)
    [file] = prints.pages_of(node.runtime, batch_of(node), look, stock=True)

    assert "荣誉证书" not in reading.text(file.data)
    assert node.numbers()[0] in reading.text(file.data)


def test_the_sign_off_sheet_lists_everybody_by_class(sqlite_issued: Node) -> None:
    node = sqlite_issued
    file = prints.sign_off_of(node.runtime, batch_of(node, "school-b"))
    words = "".join(reading.text(file.data, page) for page in range(reading.pages(file.data)))

    assert "领取人签字" in words
    for number in node.numbers("school-b"):
        assert held_claims(node, number)["name"] in words
        assert number in words
    assert "五(1)班" in words


@pytest.mark.slow
def test_claim_slips_carry_number_and_code_and_a_qr(sqlite_issued: Node) -> None:
    node = sqlite_issued
    [file] = prints.slips_of(node.runtime, batch_of(node))

    assert reading.pages(file.data) == 4
    assert "查验码" in reading.text(file.data)
    assert node.numbers()[0] in reading.text(file.data)
    left = reading.seen(file.data).crop((0, 0, 1240, 1000))
    assert "/v/" in reading.code(left)


def test_a_batch_of_which_nothing_counts_any_more(sqlite_issued: Node) -> None:
    node = sqlite_issued
    for number in node.numbers()[:1]:
        revoke(node, number)
    with node.runtime.writing() as work:
        work.session.execute(text("UPDATE certificate SET sealed = NULL"))
    with pytest.raises(Conflict, match="batch_without_paper"):
        prints.pages_of(node.runtime, batch_of(node))
