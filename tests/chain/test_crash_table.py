"""Died before or after any external step, at any time: every anchor is there exactly once."""

import os
import signal
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from ledger import anchor
from ledger.anchor import Did
from ledger.chain import Chain
from ledger.chains.fake import FakeChain
from tests.chain.crashes import Died, DyingAt, MarkedChain, MarkedUnits
from tests.chain.nodes import NODE_ID, Deployed, Node, connect
from tests.chain.outbox import Outbox, log_id
from tests.conftest import NOON

POINTS = {
    *(
        f"{call}: {side}"
        for call in ("identity", "nonce", "heads", "prepare", "send", "events", "final", "reading")
        for side in ("before", "after")
    ),
    "writing: before",
    "writing: before the commit",
    "writing: after the commit",
}


def life(
    outbox: Outbox, chain: Chain, mark: Callable[[str], None], mine: Callable[[], None]
) -> None:
    """Live as a worker does, until nothing is in flight."""
    units, marked = MarkedUnits(outbox, mark), MarkedChain(chain, mark)
    anchor.plan(units, marked)
    did = Did.SIGNED
    while did is not Did.NOTHING:
        did = anchor.step(units, marked, NODE_ID).did
        if did in (Did.SENT, Did.WAITING):
            mine()


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A database with two logs that have grown."""
    path = tmp_path / "template.db"
    outbox = Outbox(f"sqlite:///{path}")
    outbox.grow(5, 6)
    outbox.database.close()
    return path


@pytest.fixture
def copies(template: Path) -> Iterator[Callable[[int], Outbox]]:
    """Return a maker of copies of the template."""
    made: list[Outbox] = []

    def copy(number: int) -> Outbox:
        path = template.with_name(f"{number}.db")
        path.write_bytes(template.read_bytes())
        made.append(Outbox(f"sqlite:///{path}"))
        return made[-1]

    yield copy
    for outbox in made:
        outbox.database.close()


def test_whatever_step_it_dies_at(copies: Callable[[int], Outbox]) -> None:
    seen = set()
    for number in count(1):
        outbox = copies(number)
        chain = FakeChain(NOON, depth=2, automine=False)
        death = DyingAt(number)
        try:
            life(outbox, chain, death, chain.mine)
        except Died:
            chain.mine()
            life(outbox, chain, lambda _: None, chain.mine)
        for log in (0, 1):
            events = list(chain.history(NODE_ID, log_id(log)))
            assert [(e.seq, e.size) for e in events] == [(1, 5 + log)], death.name
            assert outbox.states(log) == ["final"], death.name
        if death.name is None:
            break
        seen.add(death.name)
    assert seen == POINTS


def test_whatever_step_it_dies_at_while_the_chain_is_reorganised(
    copies: Callable[[int], Outbox],
) -> None:
    for number in count(1):
        outbox = copies(number)
        chain = FakeChain(NOON, depth=3, automine=False)
        death = DyingAt(number)
        try:
            life(outbox, chain, death, chain.mine)
        except Died:
            if outbox.states() != ["final"]:
                chain.reorg(2)
            life(outbox, chain, lambda _: None, chain.mine)
        for log in (0, 1):
            events = list(chain.history(NODE_ID, log_id(log)))
            assert [(e.seq, e.size) for e in events] == [(1, 5 + log)], death.name
        if death.name is None:
            break


@pytest.mark.component
@pytest.mark.parametrize(
    "point",
    [
        "prepare: after",
        "writing: before the commit",
        "writing: after the commit",
        "send: before",
        "send: after",
        "final: after",
    ],
)
def test_a_killed_process_leaves_nothing_undone(
    template: Path, node: Node, deployed: Deployed, point: str
) -> None:
    url = f"sqlite:///{template}"

    def kill(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    with warnings.catch_warnings():
        # Newer interpreters warn of threads; the child uses none of the parent's.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            life(Outbox(url), connect(deployed, node), kill, node.mine)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    outbox = Outbox(url)
    chain = connect(deployed, node)
    life(outbox, chain, lambda _: None, node.mine)
    for log in (0, 1):
        events = list(chain.history(NODE_ID, log_id(log)))
        assert [(e.seq, e.size) for e in events] == [(1, 5 + log)]
        assert outbox.states(log) == ["final"]
    outbox.database.close()
    assert sqlite3.connect(template).execute("PRAGMA integrity_check").fetchone() == ("ok",)
