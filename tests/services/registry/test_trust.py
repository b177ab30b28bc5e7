"""The trust list: proposed from what the registry holds, signed by two operators, published."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crypto import canonical, pkcs8, sm2
from crypto.errors import InvalidEncoding
from crypto.keys import PrivateKey
from crypto.provider import Use
from identity import trust_list
from identity.errors import InvalidTrust
from identity.trust_nodes import Title
from services import demo
from services.platform.errors import Conflict, NotFound, Refused, Tampered
from services.registry import keys, trust
from services.registry.trust import Wishes
from tests.services.honours import classes
from tests.services.nodes import Node

Sign = Callable[[PrivateKey], bool]


def folder(node: Node) -> Path:
    return node.runtime.settings.trust_folder


def operators(node: Node) -> list[PrivateKey]:
    paths = [node.runtime.settings.home / "demo" / f"{name}.pem" for name in demo.OPERATORS]
    return [pkcs8.load(path.read_text("utf-8")) for path in paths]


def wishes(node: Node) -> Wishes:
    return Wishes(
        title=Title(zh="可信演示节点", en="Kexin demo node"),
        chain=node.chain.identity(),
        chain_title=Title(zh="本机记录（无外部见证）", en="local table, no outside witness"),
        assurance="demo",
        minimum="local",
        url=trust.published_url(folder(node)) or node.runtime.settings.url,
    )


def propose(node: Node) -> trust_list.TrustList:
    with node.runtime.reading() as work:
        return trust.propose(work, folder(node), wishes(node))


def sign(node: Node, key: PrivateKey) -> bool:
    return trust.sign(
        folder(node), key.public, lambda message: sm2.sign(key, message), now=node.clock.now
    )


def test_two_of_three_publish(sqlite_node: Node) -> None:
    node = sqlite_node
    before = trust.published(folder(node))
    assert before is not None
    node.clock.now += timedelta(minutes=1)
    proposed = propose(node)
    assert (proposed.seq, proposed.issued_at) == (before.seq + 1, node.clock.now)
    one, _, three = operators(node)
    assert not sign(node, three)
    assert trust.published(folder(node)) == before
    assert sign(node, one)
    assert trust.published(folder(node)) == proposed
    document = canonical.loads((folder(node) / trust.LIST).read_bytes())
    assert trust_list.open(document, node.root, now=node.clock.now, seen=None) == proposed
    assert (folder(node) / f"list-{proposed.seq}.json").exists()
    with pytest.raises(NotFound, match="trust_proposal_missing"):
        sign(node, one)


def test_one_operator_is_not_two(sqlite_node: Node) -> None:
    node = sqlite_node
    propose(node)
    one = operators(node)[0]
    assert not sign(node, one)
    with pytest.raises((InvalidTrust, InvalidEncoding)):
        sign(node, one)
    assert sign(node, operators(node)[1])


@pytest.mark.parametrize("signed_before", [False, True])
def test_a_stranger_signs_nothing(sqlite_node: Node, signed_before: bool) -> None:
    node = sqlite_node
    propose(node)
    one, two, _ = operators(node)
    if signed_before:
        sign(node, one)
    before = (folder(node) / trust.PROPOSAL).read_bytes()
    with pytest.raises(Refused, match="trust_key_unknown"):
        sign(node, sm2.generate())
    assert (folder(node) / trust.PROPOSAL).read_bytes() == before
    assert sign(node, two) is signed_before


def test_what_was_signed_first_is_what_is_published(sqlite_node: Node) -> None:
    node = sqlite_node
    propose(node)
    one, two, _ = operators(node)
    sign(node, one)
    path = folder(node) / trust.PROPOSAL
    path.write_bytes(path.read_bytes().replace(b'"registrars":2', b'"registrars":3'))
    with pytest.raises(InvalidTrust):
        sign(node, two)
    path.write_bytes(b"{}")
    with pytest.raises(NotFound, match="trust_proposal_missing"):
        sign(node, two)


def test_a_root_is_made_once(sqlite_node: Node) -> None:
    node = sqlite_node
    public = [key.public for key in operators(node)]
    with pytest.raises(Conflict, match="trust_root_exists"):
        trust.make_root(folder(node), name="another", keys=public, now=node.clock.now)
    (folder(node) / trust.ROOT).unlink()
    with pytest.raises(NotFound, match="trust_root_missing"):
        propose(node)


def test_a_list_is_signed_again_for_news_and_after_a_month(sqlite_node: Node) -> None:
    node = sqlite_node

    def unchanged() -> bool:
        with node.runtime.reading() as work:
            return trust.unchanged(work, folder(node), wishes(node))

    assert unchanged()
    assert trust.due(folder(node), node.clock.now) is None
    node.clock.now += trust.RESIGN
    assert not unchanged()
    assert trust.due(folder(node), node.clock.now) == 2
    demo.ensure_trust(node.runtime, node.chain)
    assert unchanged()
    with node.runtime.writing() as work:
        old = keys.node_ref(work, Use.STATUS)
        keys.retire_node_key(work, node.operator("registrar-1"), old.kid)
    assert not unchanged()
    listed = propose(node).nodes[0].keys
    assert [each.use for each in listed].count("status") == 2


def test_before_the_first_list(sqlite_node: Node) -> None:
    node = sqlite_node
    for path in folder(node).glob("list*.json"):
        path.unlink()
    assert trust.newest(folder(node)) is None
    assert trust.published_url(folder(node)) is None
    with node.runtime.reading() as work:
        assert not trust.unchanged(work, folder(node), replace(wishes(node), url="http://a.test"))
    assert propose(node).seq == 1


@pytest.mark.parametrize("table", ["operator_key", "node_key"])
def test_keys_written_by_hand_are_not_proposed(sqlite_node: Node, table: str) -> None:
    classes.by_hand(sqlite_node, f"UPDATE {table} SET version = version + 1")
    with pytest.raises(Tampered):
        propose(sqlite_node)
