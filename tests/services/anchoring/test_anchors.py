"""Anchoring rounds: the outbox driven to the end, receipts, alarms that come and go."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from crypto import canonical
from ledger import sql_store
from ledger.chain import Chain, ChainIdentity, Item
from ledger.chains.fake import FakeChain
from ledger.checkpoint import log_id, node_id
from ledger.errors import AnchorDivergence, ChainRefused, ChainUnavailable
from services.anchoring import anchors, checkpoints
from services.anchoring.anchors import CHAIN, DIVERGENCE
from services.audit import trail
from services.platform.health import OK, State
from tests.services.honours import classes, working
from tests.services.honours.classes import pupils
from tests.services.nodes import Node


class Fake(FakeChain):
    """The chain that misbehaves, under a name that a receipt can state."""

    def identity(self) -> ChainIdentity:
        return replace(super().identity(), id="eip155:31337", driver="evm")


@pytest.fixture
def chain(noon: datetime) -> Fake:
    return Fake(noon)


@pytest.fixture
def fresh(node: Node) -> Node:
    """A node that has anchored nowhere yet, with a certificate that waits for it."""
    classes.approved(node, pupils(1))
    working.finish(node.runtime, working.claimed(node.runtime))
    for table in ("anchor", "anchor_tx"):
        classes.by_hand(node, f"DELETE FROM {table}")
    return node


def origin(node: Node) -> str:
    return f"{node.runtime.settings.node_name}/log/{node.ids['school-a']}/2026"


def alarms(node: Node) -> list[tuple[str, str]]:
    with node.runtime.reading() as work:
        return trail.alarms(work)


def receipt(node: Node) -> dict[str, Any] | None:
    """Return the sealed receipt over the school's log."""
    with node.runtime.reading() as work:
        anchored = sql_store.anchored(work.session, origin(node), 0)
    if anchored is None or anchored.receipt is None:
        return None
    read: Any = canonical.loads(anchored.receipt.encode())
    return dict(read)


def until_done(node: Node, chain: Chain) -> None:
    waiting, rounds = True, 0
    while waiting:
        done = anchors.round_(node.runtime, chain)
        waiting = done.waiting or bool(done.checkpoints or done.finalised)
        rounds += 1
        assert rounds < 20


def test_rounds_take_heads_to_the_chain_and_sign_receipts(fresh: Node, chain: Fake) -> None:
    node = fresh
    until_done(node, chain)
    assert receipt(node) is not None
    with node.runtime.reading() as work:
        anchored = sql_store.anchored(work.session, origin(node), 1)
    head = chain.head(node_id(node.runtime.settings.node_name), log_id(origin(node)))
    assert anchored is not None
    assert head is not None
    assert (head.seq, head.size) == (anchored.seq, anchored.size) == (1, 2)
    assert anchors.health(node.runtime, chain) == OK
    assert alarms(node) == []
    assert anchors.round_(node.runtime, chain) == anchors.Round(0, 0, 0, 0, False)


def test_nothing_is_receipted_before_it_is_final(fresh: Node, noon: datetime) -> None:
    node, chain = fresh, Fake(noon, depth=3)
    for _ in range(4):
        assert anchors.round_(node.runtime, chain).waiting
    assert receipt(node) is None
    for _ in range(2):
        chain.mine()
    until_done(node, chain)
    assert receipt(node) is not None


def test_a_silent_chain_is_an_alarm_until_it_speaks(fresh: Node, chain: Fake) -> None:
    node = fresh
    chain.stalled = True
    for _ in range(2):
        with pytest.raises(ChainUnavailable):
            anchors.round_(node.runtime, chain)
    assert alarms(node) == [(CHAIN, "chain_silent")]
    health = anchors.health(node.runtime, chain)
    assert (health.state, health.reason) == (State.UNKNOWN, "chain_silent")
    with node.runtime.reading() as work:  # signed all the same: the chain is not needed for that
        assert checkpoints.newest(work, origin(node))[0].size == 2
    chain.stalled = False
    until_done(node, chain)
    assert alarms(node) == []
    assert receipt(node) is not None


def test_a_paused_contract_is_an_alarm(fresh: Node, chain: Fake) -> None:
    chain.paused = True
    with pytest.raises(ChainRefused):
        anchors.round_(fresh.runtime, chain)
    assert alarms(fresh) == [(CHAIN, "chain_paused")]
    chain.paused = False
    until_done(fresh, chain)
    assert alarms(fresh) == []


def test_a_head_that_is_not_ours_stops_the_log(fresh: Node, chain: Fake) -> None:
    node = fresh
    identity = node_id(node.runtime.settings.node_name)
    foreign = Item(log_id(origin(node)), 0, 1, bytes(range(32)))
    chain.send(chain.prepare(identity, [foreign], 0).raw)
    with pytest.raises(AnchorDivergence):
        until_done(node, chain)
    assert [kind for kind, _ in alarms(node)] == [DIVERGENCE]
    health = anchors.health(node.runtime, chain)
    assert (health.state, health.reason) == (State.FAIL, DIVERGENCE)
    until_done(node, chain)
    assert receipt(node) is None, "the log stands"
    with node.runtime.reading() as work:
        registry = sql_store.anchored(
            work.session, origin(node).replace(node.ids["school-a"], "registry"), 0
        )
    assert registry is not None, "the others go on"
    assert [kind for kind, _ in alarms(node)] == [DIVERGENCE], "no round clears this alarm"
