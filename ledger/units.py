"""A database transaction as the ledger asks for one: opened by the caller's kind, committed there.

`Runtime` of the services is a Units. Nothing in the ledger commits; what must not be one
transaction (signing, sending, asking the chain) happens between two of them.
"""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from ledger.queries import Session


class Unit(Protocol):
    """A database transaction, and the moment it began."""

    @property
    def session(self) -> Session:
        """Return the session to read and write with."""
        ...

    @property
    def now(self) -> datetime:
        """Return the transaction's moment."""
        ...


class Units(Protocol):
    """Where transactions come from."""

    def reading(self) -> AbstractContextManager[Unit]:
        """Open a transaction that only reads."""
        ...

    def writing(self) -> AbstractContextManager[Unit]:
        """Open a transaction that is committed at its end, all of it or nothing."""
        ...
