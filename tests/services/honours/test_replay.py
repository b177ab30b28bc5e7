"""Statuses against the logs: what was undone in the tables is named, whatever MACs say."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services import process, recurring
from services.audit import trail
from services.honours import integrity, replay
from services.honours.replay import Found
from services.honours.tables import BATCH_ROW, STATUS_CHANGE
from services.platform.errors import Tampered
from services.platform.record_keys import RecordKeys
from services.status import lists
from services.status.tables import STATUS_ENTRY, STATUS_LIST, STATUS_PUBLICATION
from tests.services.honours import classes
from tests.services.honours.classes import copied, pupil, pupils, put_back
from tests.services.nodes import Node

STATUS = (STATUS_LIST, STATUS_ENTRY, STATUS_PUBLICATION)


def found(node: Node) -> list[tuple[str, Any, Any]]:
    with node.runtime.reading() as work:
        wrong = replay.of_institution(work, node.ids["school-a"])
    return [told(each) for each in wrong]


def told(each: Found) -> tuple[str, Any, Any]:
    return each.finding.code, each.finding.params["index"], each.finding.params["number"]


def forget_marks(node: Node) -> None:
    """As if the high-water file had been taken away as well: the logs still tell."""
    (node.runtime.settings.high_water_folder / "status.json").unlink()


def everything_happened(node: Node) -> list[str]:
    """Issue, suspend, lift, revoke, replace and void; return the numbers of the first five."""
    numbers = classes.issue(node, pupils(5))
    classes.change(node, "suspend", numbers[:2], "under_dispute")
    classes.change(node, "lift", numbers[:1], "dispute_settled")
    classes.change(node, "suspend", numbers[:1], "under_dispute")
    classes.change(node, "revoke", [numbers[2]], "issued_in_error")
    classes.issue(node, [pupil(3, name="赵子龙")], corrects=True)
    batch_id = classes.approved(node, pupils(2, first=10)).batch_id
    with node.runtime.writing() as work:
        RecordKeys.of(node.runtime).destroy(work, [classes.rows(node, batch_id)[1]["id"]])
    node.work()
    assert classes.states(node, batch_id) == {"ISSUED": 1, "VOID": 1}
    return numbers


def test_whatever_happened_is_in_the_log(node: Node) -> None:
    everything_happened(node)
    assert found(node) == []
    recurring.check_integrity(node.runtime)


def test_tables_put_back_name_the_certificates(node: Node) -> None:
    numbers = classes.issue(node, pupils(5))
    classes.change(node, "suspend", numbers[:2], "under_dispute")
    classes.change(node, "lift", numbers[:1], "dispute_settled")
    old = copied(node, *STATUS)
    classes.change(node, "revoke", [numbers[4]], "issued_in_error")
    classes.change(node, "suspend", numbers[:1], "under_dispute")
    classes.change(node, "lift", numbers[:1], "dispute_settled")
    put_back(node, old)
    # The last: lifted before and lifted now, but two changes ago.
    wrong = found(node)
    assert [(code, number) for code, _, number in sorted(wrong, key=lambda each: each[1])] == [
        ("status_differs", numbers[4]),
        ("status_differs", numbers[0]),
    ]
    with node.runtime.reading() as work:
        with pytest.raises(Tampered, match="rows_altered") as caught:
            integrity.check(work)
        origin = f"{node.runtime.settings.node_name}/log/{node.ids['school-a']}/2026"
        assert set(str(caught.value.params["entries"]).split(", ")) == {
            f"{origin}#{index}" for _, index, _ in wrong
        }
    runner = process.make_runner(node.runtime, node.chain, ["integrity"])
    runner.do_recurring()
    node.clock.now += timedelta(days=1)
    runner.do_recurring()
    with node.runtime.reading() as work:
        kinds = {kind for kind, _ in trail.alarms(work)}
    assert "integrity" in kinds


def test_the_marks_are_not_needed_for_the_replay(sqlite_node: Node) -> None:
    node = sqlite_node
    [number] = classes.issue(node, pupils(1))
    old = copied(node, *STATUS)
    classes.change(node, "revoke", [number], "issued_in_error")
    put_back(node, old)
    forget_marks(node)
    [(code, _, named)] = found(node)
    assert (code, named) == ("status_differs", number)


BY_HAND = {
    "status_missing": "DELETE FROM status_entry WHERE value = 1",
    "status_altered": "UPDATE status_entry SET value = 0 WHERE value = 1",
    "status_unexplained": "DELETE FROM status_change",
    "status_unlogged": "UPDATE status_change SET log_index = 77",
}


@pytest.mark.parametrize("code", BY_HAND)
def test_rows_written_by_hand_are_named(node: Node, code: str) -> None:
    [number, _] = classes.issue(node, pupils(2))
    classes.change(node, "revoke", [number], "issued_in_error")
    assert classes.by_hand(node, BY_HAND[code]) == 1
    assert code in {each[0] for each in found(node)}
    with node.runtime.reading() as work, pytest.raises(Tampered):
        integrity.check(work)


CONTENTS = [
    "{}",
    "no json",
    '{"action":"forget","credential":"AA","number":"1"}',
    '{"action":"revoke","credential":"?","number":"1"}',
    '{"action":"revoke","number":"1"}',
]


@pytest.mark.parametrize("content", CONTENTS)
def test_another_content_explains_nothing(sqlite_node: Node, content: str) -> None:
    node = sqlite_node
    [number] = classes.issue(node, pupils(1))
    classes.change(node, "revoke", [number], "issued_in_error")
    classes.by_hand(node, "UPDATE status_change SET content = :content", content=content)
    assert {code for code, _, _ in found(node)} == {"status_unexplained", "status_differs"}
    assert replay._told(content) is None


def test_a_change_of_a_credential_that_the_log_does_not_have(
    sqlite_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = sqlite_node
    [number] = classes.issue(node, pupils(1))
    classes.change(node, "revoke", [number], "issued_in_error")
    monkeypatch.setattr(replay, "_told", lambda _: (bytes(32), replay._Said("", 0)))
    assert {code for code, _, _ in found(node)} == {"status_unexplained", "status_differs"}


def test_a_void_number_that_the_log_does_not_know(sqlite_node: Node) -> None:
    node = sqlite_node
    everything_happened(node)
    void = "UPDATE batch_row SET void_content = '{}' WHERE void_content IS NOT NULL"
    assert classes.by_hand(node, void) == 1
    with node.runtime.reading() as work:
        [row] = work.session.execute(
            select(BATCH_ROW).where(BATCH_ROW.c.void_content.is_not(None))
        ).mappings()
    assert {(code, number) for code, _, number in found(node)} == {
        ("status_unexplained", None),
        ("status_unlogged", row["number"]),
    }
    with node.runtime.reading() as work:
        assert len(replay.of_institution(work, node.ids["school-b"])) == 0


def test_bytes_in_the_place_of_text_explain_nothing(sqlite_node: Node) -> None:
    node = sqlite_node
    everything_happened(node)
    classes.by_hand(node, "UPDATE batch_row SET void_content = x'00' WHERE void_content NOT NULL")
    classes.by_hand(node, "UPDATE status_change SET content = x'00'")
    assert "status_unexplained" in {code for code, _, _ in found(node)}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entry SET data = CAST('{}' AS BLOB) WHERE \"index\" = 1",
        "UPDATE log_entry SET data = 'text' WHERE \"index\" = 1",
        'DELETE FROM log_entry WHERE "index" = 1',
    ],
)
def test_a_log_that_cannot_be_read_is_the_auditors_business(
    sqlite_node: Node, statement: str
) -> None:
    classes.issue(sqlite_node, pupils(2))
    classes.by_hand(sqlite_node, statement)
    assert found(sqlite_node) == []


def test_a_list_that_was_not_marked_is_replayed_all_the_same(sqlite_issued: Node) -> None:
    node = sqlite_issued
    with node.runtime.reading() as work:
        assert lists.check_all(work) == 60
        assert work.session.execute(select(STATUS_CHANGE)).first() is None
        for school in node.ids.values():
            assert replay.of_institution(work, school) == []
