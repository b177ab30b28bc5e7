"""The local chain: a rival writer, another node, and a row changed behind its back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, update

from crypto import sm2
from crypto.keys import PrivateKey
from ledger import anchor, queries
from ledger.chain import Item
from ledger.chains.local import LocalChain, identity
from ledger.errors import ChainMismatch, ChainRefused
from ledger.tables import LOCAL_ANCHOR, LOCAL_CHAIN
from tests.chain.nodes import NODE, NODE_ID
from tests.chain.outbox import Outbox, Unit, log_id, root

KEY = sm2.generate()
LOG = b"\x11" * 32


@pytest.fixture
def outbox(database_url: str) -> Iterator[Outbox]:
    made = Outbox(database_url)
    yield made
    made.database.close()


@pytest.fixture
def chain(outbox: Outbox) -> LocalChain:
    return connect(outbox)


def connect(outbox: Outbox, *, key: PrivateKey = KEY) -> LocalChain:
    return LocalChain(outbox, node=NODE, key=key.public, sign=lambda data: sm2.sign(key, data))


def send(chain: LocalChain, *items: Item) -> None:
    chain.send(chain.prepare(NODE_ID, items, chain.nonce()).raw)


def alter(outbox: Outbox, **values: object) -> None:
    with outbox.writing() as unit:
        unit.session.execute(update(LOCAL_CHAIN).where(LOCAL_CHAIN.c.height == 2).values(**values))


@pytest.fixture
def grown(chain: LocalChain) -> LocalChain:
    """A chain of three blocks."""
    for seq in range(3):
        send(chain, Item(LOG, seq, seq + 1, root(0, seq)))
    return chain


def test_the_outbox_settles_at_once(outbox: Outbox, chain: LocalChain) -> None:
    outbox.grow(5, 6)
    outbox.run(chain)
    assert outbox.states(0) == outbox.states(1) == ["final"]
    assert chain.check() == 1
    with outbox.reading() as unit:
        (first, _) = queries.awaiting_receipt(unit.session, chain.identity().name, limit=9)
    receipt = anchor.receipt(chain.identity(), first, first.event.block_time)
    assert receipt.chain == f"local:{NODE}"
    assert receipt.contract == KEY.public.kid


def test_a_whole_chain_is_checked(grown: LocalChain, outbox: Outbox) -> None:
    assert grown.check() == 3
    assert connect(outbox).check() == 3


def test_an_empty_chain_is_whole(chain: LocalChain) -> None:
    assert chain.check() == 0


def test_another_key_is_another_chain(grown: LocalChain, outbox: Outbox) -> None:
    other = sm2.generate()
    assert connect(outbox, key=other).nonce() == 0
    assert identity(NODE, other.public) != grown.identity()


def test_another_nodes_logs_are_refused(chain: LocalChain) -> None:
    with pytest.raises(ChainRefused, match="chain_role"):
        chain.prepare(b"x" * 32, [Item(LOG, 0, 1, root(0, 1))], 0)


def test_a_rival_block_of_the_same_height_wins_by_being_there(
    outbox: Outbox, chain: LocalChain
) -> None:
    rival = connect(outbox)
    raw = chain.prepare(NODE_ID, [Item(LOG, 0, 5, root(0, 5))], 0).raw

    class Slow(Outbox):
        """A database in which the rival writes between our look and our write."""

        @contextmanager
        def writing(self) -> Iterator[Unit]:
            send(rival, Item(log_id(), 0, 1, root(0, 1)))
            with outbox.writing() as unit:
                yield unit

    slow = Slow.__new__(Slow)
    slow.database = outbox.database
    connect(slow).send(raw)
    assert chain.nonce() == 1
    assert chain.head(NODE_ID, LOG) is None
    assert chain.head(NODE_ID, log_id()) is not None
    assert chain.check() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"hash": b"h" * 32},
        {"prev": b"p" * 32},
        {"tx": b"{}"},
        {"signature": b"s" * 64},
        {"height": 4},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_changed_row_breaks_the_chain(
    grown: LocalChain, outbox: Outbox, values: dict[str, object]
) -> None:
    with outbox.writing() as unit:
        unit.session.execute(delete(LOCAL_ANCHOR))
    alter(outbox, **values)
    with pytest.raises(ChainMismatch, match="chain_broken"):
        grown.check()


def test_a_changed_head_breaks_the_chain(grown: LocalChain, outbox: Outbox) -> None:
    with outbox.writing() as unit:
        unit.session.execute(update(LOCAL_ANCHOR).values(root=b"r" * 32))
    with pytest.raises(ChainMismatch, match="chain_broken"):
        grown.check()


def test_a_forged_block_is_neither_final_nor_built_upon(grown: LocalChain, outbox: Outbox) -> None:
    event = grown.event(NODE_ID, LOG, 3)
    assert event is not None
    with outbox.writing() as unit:
        unit.session.execute(update(LOCAL_CHAIN).values(signature=b"s" * 64))
    with pytest.raises(ChainMismatch, match="chain_broken"):
        grown.final(event)
    with pytest.raises(ChainMismatch, match="chain_broken"):
        send(grown, Item(LOG, 3, 9, root(0, 9)))
    assert grown.nonce() == 3
