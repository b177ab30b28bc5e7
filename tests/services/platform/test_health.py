"""A node is ready when every check says so."""

import pytest

from services.platform import health
from services.platform.errors import Unavailable
from services.platform.health import Health, Outcome
from services.platform.work import Runtime


def _raises() -> Outcome:
    raise Unavailable("database_busy")


def test_all_is_well() -> None:
    checks = Health()
    checks.register("b", lambda: health.OK)
    checks.register("a", lambda: health.OK)
    assert list(checks.report()) == ["a", "b"]
    assert health.ready(checks.report())
    assert health.ready({})


@pytest.mark.parametrize("outcome", [health.fail("below_high_water"), health.unknown("no_chain")])
def test_a_check_that_is_not_ok_makes_the_node_unready(outcome: Outcome) -> None:
    checks = Health()
    checks.register("log", lambda: outcome)
    assert checks.report() == {"log": outcome}
    assert not health.ready(checks.report())


def test_a_check_that_cannot_answer_is_unknown() -> None:
    checks = Health()
    checks.register("database", _raises)
    assert checks.report() == {"database": health.unknown("database_busy")}


def test_a_name_is_given_once() -> None:
    checks = Health()
    checks.register("a", lambda: health.OK)
    with pytest.raises(ValueError, match="two checks"):
        checks.register("a", lambda: health.OK)


def test_the_database_is_asked(runtime: Runtime) -> None:
    assert health.database(runtime)() == health.OK
