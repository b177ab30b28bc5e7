"""What holds of every driver: the in-memory one, the local one, and the contract on a chain."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

import pytest

from crypto import sm2
from ledger.chain import MAX_ITEMS, MAX_STEP, Chain, ChainIdentity, Head, Item
from ledger.chains.fake import FakeChain
from ledger.chains.local import LocalChain
from ledger.errors import ChainMismatch
from tests.chain.nodes import NODE, NODE_ID, Deployed, Node, connect
from tests.chain.outbox import Outbox
from tests.conftest import NOON

LOG = b"\x11" * 32
OTHER = b"\x22" * 32
ROOT = b"\x33" * 32


@dataclass(frozen=True, slots=True)
class Subject:
    """A chain under test, and how to meet it again with another identity pinned."""

    chain: Chain
    pinned: Callable[[ChainIdentity], Chain]
    mine: Callable[[], object]

    def anchor(self, *items: Item) -> bytes:
        """Send the items in one transaction; return it."""
        tx = self.chain.prepare(NODE_ID, items, self.chain.nonce())
        self.send(tx.raw)
        return tx.raw

    def send(self, raw: bytes) -> None:
        self.chain.send(raw)
        self.mine()

    def head(self, log: bytes = LOG) -> Head | None:
        return self.chain.head(NODE_ID, log)


def _fake(request: pytest.FixtureRequest) -> Subject:
    chain = FakeChain(NOON, automine=False)

    def pinned(pin: ChainIdentity) -> Chain:
        made = FakeChain(NOON)
        made.pin = pin
        return made

    return Subject(chain, pinned, chain.mine)


def _local(request: pytest.FixtureRequest) -> Subject:
    outbox: Outbox = request.getfixturevalue("outbox")
    key = sm2.generate()

    def pinned(pin: ChainIdentity | None) -> Chain:
        return LocalChain(
            outbox, node=NODE, key=key.public, sign=lambda data: sm2.sign(key, data), pin=pin
        )

    return Subject(pinned(None), pinned, lambda: None)


def _evm(request: pytest.FixtureRequest) -> Subject:
    deployed: Deployed = request.getfixturevalue("deployed")
    node: Node = request.getfixturevalue("node")

    def pinned(pin: ChainIdentity) -> Chain:
        return connect(replace(deployed, identity=pin), node)

    return Subject(connect(deployed, node), pinned, node.mine)


@pytest.fixture
def outbox(sqlite_url: str) -> Iterator[Outbox]:
    made = Outbox(sqlite_url)
    yield made
    made.database.close()


@pytest.fixture(params=[_fake, _local, pytest.param(_evm, marks=pytest.mark.component)])
def subject(request: pytest.FixtureRequest) -> Subject:
    made: Subject = request.param(request)
    return made


def test_a_log_without_anchor_has_no_head(subject: Subject) -> None:
    assert subject.head() is None
    assert subject.chain.event(NODE_ID, LOG, 1) is None
    assert list(subject.chain.history(NODE_ID, LOG)) == []


def test_the_first_anchor_becomes_the_head(subject: Subject) -> None:
    subject.anchor(Item(LOG, 0, 7, ROOT))
    head = subject.head()
    assert head is not None
    assert (head.seq, head.size, head.root) == (1, 7, ROOT)
    assert subject.head(OTHER) is None


def test_the_event_says_when_and_by_what(subject: Subject) -> None:
    items = [Item(LOG, 0, 7, ROOT)]
    tx = subject.chain.prepare(NODE_ID, items, subject.chain.nonce())
    subject.send(tx.raw)
    event = subject.chain.event(NODE_ID, LOG, 1)
    assert event is not None
    assert (event.log_id, event.seq, event.size, event.root) == (LOG, 1, 7, ROOT)
    assert event.tx_hash == tx.hash
    assert event.block_time.tzinfo is UTC
    assert event.block_time.microsecond == 0
    assert subject.chain.final(event)
    assert not subject.chain.final(replace(event, block_hash=bytes(32)))
    assert not subject.chain.final(replace(event, block_number=event.block_number + 1))


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(Item(LOG, 0, 9, ROOT), id="a number that was used"),
        pytest.param(Item(LOG, 2, 9, ROOT), id="a number that is not next"),
        pytest.param(Item(LOG, 1, 7, OTHER), id="a size that does not grow"),
        pytest.param(Item(LOG, 1, 6, OTHER), id="a size that shrinks"),
        pytest.param(Item(LOG, 1, 7 + MAX_STEP + 1, OTHER), id="too long a step"),
        pytest.param(Item(LOG, 1, 9, bytes(32)), id="the zero root"),
        pytest.param(Item(LOG, 0, 7, ROOT), id="the same head again"),
    ],
)
def test_what_does_not_follow_is_left_out_and_the_rest_goes_on(
    subject: Subject, item: Item
) -> None:
    subject.anchor(Item(LOG, 0, 7, ROOT))
    before = subject.head()
    subject.anchor(item, Item(OTHER, 0, 3, ROOT))
    assert subject.head() == before
    other = subject.head(OTHER)
    assert other is not None
    assert other.seq == 1


def test_the_longest_step_is_taken(subject: Subject) -> None:
    subject.anchor(Item(LOG, 0, MAX_STEP, ROOT))
    subject.anchor(Item(LOG, 1, 2 * MAX_STEP, OTHER))
    head = subject.head()
    assert head is not None
    assert (head.seq, head.size) == (2, 2 * MAX_STEP)


def test_one_transaction_may_move_a_log_twice(subject: Subject) -> None:
    subject.anchor(Item(LOG, 0, 1, ROOT), Item(LOG, 1, 2, OTHER))
    assert [event.size for event in subject.chain.history(NODE_ID, LOG)] == [1, 2]


def test_a_transaction_sent_twice_happens_once(subject: Subject) -> None:
    raw = subject.anchor(Item(LOG, 0, 7, ROOT))
    nonce = subject.chain.nonce()
    subject.send(raw)
    assert subject.chain.nonce() == nonce
    assert len(list(subject.chain.history(NODE_ID, LOG))) == 1


def test_a_transaction_before_its_turn_changes_nothing(subject: Subject) -> None:
    tx = subject.chain.prepare(NODE_ID, [Item(LOG, 0, 7, ROOT)], subject.chain.nonce() + 1)
    subject.send(tx.raw)
    assert subject.head() is None


def test_the_nonce_counts_transactions(subject: Subject) -> None:
    start = subject.chain.nonce()
    subject.anchor(Item(LOG, 0, 7, ROOT))
    subject.anchor(Item(LOG, 0, 9, ROOT))
    assert subject.chain.nonce() == start + 2


def test_the_history_is_in_order_and_any_event_can_be_found(subject: Subject) -> None:
    for seq in range(3):
        subject.anchor(Item(LOG, seq, seq + 1, ROOT), Item(OTHER, seq, seq + 5, ROOT))
    events = list(subject.chain.history(NODE_ID, LOG))
    assert [(event.seq, event.size) for event in events] == [(1, 1), (2, 2), (3, 3)]
    assert subject.chain.event(NODE_ID, LOG, 2) == events[1]
    assert subject.chain.event(NODE_ID, LOG, 3) == events[2]
    assert subject.chain.event(NODE_ID, LOG, 4) is None


def test_as_many_logs_as_a_transaction_takes(subject: Subject) -> None:
    logs = [number.to_bytes(32) for number in range(1, MAX_ITEMS + 1)]
    subject.anchor(*(Item(log, 0, 5, ROOT) for log in logs))
    heads = subject.chain.heads(NODE_ID, logs)
    assert len(heads) == MAX_ITEMS
    events = subject.chain.events(NODE_ID, heads)
    assert set(events) == set(logs)
    assert len({event.block_hash for event in events.values()}) == 1


def test_an_event_that_made_no_such_head_is_left_out(subject: Subject) -> None:
    subject.anchor(Item(LOG, 0, 7, ROOT))
    head = subject.head()
    assert head is not None
    assert subject.chain.events(NODE_ID, {LOG: replace(head, seq=2)}) == {}


def test_another_node_has_nothing_here(subject: Subject) -> None:
    stranger = b"\x44" * 32
    subject.anchor(Item(LOG, 0, 7, ROOT))
    head = subject.head()
    assert head is not None
    assert subject.chain.heads(stranger, [LOG]) == {}
    assert subject.chain.events(stranger, {LOG: head}) == {}
    assert list(subject.chain.history(stranger, LOG)) == []


def _changes() -> Sequence[tuple[str, dict[str, Any]]]:
    return [
        ("chain_id", {"id": "eip155:1"}),
        ("chain_genesis", {"genesis": bytes(32)}),
        ("chain_code", {"code_digest": bytes(32)}),
    ]


@pytest.mark.parametrize(("code", "change"), _changes(), ids=[code for code, _ in _changes()])
def test_another_chain_than_the_pinned_one_is_refused(
    subject: Subject, code: str, change: dict[str, Any]
) -> None:
    found = subject.chain.identity()
    assert subject.pinned(found).identity() == found
    with pytest.raises(ChainMismatch) as caught:
        subject.pinned(replace(found, **change)).identity()
    assert caught.value.code == code


def test_the_sender_signs(subject: Subject) -> None:
    tx = subject.chain.prepare(NODE_ID, [Item(LOG, 0, 7, ROOT)], 0)
    assert tx.sender == subject.chain.sender
    assert tx.nonce == 0
