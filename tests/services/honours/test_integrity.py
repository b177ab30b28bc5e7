"""Rows of this slice written by hand: refused when they are used, and found when nobody does."""

from typing import Any

import pytest

from services.honours import approving, holdings, integrity, rows, standing
from services.honours import queries as honours_queries
from services.honours.papers import HonourPapers
from services.honours.tables import CERTIFICATE, STATUS_CHANGE
from services.platform.errors import Conflict, NotFound, Tampered
from tests.services.honours import classes, working
from tests.services.honours.classes import copied, pupils, put_back
from tests.services.nodes import PERIOD, Node

OTHER = "(SELECT min(b.id) FROM batch b WHERE b.id <> batch_row.batch_id)"
DRAFTED = {
    "state": "UPDATE batch_row SET state = 'CANCELLED' WHERE position = 1",
    "person": "UPDATE batch_row SET person_index = award_index WHERE position = 1",
    "award": "UPDATE batch_row SET award_index = person_index WHERE position = 1",
    "place": "UPDATE batch_row SET sheet_row = 99 WHERE position = 1",
    "gone": "DELETE FROM batch_row WHERE position = 1",
    "moved": f"UPDATE batch_row SET batch_id = {OTHER}, position = 9 WHERE position = 1",
}


def of_others(statement: str) -> list[str]:
    """Return what must go with it, so that the database lets it happen."""
    if statement.startswith("DELETE"):
        persons = "DELETE FROM row_person WHERE row_id IN"
        return [f"{persons} (SELECT id FROM batch_row WHERE position = 1)", statement]
    return [statement]


@pytest.mark.parametrize("statement", DRAFTED.values(), ids=DRAFTED.keys())
def test_a_drafted_row_written_by_hand_is_not_approved(node: Node, statement: str) -> None:
    classes.draft(node, pupils(1, first=30))
    batch_id = classes.draft(node, pupils(2))
    for each in of_others(statement):
        assert classes.by_hand(node, each)
    actor, proof = node.operator("school-a-approver"), node.proof("school-a-approver")
    with pytest.raises(Tampered):
        approving.approve(node.runtime, actor, batch_id, **proof)
    with node.runtime.writing() as work, pytest.raises(Tampered):
        approving.send_back(work, actor, batch_id, "不对")
    with node.runtime.reading() as work, pytest.raises(Tampered):
        integrity.check(work)


HIDDEN = {
    "not live": "UPDATE row_person SET live = false",
    "another award": "UPDATE row_person SET award_index = person_index",
    "another period": "UPDATE row_person SET period = 'x'",
    "nobody": "DELETE FROM row_person",
    "another state": "UPDATE batch_row SET state = 'VOID'",
    "another credential": "UPDATE batch_row SET credential = award_index",
    "a certificate's batch": (
        "UPDATE certificate SET batch_id = (SELECT id FROM batch"
        " WHERE batch.id <> certificate.batch_id)"
    ),
    "a certificate's credential": "UPDATE certificate SET credential = code_digest",
    "a certificate's period": "UPDATE certificate SET period = 'x'",
    "programme": "UPDATE programme SET notice_days = 0",
    "batch": "UPDATE batch SET state = 'draft'",
    "approval": "UPDATE approval SET ground = 'superior'",
    "request": "UPDATE status_request SET state = 'open'",
}


@pytest.mark.parametrize("statement", HIDDEN.values(), ids=HIDDEN.keys())
def test_rows_that_nobody_uses_are_found(node: Node, statement: str) -> None:
    [number] = classes.issue(node, pupils(1))
    classes.change(node, "suspend", [number], "under_dispute")
    classes.draft(node, pupils(1, first=30))
    with node.runtime.reading() as work:
        integrity.check(work)
    assert classes.by_hand(node, statement)
    with node.runtime.reading() as work, pytest.raises(Tampered):
        integrity.check(work)


def test_a_certificate_that_is_gone_is_found(node: Node) -> None:
    classes.issue(node, pupils(1))
    put_back(node, {CERTIFICATE: []})
    with node.runtime.reading() as work, pytest.raises(Tampered, match="rows_altered") as caught:
        integrity.check(work)
    assert caught.value.params["table"] == "certificate"


def test_what_counts_no_more_is_not_what_somebody_has(node: Node) -> None:
    """`live` set by hand neither gives an award twice nor keeps it from anybody."""
    [first, second] = classes.issue(node, pupils(2))
    classes.change(node, "revoke", [second], "issued_in_error")
    classes.by_hand(node, "UPDATE row_person SET live = NOT live")
    again = classes.examine(node, pupils(2))
    assert [each.row for each in again.problems] == [again.problems[0].row]
    assert again.problems[0].code == "duplicate_in_database"
    assert first


def test_a_status_entry_that_is_gone_leaves_nobody_without_his_award(node: Node) -> None:
    classes.issue(node, pupils(1))
    classes.by_hand(node, "DELETE FROM status_entry")
    with pytest.raises(Tampered):
        classes.examine(node, pupils(1))


def test_a_row_that_changed_meanwhile_is_not_written_over(node: Node) -> None:
    """A pupil is forgotten while his certificate is being signed: the chunk looks again."""
    batch_id = classes.approved(node, pupils(2)).batch_id
    with node.runtime.reading() as work:
        old = honours_queries.batch_rows(work.session, batch_id)[0]
    with node.runtime.writing() as work:
        rows.change(work, [(old, {"sealed": b""})])
    with pytest.raises(Conflict, match="row_moved"), node.runtime.writing() as work:
        rows.change(work, [(old, {"state": "SIGNED"})])
    with node.runtime.writing() as work:
        rows.change(work, [])
    with node.runtime.reading() as work:
        rows.of_batch(work, approving.load(work, batch_id))
    assert working.progress(node, batch_id).state == "queued"


STOOD = {
    "state": "state = 'ISSUED'",
    "credential": "credential = (SELECT max(c.credential) FROM other c)",
    "institution": "institution_id = (SELECT max(id) FROM institution)",
    "entry": "log_index = log_index - 1",
    "row": "row_id = (SELECT max(r.id) FROM batch_row r WHERE r.state <> 'SIGNED')",
}


@pytest.mark.parametrize("name", ["state", "institution", "entry", "row"])
def test_nobody_acts_on_a_certificate_written_by_hand(node: Node, name: str) -> None:
    [number] = classes.issue(node, pupils(1))
    classes.change(node, "suspend", [number], "under_dispute")
    classes.draft(node, pupils(1, first=30))
    # The highest of its kind may be its own: then the lowest is another one.
    own = classes.by_hand(
        node,
        f"UPDATE certificate SET {STOOD[name]} WHERE institution_id <>"
        " (SELECT max(id) FROM institution)",
    )
    if not own:
        changed = STOOD[name].replace("max(id)", "min(id)")
        assert classes.by_hand(node, f"UPDATE certificate SET {changed}")
    with pytest.raises((Tampered, NotFound)):
        classes.ask(node, "revoke", [number], "facts_wrong")


def test_two_certificates_that_changed_places_are_refused(node: Node) -> None:
    """Whoever was revoked shows the valid one's credential under his number, and the reverse."""
    [good, bad] = classes.issue(node, pupils(2))
    classes.change(node, "revoke", [bad], "issued_in_error")
    old = copied(node, CERTIFICATE)[CERTIFICATE]
    one, other = sorted(old, key=lambda row: row["number"] != good)
    swapped: list[dict[str, Any]] = [
        {**one, "number": other["number"], "state": other["state"]},
        {**other, "number": one["number"], "state": one["state"]},
    ]
    put_back(node, {CERTIFICATE: swapped, STATUS_CHANGE: []})
    for number in (good, bad):
        with pytest.raises(Tampered):
            HonourPapers(node.runtime).brief(number)
        with pytest.raises(Tampered):
            classes.ask(node, "suspend", [number], "facts_wrong")


def test_how_a_paper_stands_is_told_from_its_status_entry(node: Node) -> None:
    numbers = classes.issue(node, pupils(4))
    classes.change(node, "suspend", numbers[:1], "under_dispute")
    classes.change(node, "revoke", numbers[1:2], "issued_in_error")
    classes.by_hand(node, "UPDATE certificate SET state = 'ISSUED'")
    papers = HonourPapers(node.runtime)
    found = [papers.brief(number) for number in numbers[:3]]
    assert [each and each.status for each in found] == ["suspended", "revoked", "valid"]
    classes.approved(node, pupils(1, first=10))
    working.finish(node.runtime, working.claimed(node.runtime))
    waiting = papers.brief(classes.certificates(node)[-1]["number"])
    assert waiting is not None
    assert waiting.status == "waiting"
    classes.by_hand(node, "UPDATE status_entry SET value = 0 WHERE value = 1")
    with pytest.raises(Tampered):
        papers.brief(numbers[1])


def test_a_batch_that_is_gone_or_a_status_that_is_gone_is_told(node: Node) -> None:
    [number] = classes.issue(node, pupils(1))
    with node.runtime.reading() as work:
        row = honours_queries.certificate(work.session, number)
        assert row is not None
        standing.check(work, [row])
        with pytest.raises(Tampered, match="rows_altered"):
            standing._batch(work, "bat_gone")
        assert standing.is_anchored(work, row)
    classes.by_hand(node, "DELETE FROM status_entry")
    with node.runtime.reading() as work, pytest.raises(Tampered, match="rows_altered"):
        standing.check(work, [row])


def test_a_lookup_by_nobodys_identifier_finds_nothing(sqlite_node: Node) -> None:
    with sqlite_node.runtime.reading() as work:
        programme = sqlite_node.programmes["school-a"]
        assert holdings.of_persons(work, programme, PERIOD, [bytes(32)]) == []


def test_a_job_that_misses_a_row_does_not_call_its_batch_done(node: Node) -> None:
    batch_id = classes.approved(node, pupils(2)).batch_id
    gone = "(SELECT id FROM batch_row WHERE position = 1 AND batch_id = :b)"
    classes.by_hand(node, f"DELETE FROM row_person WHERE row_id = {gone}", b=batch_id)
    classes.by_hand(node, f"DELETE FROM batch_row WHERE id = {gone}", b=batch_id)
    with pytest.raises(Tampered, match="rows_altered"):
        working.finish(node.runtime, working.claimed(node.runtime))


def test_a_number_that_no_column_holds_is_told_as_such(sqlite_node: Node) -> None:
    """SQLite keeps a broken number where a whole one belongs."""
    node = sqlite_node
    classes.draft(node, pupils(1))
    classes.by_hand(node, "UPDATE batch_row SET sheet_row = 1.5")
    with node.runtime.reading() as work, pytest.raises(Tampered, match="row_altered"):
        integrity.check(work)
