"""What a node knows about its own condition, for /healthz, /readyz and the operator.

Each room registers a check under a name; a check returns an Outcome and never waits long. A
node is ready when no check fails; `unknown` is shown, and is not ready either, because nobody
should take "we cannot tell" for "all is well".
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from services.platform import db
from services.platform.errors import ServiceError
from services.platform.work import Runtime


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer: the state and, unless it is ok, a stable code that says why."""

    state: State
    reason: str | None = None


OK = Outcome(State.OK)

Check = Callable[[], Outcome]


def fail(reason: str) -> Outcome:
    """Return a failed outcome."""
    return Outcome(State.FAIL, reason)


def unknown(reason: str) -> Outcome:
    """Return an outcome for what could not be found out."""
    return Outcome(State.UNKNOWN, reason)


class Health:
    """The checks of one process, by name."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def register(self, name: str, check: Check) -> None:
        """Add a check; ValueError if the name is taken."""
        if name in self._checks:
            raise ValueError(f"two checks are called {name}")
        self._checks[name] = check

    def report(self) -> dict[str, Outcome]:
        """Run every check; one that raises a ServiceError is unknown with its code."""
        return {name: _run(check) for name, check in sorted(self._checks.items())}


def database(runtime: Runtime) -> Check:
    """Return the check that the database answers."""

    def check() -> Outcome:
        with runtime.reading() as work:
            db.ping(work.session)
        return OK

    return check


def ready(report: dict[str, Outcome]) -> bool:
    """Return whether every check is ok."""
    return all(outcome.state is State.OK for outcome in report.values())


def _run(check: Check) -> Outcome:
    try:
        return check()
    except ServiceError as error:
        return unknown(error.code)
