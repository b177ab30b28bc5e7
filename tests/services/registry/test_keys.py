"""Keys over time: made, named by a record, retired when all they signed is anchored."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crypto.provider import KeyRef, Use
from services.honours import bundles
from services.platform.errors import Conflict, NotFound, Refused, Tampered
from services.platform.work import Runtime
from services.registry import institutions, integrity, keys
from tests.services import verifying
from tests.services.honours import classes, working
from tests.services.honours.classes import pupils
from tests.services.nodes import Node
from tests.services.registry import registrars


def active(node: Node) -> list[KeyRef]:
    with node.runtime.reading() as work:
        return keys.active_issuer_refs(work, node.ids["school-a"])


def test_a_key_with_a_pending_anchor_does_not_retire(node: Node) -> None:
    classes.approved(node, pupils(2))
    working.finish(node.runtime, working.claimed(node.runtime))
    [old] = active(node)
    with pytest.raises(Conflict, match="key_has_pending") as caught:
        registrars.retire(node, old.kid)
    origin = f"{node.runtime.settings.node_name}/log/{node.ids['school-a']}/2026"
    named = str(caught.value.params["entries"])
    assert named == ", ".join(f"{origin}#{index}" for index in range(3))
    registrars.anchor(node)
    registrars.retire(node, old.kid)
    assert active(node) == []
    with pytest.raises(Conflict, match="key_not_active"):
        registrars.retire(node, old.kid)
    with pytest.raises(NotFound, match="key_unknown"):
        registrars.retire(node, "no such key")


def test_the_newest_key_comes_first(node: Node) -> None:
    [old] = active(node)
    node.clock.now += timedelta(seconds=1)
    kid = registrars.new_key(node, node.ids["school-a"])
    assert [ref.kid for ref in active(node)] == [kid, old.kid]


def test_only_a_registrar_has_to_do_with_keys(sqlite_node: Node) -> None:
    node = sqlite_node
    [old] = active(node)
    actor = node.operator("school-a-approver")
    with node.runtime.writing() as work:
        with pytest.raises(Refused, match="role_missing"):
            keys.make_issuer_key(work, actor, node.ids["school-a"])
        with pytest.raises(Refused, match="role_missing"):
            keys.retire_issuer_key(work, actor, old.kid)
        with pytest.raises(Refused, match="role_missing"):
            keys.retire_node_key(work, actor, old.kid)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE institution_key SET state = 'retired'",
        "UPDATE institution_key SET institution_id = :school",
        "DELETE FROM institution_key WHERE institution_id = :school",
        "UPDATE institution SET keys_version = keys_version - 1",
    ],
)
def test_keys_written_by_hand(sqlite_node: Node, statement: str) -> None:
    node = sqlite_node
    school = node.ids["school-a"]
    classes.by_hand(node, statement, **({"school": school} if ":school" in statement else {}))
    with pytest.raises(Tampered):
        active(node)
    with pytest.raises(Tampered):
        registrars.new_key(node, school)


def test_two_keys_at_once_are_both_there(node: Node) -> None:
    school = node.ids["school-a"]
    with ThreadPoolExecutor(3) as pool:
        made = set(pool.map(lambda _: registrars.new_key(node, school), range(3)))
    assert made < {ref.kid for ref in active(node)}


def node_key(node: Node, use: Use) -> KeyRef:
    with node.runtime.reading() as work:
        return keys.node_ref(work, use)


@pytest.mark.parametrize("use", [Use.LOG, Use.RECEIPT, Use.STATUS])
def test_a_node_key_is_replaced_and_old_bundles_verify(node: Node, use: Use) -> None:
    numbers = classes.issue(node, pupils(1))
    before = bundles.of_number(node.runtime, numbers[0])
    old = node_key(node, use)
    with node.runtime.writing() as work:
        kid = keys.retire_node_key(work, node.operator("registrar-1"), old.kid)
    assert node_key(node, use).kid == kid != old.kid
    node.clock.now += timedelta(seconds=2)
    registrars.trust(node)
    numbers += classes.issue(node, pupils(1, first=1))
    for data in (before, *(bundles.of_number(node.runtime, number) for number in numbers)):
        verdict = verifying.offline(node, data)
        assert verdict.result.value == "valid", verifying.reasons(verdict)


def test_a_node_key_with_anything_pending_stays(sqlite_node: Node) -> None:
    node = sqlite_node
    classes.approved(node, pupils(1))
    with node.runtime.writing() as work:
        actor, old = node.operator("registrar-1"), keys.node_ref(work, Use.LOG)
        with pytest.raises(Conflict, match="key_has_pending"):
            keys.retire_node_key(work, actor, old.kid)
        with pytest.raises(NotFound, match="key_unknown"):
            keys.retire_node_key(work, actor, "no such key")


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE node_key SET use = 'status' WHERE use = 'log'"],
        ["DELETE FROM node_key WHERE use = 'document'"],
        ["UPDATE node_set SET version = version - 1"],
        ["DELETE FROM node_set"],
        ["DELETE FROM node_set", "DELETE FROM node_key"],
    ],
)
def test_node_keys_written_by_hand(node: Node, statements: list[str]) -> None:
    for statement in statements:
        assert classes.by_hand(node, statement)
    with pytest.raises(Tampered):
        node_key(node, Use.STATUS)
    with node.runtime.writing() as work:
        with pytest.raises(Tampered):
            keys.ensure_node_keys(work)
        with pytest.raises(Tampered):
            keys.retire_node_key(work, node.operator("registrar-1"), "any")
        with pytest.raises(Tampered):
            integrity.check(work)


def test_a_new_node_makes_its_keys_once(runtime: Runtime) -> None:
    with runtime.writing() as work:
        with pytest.raises(Conflict, match="node_key_missing"):
            keys.node_ref(work, Use.DOCUMENT)
        keys.ensure_node_keys(work)
        made = keys.node_keys(work)
        keys.ensure_node_keys(work)
        assert keys.node_keys(work) == made
    assert {row["use"] for row in made} == set(keys.NODE_USES)


def test_an_institution_must_be_there(sqlite_node: Node) -> None:
    with sqlite_node.runtime.reading() as work, pytest.raises(NotFound):
        institutions.load(work, "inst_41AAAAAAAAAAAAAAAA")
