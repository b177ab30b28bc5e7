"""The audit trail: an event with the act it tells, a chain that shows any change, logged heads."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from ledger import entry, sql_store
from services.audit import queries, trail
from services.platform.errors import Conflict, Tampered
from services.platform.work import Work
from services.registry import integrity
from tests.services.honours import classes
from tests.services.honours.classes import pupils
from tests.services.nodes import Node
from tests.services.registry import registrars


def seal(node: Node) -> int:
    with node.runtime.writing() as work:
        return trail.seal(work)


def publish(node: Node) -> int | None:
    with node.runtime.writing() as work:
        return trail.publish_head(work)


def check(node: Node) -> int:
    with node.runtime.reading() as work:
        return trail.check(work)


def record(node: Node, action: str = "test.act") -> None:
    with node.runtime.writing() as work:
        trail.record(work, actor="opr_test", action=action, object="thing", count=1)


def sealed(node: Node) -> int:
    """Chain all there is and make the head an entry; return the length."""
    seal(node)
    publish(node)
    return check(node)


def test_an_event_is_told_exactly_if_it_happens(node: Node) -> None:
    seal(node)
    with suppress(Conflict), node.runtime.writing() as work:
        trail.record(work, actor="opr_test", action="test.act", object="thing")
        raise Conflict("already_exists")
    assert seal(node) == 0
    record(node)
    assert seal(node) == 1
    assert seal(node) == 0


def test_what_the_honours_do_is_told(node: Node) -> None:
    numbers = classes.issue(node, pupils(1))
    classes.change(node, "revoke", numbers)
    length = sealed(node)
    with node.runtime.reading() as work:
        events = queries.events(work.session, limit=10_000)
    assert len(events) == length
    told = {row["action"] for row in events}
    assert told >= {
        "operator.create",
        "institution.create",
        "institution.accredit",
        "key.make",
        "record.propose",
        "record.publish",
        "programme.create",
        "batch.draft",
        "batch.approve",
        "batch.issued",
        "change.ask.revoke",
        "change.approve.revoke",
    }


def test_heads_are_entries_of_the_registry_log(node: Node) -> None:
    length = sealed(node)
    assert publish(node) is None, "the head has not moved"
    record(node)
    assert publish(node) is None, "only what is chained can be a head"
    seal(node)
    assert publish(node) == length + 1
    with node.runtime.reading() as work:
        head = queries.last_head(work.session)
        assert head is not None
        log = sql_store.open_log(work.session, head["log_origin"])
        logged = entry.decode(log.entry(head["log_index"]))
        assert (logged.kind, logged.issuer) == ("record", "registry")
        assert integrity.check_log(work) == 5  # three records, two heads
    registrars.anchor(node)
    with node.runtime.reading() as work:
        anchored = sql_store.anchored(work.session, head["log_origin"], head["log_index"])
    assert anchored is not None


def test_sealers_take_turns(node: Node) -> None:
    for number in range(30):
        record(node, f"test.{number}")

    def both(_: int) -> int:
        done = seal(node)
        publish(node)
        return done

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(both, range(8)))
    assert done >= 30
    assert check(node) >= 30


SOME = "(SELECT event_id FROM audit_seal WHERE seq = 3)"
BY_HAND = {
    "changed": f"UPDATE audit_event SET actor = 'somebody' WHERE id = {SOME}",
    "changed result": f"UPDATE audit_event SET result = 'ok ' WHERE id = {SOME}",
    "relinked": (
        "UPDATE audit_seal SET mac = (SELECT mac FROM audit_seal WHERE seq = 2) WHERE seq = 3"
    ),
    "reordered": (
        "UPDATE audit_seal SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4)"
    ),
    "link deleted": "DELETE FROM audit_seal WHERE seq = 3",
    "head deleted with the end": (
        "DELETE FROM audit_seal WHERE seq > (SELECT max(seq) - 1 FROM audit_head)"
    ),
    "head changed": "UPDATE audit_head SET log_index = 0",
    "head salted": "UPDATE audit_head SET salt = mac",
    "head beyond the log": "UPDATE audit_head SET log_index = 1000",
    "entry of a head changed": (
        'UPDATE log_entry SET data = substr(data, 2) WHERE log_entry."index"'
        " = (SELECT max(log_index) FROM audit_head)"
    ),
}


@pytest.mark.parametrize("statement", BY_HAND.values(), ids=BY_HAND.keys())
def test_the_chain_shows_what_was_done_by_hand(node: Node, statement: str) -> None:
    sealed(node)
    classes.by_hand(node, statement)
    if "-4" in statement:
        classes.by_hand(node, "UPDATE audit_seal SET seq = -seq WHERE seq < 0")
    with pytest.raises(Tampered):
        check(node)


def test_a_deleted_event_is_missed(sqlite_node: Node) -> None:
    sealed(sqlite_node)
    _without_keys(sqlite_node, f"DELETE FROM audit_event WHERE id = {SOME}")
    with pytest.raises(Tampered):
        check(sqlite_node)


def test_an_inserted_event_is_noticed(node: Node) -> None:
    sealed(node)
    insert = f"""INSERT INTO audit_event
        SELECT 'evt_0', at, actor, action, object, result, detail, mac FROM audit_event
        WHERE id = {SOME}"""
    classes.by_hand(node, insert)
    with pytest.raises(Tampered):
        check(node)
    classes.by_hand(node, "INSERT INTO audit_outbox VALUES ('evt_0')")
    with pytest.raises(Tampered):
        seal(node)


def test_an_event_kept_from_the_sealer_is_noticed(node: Node) -> None:
    sealed(node)
    record(node)
    assert classes.by_hand(node, "DELETE FROM audit_outbox") == 1
    assert seal(node) == 0
    with pytest.raises(Tampered):
        check(node)


def test_what_a_head_covers_cannot_be_cut_off(node: Node) -> None:
    """Chain, head and events of the last acts are gone together: the registry log remembers."""
    sealed(node)
    with node.runtime.reading() as work:
        before = queries.last_head(work.session)
    assert before is not None
    record(node)
    node.clock.now += timedelta(seconds=1)
    sealed(node)
    for statement in (
        "DELETE FROM audit_head WHERE seq > :seq",
        "DELETE FROM audit_seal WHERE seq > :seq",
        "DELETE FROM audit_event WHERE id NOT IN (SELECT event_id FROM audit_seal)",
    ):
        classes.by_hand(node, statement, **({"seq": before["seq"]} if ":seq" in statement else {}))
    assert check(node) == before["seq"], "by itself the shorter chain is whole"
    with node.runtime.reading() as work, pytest.raises(Tampered):
        integrity.check(work)


def test_a_record_taken_away_is_missed(sqlite_node: Node) -> None:
    node = sqlite_node
    with node.runtime.reading() as work:
        integrity.check(work)
    gone = "DELETE FROM issuer_record WHERE institution_id = :school"
    classes.by_hand(node, gone, school=node.ids["school-a"])
    with node.runtime.reading() as work, pytest.raises(Tampered):
        integrity.check(work)


def test_alarms_are_raised_once_and_cleared(node: Node) -> None:
    def alarm(work: Work) -> None:
        trail.raise_alarm(work, "device", "signature_fault")

    for _ in range(2):
        with node.runtime.writing() as work:
            alarm(work)
    with node.runtime.reading() as work:
        assert trail.alarms(work) == [("device", "signature_fault")]
    with node.runtime.writing() as work:
        trail.clear_alarm(work, "device", "signature_fault")
        trail.clear_alarm(work, "device", "signature_fault")
    with node.runtime.reading() as work:
        assert trail.alarms(work) == []
        actions = [row["action"] for row in queries.events(work.session, limit=5)]
    assert actions.count("alarm.raise") == actions.count("alarm.clear") == 1
    with node.runtime.writing() as work:
        alarm(work)
        assert trail.alarms(work) == [("device", "signature_fault")]


def _without_keys(node: Node, statement: str) -> None:
    """Change a SQLite file as a foreign tool does, which knows nothing of foreign keys."""
    with node.runtime.database.engine.connect() as connection:
        for one in ("COMMIT", "PRAGMA foreign_keys=OFF", statement, "PRAGMA foreign_keys=ON"):
            connection.exec_driver_sql(one)
