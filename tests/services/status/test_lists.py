"""Status lists: random places, signed at once after a change, whoever else is publishing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from crypto import sm3
from crypto.jws import parse_compact
from identity import status_list
from identity.errors import InvalidStatus
from identity.status_list import LIFE, TTL, Snapshot, Status
from ledger.errors import LogInconsistent
from services import process, vitals
from services.audit import trail
from services.honours import bundles
from services.platform.errors import Conflict, NotFound, Tampered, Unavailable
from services.platform.health import OK, Outcome, fail
from services.platform.settings import Settings
from services.status import lists, marks, queries
from services.status.lists import Change
from services.status.tables import STATUS_ENTRY, STATUS_LIST, STATUS_PUBLICATION
from tests.services import verifying
from tests.services.honours import classes
from tests.services.honours.classes import copied, pupils, put_back
from tests.services.nodes import Node


def snapshot(node: Node, number: int = 1) -> Snapshot:
    """Return the published list as a verifier reads it."""
    with node.runtime.reading() as work:
        token = lists.published(work, number)
    trusted = verifying.trusted(node).nodes[0]
    key = trusted.key(parse_compact(token).kid, "status", node.clock.now)
    return status_list.verify_list(token, key, uri=_uri(node, number))


def _uri(node: Node, number: int) -> str:
    return f"{node.runtime.settings.url}{lists.PATH}/{number}"


def entries(node: Node) -> list[Any]:
    with node.runtime.reading() as work:
        return list(work.session.execute(select(STATUS_ENTRY)).mappings())


def revoke(node: Node, *credentials: bytes, status: Status = Status.INVALID) -> None:
    with node.runtime.writing() as work:
        lists.change(work, [Change(each, status, reason="other") for each in credentials])


def test_places_are_random(sqlite_issued: Node) -> None:
    found = sorted(row["idx"] for row in entries(sqlite_issued))
    assert len(set(found)) == 60
    middle = status_list.LIST_SIZE / 2
    assert 0.3 < sum(place < middle for place in found) / 60 < 0.7
    gaps = {after - before for before, after in pairwise(found)}
    assert len(gaps) > 50, "neighbours of a batch are no neighbours in the list"


def test_a_change_is_published(issued: Node) -> None:
    node = issued
    before = snapshot(node)
    first, second = entries(node)[:2]
    revoke(node, first["credential"])
    assert snapshot(node) == before or snapshot(node).seq == before.seq
    assert lists.publish(node.runtime) == 1
    assert lists.publish(node.runtime) == 0, "nothing has changed since"
    after = snapshot(node)
    assert after.seq == before.seq + 1
    assert after.status(first["idx"]) is Status.INVALID
    assert after.status(second["idx"]) is Status.VALID
    revoke(node, first["credential"], second["credential"], status=Status.SUSPENDED)
    lists.publish(node.runtime)
    last = snapshot(node)
    assert [last.status(row["idx"]) for row in (first, second)] == [Status.SUSPENDED] * 2
    with node.runtime.reading() as work:
        assert lists.check_all(work) == 60


def test_an_old_list_is_signed_anew(sqlite_issued: Node) -> None:
    node = sqlite_issued
    before = snapshot(node)
    node.clock.now = before.issued_at + TTL / 2 - timedelta(seconds=1)
    assert lists.publish(node.runtime) == 0
    node.clock.now += timedelta(seconds=1)
    with node.runtime.reading() as work:
        assert lists.age_seconds(work) == int((TTL / 2).total_seconds())
    assert lists.publish(node.runtime) == 1
    after = snapshot(node)
    assert (after.seq, after.issued_at) == (before.seq + 1, node.clock.now)
    after.check_fresh(node.clock.now + TTL)
    with pytest.raises(InvalidStatus, match="status_stale"):
        after.check_fresh(node.clock.now + TTL + timedelta(seconds=1))
    with pytest.raises(InvalidStatus, match="status_expired"):
        after.check_current(node.clock.now + LIFE)


def test_a_publisher_that_looked_before_the_change_does_not_win(
    issued: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker has read the list and signs while a change commits and is published."""
    node = issued
    row = entries(node)[0]
    node.clock.now += TTL
    sign_list, slow = status_list.sign_list, list[int]()

    def signing(*arguments: Any, **named: Any) -> str:
        if not slow:
            slow.append(1)
            revoke(node, row["credential"])
            assert lists.publish(node.runtime) == 1
        return sign_list(*arguments, **named)

    monkeypatch.setattr(status_list, "sign_list", signing)
    lists.publish(node.runtime)
    assert snapshot(node).status(row["idx"]) is Status.INVALID


def test_a_change_while_a_list_is_signed_is_not_lost(
    issued: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = issued
    row = entries(node)[0]
    node.clock.now += TTL
    sign_list, slow = status_list.sign_list, list[int]()

    def signing(*arguments: Any, **named: Any) -> str:
        if not slow:
            slow.append(1)
            revoke(node, row["credential"])
        return sign_list(*arguments, **named)

    monkeypatch.setattr(status_list, "sign_list", signing)
    assert lists.publish(node.runtime) == 1
    assert snapshot(node).status(row["idx"]) is Status.VALID
    assert lists.publish(node.runtime) == 1, "it still shows fewer changes than there are"
    assert snapshot(node).status(row["idx"]) is Status.INVALID


def test_many_publishers_and_changes_at_once(issued: Node) -> None:
    node = issued
    rows = entries(node)[:12]

    def change(row: Any) -> None:
        revoke(node, row["credential"])
        lists.publish(node.runtime)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, rows))
    last = snapshot(node)
    assert {last.status(row["idx"]) for row in rows} == {Status.INVALID}
    with node.runtime.reading() as work:
        assert lists.check_all(work) == 60


def test_contention_without_end_is_told(
    sqlite_issued: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = sqlite_issued
    node.clock.now += TTL
    monkeypatch.setattr(lists, "_sign", lambda *_: None)
    with pytest.raises(Unavailable, match="status_publication_contended"):
        lists.publish(node.runtime)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE status_entry SET value = 0, since = NULL, reason = NULL WHERE value = 1",
        "UPDATE status_entry SET value = 2 WHERE value = 1",
        "DELETE FROM status_entry WHERE value = 1",
        "UPDATE status_entry SET idx = idx + 1 WHERE value = 1",
    ],
)
def test_a_revocation_taken_back_by_hand_is_not_published(issued: Node, statement: str) -> None:
    node = issued
    row = entries(node)[0]
    revoke(node, row["credential"])
    lists.publish(node.runtime)
    assert classes.by_hand(node, statement) == 1
    node.clock.now += TTL
    with pytest.raises(Tampered):
        lists.publish(node.runtime)
    with node.runtime.writing() as work, pytest.raises(Tampered):
        lists.change(work, [Change(entries(node)[1]["credential"], Status.INVALID)])
    with node.runtime.reading() as work, pytest.raises(Tampered):
        lists.check_all(work)
    node.clock.now -= TTL
    assert snapshot(node).status(row["idx"]) is Status.INVALID, "the last word stands"


def test_an_entry_that_was_never_changed_is_checked_too(sqlite_issued: Node) -> None:
    classes.by_hand(sqlite_issued, "UPDATE status_entry SET version = 7 WHERE idx >= 0")
    with sqlite_issued.runtime.reading() as work, pytest.raises(Tampered):
        lists.check_all(work)
    with pytest.raises(Tampered):
        lists.assertion(sqlite_issued.runtime, entries(sqlite_issued)[0]["credential"])


def test_what_is_not_there(sqlite_issued: Node) -> None:
    node = sqlite_issued
    with node.runtime.reading() as work, pytest.raises(NotFound, match="status_list_unknown"):
        lists.published(work, 9)
    with pytest.raises(Conflict, match="status_unknown"):
        lists.assertion(node.runtime, sm3.digest(b"nothing"))
    with node.runtime.writing() as work, pytest.raises(Conflict, match="status_unknown"):
        lists.change(work, [Change(sm3.digest(b"nothing"), Status.INVALID)])


def test_an_assertion_is_good_for_a_day(sqlite_issued: Node) -> None:
    node = sqlite_issued
    number = node.numbers()[0]
    data = bundles.of_number(node.runtime, number)
    almost = node.clock.now + LIFE - timedelta(seconds=1)
    assert verifying.offline(node, data, now=almost).result.value == "valid"
    late = verifying.offline(node, data, now=node.clock.now + LIFE)
    assert late.result.value == "undetermined"
    assert late.state == "status_as_of"
    then = verifying.offline(node, data, now=node.clock.now + LIFE, as_of="bundle")
    assert then.result.value == "valid"
    assert not then.current


def test_a_place_is_asked_for_only_where_there_is_room(sqlite_node: Node) -> None:
    node = sqlite_node
    with node.runtime.reading() as work, pytest.raises(Unavailable, match="status_list_full"):
        lists.places(work, status_list.LIST_SIZE)
    classes.by_hand(node, "DELETE FROM status_publication")
    classes.by_hand(node, "DELETE FROM status_list")
    with node.runtime.reading() as work, pytest.raises(Unavailable, match="status_list_full"):
        lists.places(work, 1)
    with node.runtime.reading() as work:
        assert lists.age_seconds(work) is None
    lists.make_room(node.runtime, 1)
    assert snapshot(node).seq == 1
    lists.make_room(node.runtime, 1)
    assert len(classes.issue(node, pupils(2))) == 2
    with node.runtime.reading() as work:
        found = work.session.execute(select(STATUS_PUBLICATION)).mappings().all()
    assert [row["seq"] for row in found] == [1]


STATUS = (STATUS_LIST, STATUS_ENTRY, STATUS_PUBLICATION)


def health(node: Node) -> Outcome:
    return vitals.status(node.runtime)


def test_tables_put_back_together_stop_the_list(issued: Node) -> None:
    """Every MAC is good; the mark outside the database says that the list had more changes."""
    node = issued
    row, other = entries(node)[:2]
    old = copied(node, *STATUS)
    revoke(node, row["credential"])
    lists.publish(node.runtime)
    assert health(node) == OK
    put_back(node, old)
    assert health(node) == fail("status_below_mark")
    node.clock.now += TTL / 2
    with pytest.raises(Unavailable, match="status_below_mark"):
        lists.publish(node.runtime)
    with pytest.raises(Unavailable, match="status_below_mark"):
        snapshot(node)
    with pytest.raises(Unavailable, match="status_below_mark"):
        lists.assertion(node.runtime, row["credential"])
    with pytest.raises(Unavailable, match="status_below_mark"):
        revoke(node, other["credential"])
    assert copied(node, *STATUS) == old, "nothing was signed and nothing changed"
    runner = process.make_runner(node.runtime, node.chain, ["status"])
    runner.do_recurring()
    with node.runtime.reading() as work:
        assert ("status", "status_below_mark") in trail.alarms(work)
    assert vitals.alarms(node.runtime) == fail("status_below_mark")


def test_as_many_changes_but_others_stop_the_list(issued: Node) -> None:
    """Put back, and then another entry changed while the mark was out of the way."""
    node = issued
    row, other = entries(node)[:2]
    old = copied(node, *STATUS)
    file = node.runtime.settings.high_water_folder / "status.json"
    before = file.read_bytes()
    revoke(node, row["credential"])
    lists.publish(node.runtime)
    mark = file.read_bytes()
    put_back(node, old)
    file.write_bytes(before)
    revoke(node, other["credential"])
    file.write_bytes(mark)
    assert health(node) == fail("status_other_mark")
    with pytest.raises(Unavailable, match="status_other_mark"):
        lists.publish(node.runtime)


def test_an_older_publication_alone_is_replaced_at_once(issued: Node) -> None:
    node = issued
    row = entries(node)[0]
    old = copied(node, *STATUS)
    revoke(node, row["credential"])
    lists.publish(node.runtime)
    put_back(node, {STATUS_PUBLICATION: old[STATUS_PUBLICATION]})
    assert lists.publish(node.runtime) == 1
    assert snapshot(node).status(row["idx"]) is Status.INVALID


def test_a_list_that_is_gone_is_missed(sqlite_issued: Node) -> None:
    node = sqlite_issued
    put_back(node, {table: [] for table in STATUS})
    assert health(node) == fail("status_below_mark")
    lists.make_room(node.runtime, 1)
    assert health(node) == OK, "nothing had changed in it"


def test_a_list_opened_while_somebody_looks_is_not_missed(
    sqlite_issued: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = sqlite_issued
    monkeypatch.setattr(lists, "LIST_SIZE", 16)
    with node.runtime.reading() as work:
        assert list(queries.list_numbers(work.session)) == [1]
        lists.make_room(node.runtime, status_list.LIST_SIZE)
        assert list(queries.list_numbers(work.session)) == [1]
        marks.check_all(work)
    with node.runtime.reading() as work:
        assert list(queries.list_numbers(work.session)) == [1, 2]


def test_a_mark_that_is_gone_stops_the_list(sqlite_issued: Node) -> None:
    node = sqlite_issued
    file = node.runtime.settings.high_water_folder / "status.json"
    kept = file.read_bytes()
    file.unlink()
    node.clock.now += TTL / 2
    assert health(node) == fail("status_mark_missing")
    with pytest.raises(Unavailable, match="status_mark_missing"):
        lists.publish(node.runtime)
    file.write_bytes(kept[:-2])
    assert health(node) == fail("mark_unreadable")
    with pytest.raises(LogInconsistent, match="mark_unreadable"):
        lists.publish(node.runtime)
    lists.publish_at_once(node.runtime)
    with node.runtime.reading() as work:
        assert (lists.ALARM, "mark_unreadable") in trail.alarms(work)


def test_a_snapshot_from_before_the_mark_is_looked_at_again(issued: Node) -> None:
    """A change was published while somebody read: what he has is old, not put back."""
    node = issued
    row = entries(node)[0]
    with node.runtime.reading() as work:
        listed = queries.status_list(work.session, 1)
        revoke(node, row["credential"])
        lists.publish(node.runtime)
        marks.check(work, listed, signed=True)
    assert health(node) == OK


def test_a_mark_that_moved_on_is_left_to_whoever_moved_it(
    issued: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker changed and published while this one signed: it looks again."""
    node = issued
    row = entries(node)[0]
    node.clock.now += TTL
    raise_to, slow = marks.raise_to, list[int]()

    def raising(settings: Settings, listed: Any) -> None:
        if not slow:
            slow.append(1)
            revoke(node, row["credential"])
            assert lists.publish(node.runtime) == 1
        raise_to(settings, listed)

    monkeypatch.setattr(marks, "raise_to", raising)
    assert lists.publish(node.runtime) == 0
    assert snapshot(node).status(row["idx"]) is Status.INVALID


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE status_list SET uri = uri || '0'",
        "UPDATE status_list SET capacity = capacity * 2",
        "UPDATE status_list SET changes = changes + 1",
    ],
)
def test_a_list_under_another_address_is_not_signed(issued: Node, statement: str) -> None:
    """Else one list could be shown in the place of another, where somebody was revoked."""
    node = issued
    assert classes.by_hand(node, statement) == 1
    node.clock.now += TTL
    with pytest.raises(Tampered):
        lists.publish(node.runtime)
    with node.runtime.reading() as work:
        with pytest.raises(Tampered):
            lists.published(work, 1)
        with pytest.raises(Tampered):
            lists.places(work, 1)
    assert health(node) == fail("row_altered")
