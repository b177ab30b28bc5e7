"""One unit of work: a session, the moment it began, and what the process has to offer.

`Runtime.reading` and `Runtime.writing` are the only places that commit or roll back. A writing
transaction holds its lock before its `now` is read, so that instants follow the order in which
transactions take effect. Nothing is ever retried in silence: who wants a second try asks again.

Errors   those of services.platform.db.translated; what the caller raises rolls back and passes
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from crypto.entropy import Random
from crypto.provider import Provider
from services.platform.clock import Clock
from services.platform.db import Database, Session, translated
from services.platform.protect import Protect
from services.platform.seen import Seen
from services.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a process is made of; built once by a composition root."""

    settings: Settings
    database: Database
    clock: Clock
    protect: Protect
    provider: Provider
    random: Random
    seen: Seen = field(default_factory=Seen)

    @contextmanager
    def reading(self) -> Iterator["Work"]:
        """Look at one snapshot; a write inside is refused by the database."""
        with translated(), self.database.reading() as session:
            session.connection()
            yield Work(session, self.clock(), self)

    @contextmanager
    def writing(self) -> Iterator["Work"]:
        """Change things together: all of it is committed at the end, or nothing.

        What was registered with `Work.after_commit` runs then, in order.
        """
        with translated(), self.database.writing() as session, session.begin():
            session.connection()
            work = Work(session, self.clock(), self)
            yield work
        for call in work.after:
            call()


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction in progress."""

    session: Session
    now: datetime
    runtime: Runtime
    after: list[Callable[[], None]] = field(default_factory=list)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Do `call` once all this is committed, and not at all if it is not.

        For what may only be seen outside when it is certain: a file, a wake-up of the worker.
        """
        self.after.append(call)

    @property
    def protect(self) -> Protect:
        """What seals columns and checks rows."""
        return self.runtime.protect

    @property
    def provider(self) -> Provider:
        """What signs."""
        return self.runtime.provider

    @property
    def random(self) -> Random:
        """Where random bytes come from."""
        return self.runtime.random

    @property
    def settings(self) -> Settings:
        """What the operator set."""
        return self.runtime.settings
