"""A chain and a database that mark every external step, before and after it.

`mark` is called with the name of each point; what it does there (count, die) is the test's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ledger.chain import AnchorEvent, Chain, ChainIdentity, Head, Item, RawTx
from ledger.units import Unit, Units

Mark = Callable[[str], None]


class Died(BaseException):
    """The process is gone; nothing below it cleans up more than a killed process would."""


class MarkedChain(Chain):
    """A chain that marks its calls."""

    def __init__(self, chain: Chain, mark: Mark) -> None:
        self._chain = chain
        self._mark = mark

    @property
    def sender(self) -> str:
        return self._chain.sender

    def identity(self) -> ChainIdentity:
        with self._around("identity"):
            return self._chain.identity()

    def nonce(self) -> int:
        with self._around("nonce"):
            return self._chain.nonce()

    def heads(self, node_id: bytes, log_ids: Sequence[bytes]) -> Mapping[bytes, Head]:
        with self._around("heads"):
            return self._chain.heads(node_id, log_ids)

    def prepare(self, node_id: bytes, items: Sequence[Item], nonce: int) -> RawTx:
        with self._around("prepare"):
            return self._chain.prepare(node_id, items, nonce)

    def send(self, raw: bytes) -> None:
        with self._around("send"):
            self._chain.send(raw)

    def events(self, node_id: bytes, heads: Mapping[bytes, Head]) -> Mapping[bytes, AnchorEvent]:
        with self._around("events"):
            return self._chain.events(node_id, heads)

    def history(self, node_id: bytes, log_id: bytes) -> Iterator[AnchorEvent]:
        return self._chain.history(node_id, log_id)

    def final(self, event: AnchorEvent) -> bool:
        with self._around("final"):
            return self._chain.final(event)

    @contextmanager
    def _around(self, name: str) -> Iterator[None]:
        self._mark(f"{name}: before")
        yield
        self._mark(f"{name}: after")


class MarkedUnits:
    """Transactions that are marked before they begin, before the commit and after it."""

    def __init__(self, units: Units, mark: Mark) -> None:
        self._units = units
        self._mark = mark

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        self._mark("reading: before")
        with self._units.reading() as unit:
            yield unit
        self._mark("reading: after")

    @contextmanager
    def writing(self) -> Iterator[Unit]:
        self._mark("writing: before")
        with self._units.writing() as unit:
            yield unit
            self._mark("writing: before the commit")
        self._mark("writing: after the commit")


class DyingAt:
    """Count the points and die at the one with this number."""

    def __init__(self, number: int) -> None:
        self._left = number
        self.name: str | None = None

    def __call__(self, name: str) -> None:
        self._left -= 1
        if self._left == 0:
            self.name = name
            raise Died(name)
