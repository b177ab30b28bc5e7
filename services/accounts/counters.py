"""The counter of an operator's sign-ins: the last code used, and the failures since the last one.

It stands apart from the operator's row, because it moves at every attempt. Its MAC shows a row
written by other hands; its version, which only grows, one that was put back while this process
ran (services.platform.seen). So neither a lock nor a used code is undone in the database.

Errors     Tampered row_altered, rows_altered (a counter without operator, or none)
"""

from collections.abc import Mapping
from typing import Any

from services.accounts import queries
from services.accounts.tables import LOGIN_COUNTER
from services.platform import guarded
from services.platform.errors import Tampered
from services.platform.work import Work

Counter = Mapping[Any, Any]
_NONE = {"failures": 0, "last_failure_at": None}


def first(work: Work, operator_id: str) -> dict[str, Any]:
    """Return the counter of a new operator."""
    values = {"operator_id": operator_id, "totp_step": 0, "version": 1, **_NONE}
    return guarded.stamp(work.protect, LOGIN_COUNTER, values)


def load(work: Work, operator_id: str) -> Counter:
    """Return an operator's counter. Raises Tampered."""
    return _checked(work, queries.counter(work.session, operator_id))


def hold(work: Work, operator_id: str) -> Counter:
    """Return the same and hold it until the commit. Raises Tampered, also if it went back."""
    found = _checked(work, queries.counter(work.session, operator_id, lock=True))
    work.runtime.seen.check(LOGIN_COUNTER.name, operator_id, found["version"])
    return found


def failed(work: Work, counter: Counter) -> None:
    """Count a failure of a counter that the caller holds."""
    _replace(work, counter, failures=counter["failures"] + 1, last_failure_at=work.now)


def passed(work: Work, counter: Counter, step: int) -> None:
    """Set a counter that the caller holds back, after a code of this step."""
    _replace(work, counter, totp_step=step, **_NONE)


def check_all(work: Work, operator_ids: set[str]) -> None:
    """Check that each operator has a counter as we wrote it, and nobody else. Raises Tampered."""
    found = queries.counters(work.session)
    for row in found:
        guarded.check(work.protect, LOGIN_COUNTER, row)
    if {row["operator_id"] for row in found} != operator_ids:
        raise Tampered("rows_altered", table=LOGIN_COUNTER.name)


def _checked(work: Work, found: Counter | None) -> Counter:
    if found is None:
        raise Tampered("rows_altered", table=LOGIN_COUNTER.name)
    return guarded.check(work.protect, LOGIN_COUNTER, found)


def _replace(work: Work, counter: Counter, **values: object) -> None:
    version = counter["version"] + 1
    row = guarded.stamp(work.protect, LOGIN_COUNTER, {**counter, **values, "version": version})
    queries.replace_counter(work.session, row)
    key = counter["operator_id"]
    work.after_commit(lambda: work.runtime.seen.note(LOGIN_COUNTER.name, key, version))
