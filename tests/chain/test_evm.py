"""The contract on a real node, and on nodes that fail, lag, fork or are somebody else's."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger import anchor
from ledger.anchor import Did
from ledger.chain import MAX_ITEMS, AnchorEvent, Chain, Item
from ledger.chains import evm
from ledger.errors import AnchorDivergence, ChainMismatch, ChainRefused, ChainUnavailable
from tests.chain.nodes import ADMIN, KEY, NODE_ID, Deployed, Node, connect
from tests.chain.outbox import Outbox, log_id, root

pytestmark = pytest.mark.component

LOG = log_id(0)
FIRST = Item(LOG, 0, 5, root(0, 5))
STRANGER = bytes(31) + b"\3"


@pytest.fixture
def outbox(sqlite_url: str) -> Iterator[Outbox]:
    made = Outbox(sqlite_url)
    yield made
    made.database.close()


@pytest.fixture
def second(fresh_node: Callable[[], Node]) -> Node:
    """Another node, not started."""
    return fresh_node()


def send(chain: Chain, node: Node, *items: Item) -> AnchorEvent:
    """Anchor the items and return the first one's event."""
    chain.send(chain.prepare(NODE_ID, items, chain.nonce()).raw)
    node.mine()
    event = chain.event(NODE_ID, items[0].log_id, items[0].expect_seq + 1)
    assert event is not None
    return event


def until_sent(outbox: Outbox, chain: Chain) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)
    assert anchor.step(outbox, chain, NODE_ID).did is Did.SIGNED
    assert anchor.step(outbox, chain, NODE_ID).did is Did.SENT


# ---- one node ----


@pytest.mark.parametrize("depth", [1, 2])
def test_a_reorganised_anchor_comes_back(
    node: Node, deployed: Deployed, outbox: Outbox, depth: int
) -> None:
    chain = connect(deployed, node, depth=3)
    until_sent(outbox, chain)
    node.mine()
    node.mine()
    assert anchor.step(outbox, chain, NODE_ID).did is Did.WAITING
    node.rpc("anvil_reorg", depth, [])
    outbox.run(chain, mine=node.mine)
    node.mine()
    node.mine()
    outbox.run(chain, mine=node.mine)
    assert outbox.states() == ["final"]
    assert [event.seq for event in chain.history(NODE_ID, LOG)] == [1]


def test_a_dropped_transaction_is_sent_again(
    node: Node, deployed: Deployed, outbox: Outbox
) -> None:
    chain = connect(deployed, node)
    until_sent(outbox, chain)
    node.rpc("anvil_dropAllTransactions")
    node.mine()
    assert chain.head(NODE_ID, LOG) is None
    outbox.run(chain, mine=node.mine)
    assert outbox.states() == ["final"]
    assert chain.nonce() == 1


def test_a_node_that_hangs_is_unavailable_and_nothing_is_lost(
    node: Node, deployed: Deployed, outbox: Outbox
) -> None:
    chain = connect(deployed, node, timeout_seconds=0.2)
    until_sent(outbox, chain)
    with node.stalled():
        with pytest.raises(ChainUnavailable, match="chain_silent"):
            anchor.step(outbox, chain, NODE_ID)
        with pytest.raises(ChainUnavailable):
            chain.identity()
    outbox.run(connect(deployed, node), mine=node.mine)
    assert outbox.states() == ["final"]


def test_a_node_that_hangs_in_between_is_unavailable(node: Node, deployed: Deployed) -> None:
    chain = connect(deployed, node, timeout_seconds=0.2)
    event = send(chain, node, FIRST)
    with node.stalled():
        with pytest.raises(ChainUnavailable):
            chain.heads(NODE_ID, [LOG])
        with pytest.raises(ChainUnavailable):
            chain.send(b"\1")
        assert not chain.final(event)


def test_what_the_node_says_of_a_transaction_is_ignored(node: Node, deployed: Deployed) -> None:
    connect(deployed, node).send(b"not a transaction")


def test_nobody_there(deployed: Deployed, second: Node) -> None:
    with pytest.raises(ChainUnavailable):
        connect(deployed, second).identity()


def test_history_is_read_page_by_page(
    node: Node, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evm, "PAGE_BLOCKS", 2)
    chain = connect(deployed, node, first_block=1)
    for seq in range(4):
        send(chain, node, Item(LOG, seq, seq + 1, root(0, seq)))
    assert [event.size for event in chain.history(NODE_ID, LOG)] == [1, 2, 3, 4]


def test_deploying_tells_the_block_and_no_look_at_events_goes_before_it(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.rpc("evm_setAutomine", True)
    node.rpc("anvil_mine", "0x3")
    identity, block = evm.deploy(node.url, admin=ADMIN, node_id=NODE_ID, anchorer=evm.address(KEY))
    assert node.rpc("eth_getCode", identity.contract, hex(block - 1)) == "0x"
    assert node.rpc("eth_getCode", identity.contract, hex(block)) != "0x"
    chain = evm.EvmChain([node.url], identity, key=KEY, agreeing=1, first_block=block)
    send(chain, node, Item(LOG, 0, 1, root(0, 0)))
    asked: list[int] = []
    look = chain._logs

    def noted(first: int, last: int, wanted: Any) -> Any:
        asked.append(first)
        return look(first, last, wanted)

    monkeypatch.setattr(chain, "_logs", noted)
    assert [event.size for event in chain.history(NODE_ID, LOG)] == [1]
    assert min(asked) == block


def test_a_block_is_kept_before_it_is_called_final(node: Node, deployed: Deployed) -> None:
    kept: list[int] = []
    chain = connect(deployed, node, keep=kept.append, depth=2)
    event = send(chain, node, FIRST)
    assert not chain.final(event)
    assert kept == []
    node.mine()
    assert chain.final(event)
    assert kept == [event.block_number]


# ---- the contract refuses ----


def test_a_paused_contract_refuses_before_anything_is_signed(
    node: Node, deployed: Deployed
) -> None:
    chain = connect(deployed, node)
    node.administer(deployed, "pause")
    with pytest.raises(ChainRefused, match="chain_paused"):
        chain.prepare(NODE_ID, [FIRST], 0)
    node.administer(deployed, "unpause")
    chain.prepare(NODE_ID, [FIRST], 0)


def test_an_account_without_the_role_is_refused(node: Node, deployed: Deployed) -> None:
    with pytest.raises(ChainRefused, match="chain_role"):
        connect(deployed, node, key=STRANGER).prepare(NODE_ID, [FIRST], 0)


def test_any_other_refusal_is_one_too(node: Node, deployed: Deployed) -> None:
    chain = connect(deployed, node)
    chain.identity()
    node.rpc("anvil_setCode", deployed.identity.contract, "0x60006000fd")
    with pytest.raises(ChainRefused, match="chain_refused"):
        chain.prepare(NODE_ID, [FIRST], 0)


def test_one_poisoned_log_of_four_hundred_is_skipped_by_the_contract(
    node: Node, deployed: Deployed, outbox: Outbox
) -> None:
    chain = connect(deployed, node)
    outbox.grow(*[5] * MAX_ITEMS)
    anchor.plan(outbox, chain)
    assert anchor.step(outbox, chain, NODE_ID).did is Did.SIGNED
    # Another key with the node's role, stolen or misconfigured, is faster with one of the logs.
    thief = connect(deployed, node, key=STRANGER)
    role = node.read(deployed, "roleOf", NODE_ID)
    node.administer(deployed, "grantRole", role, thief.sender)
    send(thief, node, Item(log_id(7), 0, 4, b"x" * 32))
    with pytest.raises(AnchorDivergence):
        anchor.step(outbox, chain, NODE_ID)
    assert outbox.states(7) == ["diverged"]
    assert anchor.step(outbox, chain, NODE_ID).did is Did.SENT  # all four hundred
    node.mine()
    outcome = anchor.step(outbox, chain, NODE_ID)
    assert (outcome.did, outcome.anchors) == (Did.FINALISED, MAX_ITEMS - 1)


# ---- another chain ----


def test_a_chain_with_another_genesis_is_refused(
    deployed: Deployed, second: Node, outbox: Outbox
) -> None:
    second.start(born=1_700_000_000)
    second.rpc("evm_setAutomine", True)
    evm.deploy(second.url, admin=ADMIN, node_id=NODE_ID, anchorer=evm.address(ADMIN))
    outbox.grow(5)
    chain = connect(deployed, second)
    for act in (lambda: anchor.plan(outbox, chain), lambda: anchor.step(outbox, chain, NODE_ID)):
        with pytest.raises(ChainMismatch, match="chain_genesis"):
            act()
    assert outbox.states() == []


def test_a_contract_with_other_code_is_refused(node: Node, deployed: Deployed) -> None:
    node.rpc("anvil_setCode", deployed.identity.contract, "0x00")
    with pytest.raises(ChainMismatch, match="chain_code"):
        connect(deployed, node).identity()


def test_an_address_without_contract_is_refused(deployed: Deployed, second: Node) -> None:
    second.start(deployed.before)
    with pytest.raises(ChainMismatch, match="chain_code"):
        connect(deployed, second).identity()


def test_one_foreign_node_among_ours_is_refused(
    node: Node, deployed: Deployed, second: Node
) -> None:
    second.start(born=1_700_000_000)
    with pytest.raises(ChainMismatch, match="chain_genesis"):
        connect(deployed, node, second).identity()


# ---- several nodes ----


def test_the_highest_node_answers(node: Node, deployed: Deployed, second: Node) -> None:
    event = send(connect(deployed, node), node, FIRST)
    second.start(deployed.state)  # came back without its last block
    for nodes in ((node, second), (second, node)):
        chain = connect(deployed, *nodes)
        assert chain.event(NODE_ID, LOG, 1) == event
        assert chain.final(event)


def test_final_means_that_enough_nodes_hold_the_block(
    node: Node, deployed: Deployed, second: Node, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chain = connect(deployed, node, second, agreeing=2)
    second.start(deployed.state)
    event = send(chain, node, FIRST)
    assert not chain.final(event)
    second.restart(node.dump(tmp_path_factory.mktemp("dump") / "state.json"))
    assert chain.final(event)


def test_nodes_on_two_forks_do_not_add_up(node: Node, deployed: Deployed, second: Node) -> None:
    second.start(deployed.state)
    second.mine()
    chain = connect(deployed, node, second, agreeing=2)
    event = send(connect(deployed, node), node, FIRST)
    chain.identity()
    assert not chain.final(event)


def test_a_node_before_the_contracts_block_lags(
    node: Node, deployed: Deployed, second: Node
) -> None:
    second.start(deployed.before)
    chain = connect(deployed, second, node, agreeing=2)
    event = send(chain, node, FIRST)
    assert not chain.final(event)


def test_a_dead_node_and_a_hanging_one_are_passed_over(
    node: Node, deployed: Deployed, second: Node, fresh_node: Callable[[], Node]
) -> None:
    dead = fresh_node()
    second.start(deployed.state)
    with second.stalled():
        chain = connect(deployed, dead, second, node, timeout_seconds=0.2)
        assert chain.final(send(chain, node, FIRST))


def test_a_node_that_dies_while_it_is_asked_does_not_count(
    node: Node, deployed: Deployed, second: Node
) -> None:
    second.start(deployed.state)
    chain = connect(deployed, node, second)
    event = send(chain, node, FIRST)
    second.kill()
    assert chain.final(event)


# ---- deployment ----


def test_deploying_to_nobody(second: Node) -> None:
    with pytest.raises(ChainUnavailable):
        evm.deploy(second.url, admin=ADMIN, node_id=NODE_ID, anchorer=evm.address(ADMIN))


def test_a_deployment_that_fails_is_refused(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.rpc("evm_setAutomine", True)
    monkeypatch.setattr(evm, "_artifact", lambda: {"abi": [], "bytecode": "0xfe"})
    with pytest.raises(ChainRefused):
        evm.deploy(node.url, admin=STRANGER, node_id=NODE_ID, anchorer=evm.address(ADMIN))
