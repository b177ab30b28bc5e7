"""The outbox over a chain that behaves, and one that does not."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, insert, update

from ledger import anchor, evidence, queries
from ledger.anchor import Did
from ledger.chain import MAX_ITEMS, MAX_STEP, AnchorEvent, Item
from ledger.chains.fake import FakeChain
from ledger.errors import AnchorDivergence, ChainMismatch, ChainRefused, ChainUnavailable
from ledger.tables import ANCHOR, ANCHOR_TX
from tests.chain.nodes import NODE, NODE_ID
from tests.chain.outbox import Outbox, log_id, log_key, origin, root
from tests.conftest import NOON


@pytest.fixture
def outbox(database_url: str) -> Iterator[Outbox]:
    made = Outbox(database_url)
    yield made
    made.database.close()


@pytest.fixture
def chain() -> FakeChain:
    """A chain that mines when told to, two blocks deep to be final."""
    return FakeChain(NOON, depth=2, automine=False)


def in_order(chain: FakeChain, number: int = 0) -> list[tuple[int, int]]:
    return [(event.seq, event.size) for event in chain.history(NODE_ID, log_id(number))]


def step(outbox: Outbox, chain: FakeChain) -> Did:
    return anchor.step(outbox, chain, NODE_ID).did


def mine_twice(chain: FakeChain) -> Callable[[], None]:
    def mine() -> None:
        chain.mine()
        chain.mine()

    return mine


def test_an_anchor_goes_its_way(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    assert anchor.plan(outbox, chain) == 1
    assert outbox.states() == ["planned"]
    assert step(outbox, chain) is Did.SIGNED
    assert outbox.states() == ["signed"]
    assert in_order(chain) == []
    assert step(outbox, chain) is Did.SENT
    chain.mine()
    assert step(outbox, chain) is Did.WAITING
    assert outbox.states() == ["signed"]
    chain.mine()
    assert step(outbox, chain) is Did.FINALISED
    assert outbox.states() == ["final"]
    assert step(outbox, chain) is Did.NOTHING
    assert in_order(chain) == [(1, 5)]


def test_a_chain_that_mines_at_once_settles_all_in_one_go(outbox: Outbox) -> None:
    outbox.grow(5, 6)
    assert outbox.run(FakeChain(NOON)).did is Did.NOTHING
    assert outbox.states(0) == outbox.states(1) == ["final"]


def test_only_what_grew_is_planned_and_once(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5, 6, 7)
    assert anchor.plan(outbox, chain) == 3
    assert anchor.plan(outbox, chain) == 0
    outbox.run(chain, mine=mine_twice(chain))
    assert anchor.plan(outbox, chain) == 0
    outbox.grow(9, first=1)
    assert anchor.plan(outbox, chain) == 1
    outbox.run(chain, mine=mine_twice(chain))
    assert in_order(chain, 1) == [(1, 6), (2, 9)]
    assert in_order(chain, 2) == [(1, 7)]


def test_a_log_that_grows_in_flight_waits_for_its_next_anchor(
    outbox: Outbox, chain: FakeChain
) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)
    outbox.grow(8)
    outbox.grow(9)
    outbox.run(chain, mine=mine_twice(chain))
    outbox.run(chain, mine=mine_twice(chain))
    assert in_order(chain) == [(1, 5), (2, 9)]


def test_a_log_that_grew_by_more_than_a_step_takes_the_checkpoint_in_between(
    outbox: Outbox, chain: FakeChain
) -> None:
    outbox.grow(10)
    outbox.grow(MAX_STEP)
    outbox.grow(MAX_STEP + 10)
    outbox.run(chain, mine=mine_twice(chain))
    outbox.run(chain, mine=mine_twice(chain))
    assert in_order(chain) == [(1, MAX_STEP), (2, MAX_STEP + 10)]


def test_a_log_without_a_checkpoint_within_a_step_is_not_planned(
    outbox: Outbox, chain: FakeChain
) -> None:
    outbox.grow(MAX_STEP + 1)
    assert anchor.plan(outbox, chain) == 0


def test_more_logs_than_a_transaction_takes(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(*[3] * (MAX_ITEMS + 1))
    outbox.run(chain, mine=mine_twice(chain))
    assert chain.nonce() == 2
    assert {state for n in range(MAX_ITEMS + 1) for state in outbox.states(n)} == {"final"}


def test_no_more_is_looked_at_than_asked(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(3, 3, 3)
    assert anchor.plan(outbox, chain, limit=2) == 2
    assert anchor.step(outbox, chain, NODE_ID, limit=1).anchors == 1


def test_a_poisoned_log_of_four_hundred_stops_alone(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(*[3] * MAX_ITEMS)
    anchor.plan(outbox, chain)
    batch = [Item(log_id(n), 0, 3, root(n, 3)) for n in range(MAX_ITEMS)]
    for nonce, items in enumerate(([Item(log_id(7), 0, 2, b"x" * 32)], batch)):
        chain.send(chain.prepare(NODE_ID, items, nonce).raw)
    mine_twice(chain)()
    with pytest.raises(AnchorDivergence) as caught:
        step(outbox, chain)
    assert caught.value.params["logs"] == 1
    assert caught.value.params["log_id"] == log_id(7).hex()
    assert outbox.states(7) == ["diverged"]
    assert step(outbox, chain) is Did.FINALISED
    assert [outbox.states(n) for n in range(MAX_ITEMS) if n != 7] == [["final"]] * 399


def test_a_dropped_transaction_is_sent_again_byte_for_byte(
    outbox: Outbox, chain: FakeChain
) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)
    step(outbox, chain)
    step(outbox, chain)
    chain.drop()
    chain.mine()
    assert chain.nonce() == 0
    outbox.run(chain, mine=mine_twice(chain))
    assert outbox.states() == ["final"]
    assert chain.nonce() == 1


@pytest.mark.parametrize("depth", [1, 2])
def test_a_reorganisation_takes_nothing_away_for_long(
    outbox: Outbox, chain: FakeChain, depth: int
) -> None:
    chain.depth = 3
    outbox.grow(5)
    anchor.plan(outbox, chain)
    step(outbox, chain)
    step(outbox, chain)
    chain.mine()
    chain.mine()
    assert step(outbox, chain) is Did.WAITING
    chain.reorg(depth)
    chain.mine()
    outbox.run(chain, mine=chain.mine)
    chain.mine()
    chain.mine()
    outbox.run(chain)
    assert outbox.states() == ["final"]
    assert in_order(chain) == [(1, 5)]


def test_a_final_anchor_that_the_chain_lost_comes_back(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    outbox.run(chain, mine=mine_twice(chain))
    chain.reorg(2)
    outbox.grow(8)
    anchor.plan(outbox, chain)
    outcome = anchor.step(outbox, chain, NODE_ID)
    assert (outcome.did, outcome.behind) == (Did.SENT, 1)
    chain.mine()
    outbox.run(chain, mine=mine_twice(chain))
    assert in_order(chain) == [(1, 5), (2, 8)]
    assert outbox.states() == ["final", "final"]


def test_a_node_that_lags_is_waited_for(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    outbox.run(chain, mine=mine_twice(chain))
    with outbox.writing() as unit:  # nothing to send again: the transaction is not ours any more
        unit.session.execute(update(ANCHOR).values(tx_id=None))
        unit.session.execute(delete(ANCHOR_TX))
    outbox.grow(8)
    anchor.plan(outbox, chain)
    chain.hidden = 2
    outcome = anchor.step(outbox, chain, NODE_ID)
    assert (outcome.did, outcome.behind) == (Did.WAITING, 1)
    chain.hidden = 0
    outbox.run(chain, mine=mine_twice(chain))
    assert in_order(chain) == [(1, 5), (2, 8)]


def test_a_chain_that_is_silent_changes_nothing(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)
    chain.stalled = True
    with pytest.raises(ChainUnavailable):
        step(outbox, chain)
    assert outbox.states() == ["planned"]
    chain.stalled = False
    outbox.run(chain, mine=mine_twice(chain))
    assert outbox.states() == ["final"]


def test_a_paused_contract_keeps_anchors_planned(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)
    chain.paused = True
    for _ in range(3):
        with pytest.raises(ChainRefused, match="chain_paused"):
            step(outbox, chain)
    assert outbox.states() == ["planned"]
    chain.paused = False
    outbox.run(chain, mine=mine_twice(chain))
    assert outbox.states() == ["final"]


def test_a_transaction_that_reverted_is_signed_again(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)
    step(outbox, chain)
    step(outbox, chain)
    chain.paused = True
    chain.mine()  # the transaction is executed, and refused
    chain.paused = False
    outbox.run(chain, mine=mine_twice(chain))
    assert outbox.states() == ["final"]
    assert chain.nonce() == 2


def test_a_gap_before_our_transaction_is_filled(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)
    stranger = chain.prepare(NODE_ID, [], 0)
    chain.send(stranger.raw)
    chain.mine()
    step(outbox, chain)  # signed for nonce 1
    chain.reorg(1)  # and nonce 0 is free again, its transaction gone
    outbox.run(chain, mine=mine_twice(chain))
    assert outbox.states() == ["final"]
    assert in_order(chain) == [(1, 5)]


def test_two_workers_do_no_harm(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)

    class Rival(FakeChain):
        """A chain during whose `prepare` the other worker signs."""

        def prepare(self, *args: object) -> object:  # type: ignore[override]
            step(outbox, chain)
            return chain.prepare(*args)  # type: ignore[arg-type]

    assert step(outbox, Rival(NOON)) is Did.WAITING
    outbox.run(chain, mine=mine_twice(chain))
    assert outbox.states() == ["final"]
    assert chain.nonce() == 1


def test_an_old_view_raises_no_alarm(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)

    class Rival(FakeChain):
        """A chain during whose `nonce` the other worker finishes and goes on."""

        def nonce(self) -> int:
            outbox.run(chain, mine=mine_twice(chain))
            outbox.grow(8)
            outbox.run(chain, mine=mine_twice(chain))
            return chain.nonce()

        def heads(self, *args: object) -> object:  # type: ignore[override]
            return chain.heads(*args)  # type: ignore[arg-type]

    assert step(outbox, Rival(NOON)) is Did.WAITING
    assert outbox.states() == ["final", "final"]


def divergent(outbox: Outbox, chain: FakeChain, *items: Item) -> None:
    """Let somebody else anchor these."""
    chain.send(chain.prepare(NODE_ID, items, chain.nonce()).raw)
    mine_twice(chain)()


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([Item(log_id(), 1, 8, b"x" * 32)], id="our number with another root"),
        pytest.param([Item(log_id(), 1, 9, root(0, 8))], id="our number with another size"),
        pytest.param(
            [Item(log_id(), 1, 8, root(0, 8)), Item(log_id(), 2, 9, b"x" * 32)],
            id="a number beyond ours",
        ),
    ],
)
def test_another_head_than_ours_stops_the_log_and_alarms_once(
    outbox: Outbox, chain: FakeChain, items: list[Item]
) -> None:
    outbox.grow(5)
    outbox.run(chain, mine=mine_twice(chain))
    outbox.grow(8)
    anchor.plan(outbox, chain)
    divergent(outbox, chain, *items)
    with pytest.raises(AnchorDivergence) as caught:
        step(outbox, chain)
    assert caught.value.code == "anchor_divergence"
    assert caught.value.params["seq"] == 2
    assert step(outbox, chain) is Did.NOTHING
    assert anchor.plan(outbox, chain) == 0
    with outbox.reading() as unit:
        assert queries.diverged(unit.session) == {origin(0): 2}


def test_another_head_before_ours_stops_the_log_too(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    outbox.run(chain, mine=mine_twice(chain))
    chain.reorg(2)
    divergent(outbox, chain, Item(log_id(), 0, 4, b"x" * 32))
    outbox.grow(8)
    anchor.plan(outbox, chain)
    with pytest.raises(AnchorDivergence) as caught:
        step(outbox, chain)
    assert caught.value.params["chain_size"] == 4


def test_the_same_head_by_another_transaction_is_ours(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    anchor.plan(outbox, chain)
    divergent(outbox, chain, Item(log_id(), 0, 5, root(0, 5)))
    assert step(outbox, chain) is Did.FINALISED
    assert outbox.states() == ["final"]


def test_a_block_that_goes_while_we_look_settles_nothing(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5, 6)
    anchor.plan(outbox, chain)
    divergent(outbox, chain, *(Item(log_id(n), 0, 5 + n, root(n, 5 + n)) for n in (0, 1)))
    whole = chain.events

    def events(node_id: bytes, heads: object) -> dict[bytes, AnchorEvent]:
        found = dict(whole(node_id, heads))  # type: ignore[arg-type]
        gone = found.pop(log_id(0))
        return found | {log_id(1): gone}

    chain.events = events  # type: ignore[method-assign]
    assert step(outbox, chain) is Did.WAITING
    chain.events = whole  # type: ignore[method-assign]
    assert step(outbox, chain) is Did.FINALISED


def test_a_database_that_anchored_elsewhere_is_not_planned(
    outbox: Outbox, chain: FakeChain
) -> None:
    outbox.grow(5)
    with outbox.writing() as unit:
        unit.session.execute(
            insert(ANCHOR_TX).values(
                id=b"i" * 16,
                chain="eip155:5/0011223344",
                sender="fake",
                nonce=0,
                hash=bytes(32),
                raw=b"",
                signed_at=NOON,
            )
        )
    with pytest.raises(ChainMismatch) as caught:
        anchor.plan(outbox, chain)
    assert caught.value.code == "anchored_elsewhere"
    assert caught.value.params["known"] == "eip155:5/0011223344"


def test_a_settled_anchor_gets_one_receipt(outbox: Outbox, chain: FakeChain) -> None:
    outbox.grow(5)
    outbox.run(chain, mine=mine_twice(chain))
    identity = chain.identity()
    with outbox.reading() as unit:
        (final,) = queries.awaiting_receipt(unit.session, identity.name, limit=10)
    receipt = anchor.receipt(identity, final, NOON)
    assert (receipt.node, receipt.origin, receipt.size, receipt.seq) == (NODE, origin(0), 5, 1)
    assert receipt.root == root(0, 5)
    assert receipt.genesis == identity.genesis
    assert receipt.block_hash == next(chain.history(NODE_ID, log_id())).block_hash
    assert receipt.to_json()["format"] == evidence.FORMAT
    with outbox.writing() as unit:
        queries.keep_receipt(unit.session, log_key(), 1, "first")
        queries.keep_receipt(unit.session, log_key(), 1, "second")
    with outbox.reading() as unit:
        assert queries.awaiting_receipt(unit.session, identity.name, limit=10) == []
        assert unit.session.execute(ANCHOR.select()).one().receipt == "first"
