"""Issuer records: what the registry says, signed by two persons, each after the one before."""

from datetime import timedelta

import pytest

from identity import issuer
from identity.errors import InvalidRecord
from identity.levels import Role
from ledger import entry, sql_store
from services.accounts import operators
from services.accounts.operators import NODE, Operator
from services.evidence import bundle
from services.honours import bundles
from services.platform.errors import Conflict, Refused, Tampered
from services.registry import institutions, queries, records
from tests.services import verifying
from tests.services.honours import classes
from tests.services.honours.classes import pupils
from tests.services.nodes import Node
from tests.services.registry import registrars

REGISTRAR = ((Role.REGISTRAR, NODE),)


def test_a_record_says_what_the_registry_says(node: Node) -> None:
    school = node.ids["school-a"]
    with node.runtime.reading() as work:
        record, row = records.newest(work, school)
    assert (record.id, record.seq, record.previous) == (school, 1, None)
    assert [each.code for each in record.codes] == ["3141000001"]
    registrars.new_key(node, school)
    digest = registrars.record(node, school)
    with node.runtime.reading() as work:
        second, newest = records.newest(work, school)
        known = records.registrar_keys(work)
        log = sql_store.open_log(work.session, newest["log_origin"])
        logged = entry.decode(log.entry(newest["log_index"]))
    assert (second.seq, second.previous, newest["digest"]) == (2, row["digest"], digest)
    assert len(second.keys) == 2
    assert issuer.verify(records.document(newest), known, 2) == second
    assert logged.kind == "record"
    assert logged.digest == bundle.record_digest(digest, newest["salt"])


def test_an_unchanged_record_is_not_published(sqlite_node: Node) -> None:
    with pytest.raises(Conflict, match="record_unchanged"):
        registrars.propose(sqlite_node, sqlite_node.ids["school-a"])


def test_one_draft_at_a_time(sqlite_node: Node) -> None:
    node = sqlite_node
    school = node.ids["school-a"]
    with pytest.raises(Conflict, match="record_draft_missing"):
        registrars.publish(node, school)
    registrars.new_key(node, school)
    registrars.propose(node, school)
    with pytest.raises(Conflict, match="record_waiting"):
        registrars.propose(node, school, "registrar-2")
    with node.runtime.writing() as work:
        with pytest.raises(Refused, match="role_missing"):
            records.discard(work, node.operator("auditor"), school)
        records.discard(work, node.operator("registrar-2"), school)
    with node.runtime.writing() as work, pytest.raises(Conflict, match="record_draft_missing"):
        records.discard(work, node.operator("registrar-2"), school)
    registrars.record(node, school)


def test_nobody_signs_twice(sqlite_node: Node) -> None:
    node = sqlite_node
    registrars.new_key(node, node.ids["school-a"])
    registrars.propose(node, node.ids["school-a"])
    with pytest.raises(Refused, match="record_same_person"):
        registrars.publish(node, node.ids["school-a"], "registrar-1")


@pytest.fixture
def again(sqlite_node: Node, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """A second account of a registrar, as if it had been let pass."""
    monkeypatch.setattr(operators, "_registrars", lambda _work: set())
    return sqlite_node.add_operator("registrar-1-again", *REGISTRAR, number="DEMO-0000")


@pytest.mark.usefixtures("again")
def test_a_second_account_is_no_second_person(sqlite_node: Node) -> None:
    node = sqlite_node
    registrars.new_key(node, node.ids["school-a"])
    registrars.propose(node, node.ids["school-a"])
    with pytest.raises(Refused, match="record_same_person"):
        registrars.publish(node, node.ids["school-a"], "registrar-1-again")


def test_a_second_account_is_found_by_its_signature(sqlite_node: Node, again: Operator) -> None:
    """Whoever writes another registrar into the draft's row is not believed."""
    node = sqlite_node
    registrars.new_key(node, node.ids["school-a"])
    registrars.propose(node, node.ids["school-a"])
    assert again.edu_id == node.operator("registrar-1").edu_id
    other = node.operator("registrar-2").id
    classes.by_hand(node, "UPDATE record_draft SET registrar = :other", other=other)
    with pytest.raises(Refused, match="record_same_person"):
        registrars.publish(node, node.ids["school-a"], "registrar-1-again")


def test_only_registrars_sign(sqlite_node: Node) -> None:
    node = sqlite_node
    school = node.ids["school-a"]
    registrars.new_key(node, school)
    key = registrars.opened(node, "registrar-1")
    for login in ("auditor", "school-a-approver"):
        with pytest.raises(Refused, match="role_missing"):
            records.propose(node.runtime, node.operator(login), school, key)
    registrars.propose(node, school)
    for login in ("auditor", "school-a-approver"):
        with pytest.raises(Refused, match="role_missing"):
            records.publish(node.runtime, node.operator(login), school, key)


def test_a_registrar_who_left_meanwhile_does_not_count(sqlite_node: Node) -> None:
    node = sqlite_node
    school = node.ids["school-a"]
    node.add_operator("registrar-3", *REGISTRAR)
    registrars.new_key(node, school)
    registrars.propose(node, school, "registrar-3")
    with node.runtime.writing() as work:
        gone = node.operator("registrar-3").id
        operators.withdraw(work, node.operator("registrar-1"), gone, Role.REGISTRAR, NODE)
    with pytest.raises(Refused, match="role_missing"):
        registrars.publish(node, school)


def test_what_the_registry_overtook_is_proposed_again(sqlite_node: Node) -> None:
    node = sqlite_node
    school = node.ids["school-a"]
    registrars.new_key(node, school)
    registrars.propose(node, school)
    with node.runtime.writing() as work:
        institutions.recode(work, node.operator("registrar-1"), school, "3441000001")
    with pytest.raises(Conflict, match="record_draft_outdated"):
        registrars.publish(node, school)
    with node.runtime.writing() as work:
        records.discard(work, node.operator("registrar-1"), school)
    registrars.record(node, school)


@pytest.mark.parametrize("column", ["payload", "signature"])
def test_a_draft_changed_by_hand_is_not_published(sqlite_node: Node, column: str) -> None:
    node = sqlite_node
    school = node.ids["school-a"]
    registrars.new_key(node, school)
    registrars.propose(node, school)
    old, new = ("明德", "名得") if column == "payload" else ('"A', '"B')
    change = f"UPDATE record_draft SET {column} = replace({column}, :old, :new)"
    if column == "signature":
        old, new = _first_letter(node, school)
    classes.by_hand(node, change, old=old, new=new)
    with pytest.raises((InvalidRecord, Conflict)):
        registrars.publish(node, school)
    with node.runtime.reading() as work:
        record, _ = records.newest(work, school)
    assert record.seq == 1


def _first_letter(node: Node, school: str) -> tuple[str, str]:
    with node.runtime.reading() as work:
        draft = queries.draft(work.session, school)
        assert draft is not None
    start = draft["signature"].index('"signature":"') + len('"signature":"')
    old = draft["signature"][start - 1 : start + 8]
    return old, '"' + ("B" if old[1] != "B" else "C") + old[2:]


def test_registrar_keys_written_by_hand(sqlite_node: Node) -> None:
    node = sqlite_node
    registrars.new_key(node, node.ids["school-a"])
    registrars.propose(node, node.ids["school-a"])
    key, actor = registrars.opened(node, "registrar-2"), node.operator("registrar-2")
    classes.by_hand(node, "UPDATE operator_key SET version = 2 WHERE use = 'registrar'")
    with pytest.raises(Tampered):
        records.publish(node.runtime, actor, node.ids["school-a"], key)


def test_a_school_without_a_record_waits(sqlite_node: Node) -> None:
    node = sqlite_node
    classes.by_hand(node, "DELETE FROM issuer_record")
    with node.runtime.reading() as work, pytest.raises(Conflict, match="record_missing"):
        records.newest(work, node.ids["school-a"])


def test_the_chain_of_records_does_not_fork(node: Node) -> None:
    school = node.ids["school-a"]
    for _ in range(3):
        node.clock.now += timedelta(seconds=1)
        registrars.new_key(node, school)
        registrars.record(node, school)
    registrars.anchor(node)
    with node.runtime.reading() as work:
        rows = queries.records(work.session, school)
        found = [issuer.open_record(records.document(row))[0] for row in rows]
    assert [each.seq for each in found] == [4, 3, 2, 1]
    numbers = classes.issue(node, pupils(1))
    verdict = verifying.online(node, bundles.of_number(node.runtime, numbers[0]))
    assert verdict.result.value == "valid"
