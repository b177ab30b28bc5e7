"""A database with logs whose checkpoints wait to be anchored, and transactions over it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from crypto import sm3
from ledger import anchor, checkpoint
from ledger.anchor import Did, Outcome
from ledger.chain import Chain
from ledger.tables import ANCHOR, CHECKPOINT, LOG, METADATA
from services.platform.db import Database, Session, engine
from tests.chain.nodes import NODE, NODE_ID
from tests.conftest import NOON


@dataclass(frozen=True, slots=True)
class Unit:
    """A transaction at noon."""

    session: Session
    now: datetime


class Outbox:
    """The ledger's tables in a database, with what the tests do to them."""

    def __init__(self, url: str) -> None:
        self.database = Database(engine(url))
        METADATA.create_all(self.database.engine)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """Open a transaction that only reads."""
        with self.database.reading() as session:
            yield Unit(session, NOON)

    @contextmanager
    def writing(self) -> Iterator[Unit]:
        """Open a transaction that commits."""
        with self.database.writing() as session, session.begin():
            yield Unit(session, NOON)

    def grow(self, *sizes: int, first: int = 0) -> None:
        """Sign a checkpoint of each of these sizes, for the logs number `first` and on."""
        with self.writing() as unit:
            for number, size in enumerate(sizes, start=first):
                row = {"log_id": log_key(number), "size": size, "root": root(number, size)}
                known = unit.session.execute(select(LOG.c.id).where(LOG.c.id == log_key(number)))
                if known.first() is None:
                    unit.session.execute(insert(LOG).values(_log(number)))
                unit.session.execute(insert(CHECKPOINT).values(**row, time=NOON, note="n"))
                unit.session.execute(
                    update(LOG)
                    .where(LOG.c.id == log_key(number))
                    .values(size=size, signed_size=size)
                )

    def states(self, number: int = 0) -> list[str]:
        """Return the states of one log's anchors, in order."""
        with self.reading() as unit:
            rows = unit.session.execute(
                select(ANCHOR.c.state)
                .where(ANCHOR.c.log_id == log_key(number))
                .order_by(ANCHOR.c.seq)
            )
            return list(rows.scalars())

    def run(self, chain: Chain, *, mine: Callable[[], object] = lambda: None) -> Outcome:
        """Plan, then step, mining after each send, until there is nothing to do but wait."""
        anchor.plan(self, chain)
        for _ in range(20):
            outcome = anchor.step(self, chain, NODE_ID)
            if outcome.did is Did.SENT:
                mine()
            if outcome.did in (Did.NOTHING, Did.WAITING):
                return outcome
        raise AssertionError("the outbox does not come to rest")


def origin(number: int) -> str:
    return checkpoint.origin(NODE, f"inst_{number:018d}", 2026)


def log_id(number: int = 0) -> bytes:
    return checkpoint.log_id(origin(number))


def log_key(number: int = 0) -> bytes:
    return log_id(number)[:16]


def root(number: int, size: int) -> bytes:
    return sm3.digest(f"{number}/{size}".encode())


def _log(number: int) -> dict[str, object]:
    return {
        "id": log_key(number),
        "origin": origin(number),
        "institution": f"inst_{number:018d}",
        "year": 2026,
        "size": 0,
        "last_time": NOON,
        "closed": False,
        "signed_size": 0,
    }
