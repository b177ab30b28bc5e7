"""What every test may ask for: a fixed time, a database of its own, and honest skipping.

noon           2026-11-24T04:00:00Z, twelve o'clock in Shanghai; also the constant NOON.
sqlite_url     SQLAlchemy URL of a new SQLite file.
postgres_url   SQLAlchemy URL of a new, empty PostgreSQL database.
database_url   each of the two in turn; the PostgreSQL half is marked component.
KEXIN_TEST_STRICT=1 turns every skipped test into a failure: what was left out was not tested.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import postgres

_HIS = ("KEXIN_", "LC_", "LANGUAGE", "XDG_STATE_HOME", "NO_COLOR", "FORCE_COLOR")
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
STRICT = pytest.StashKey[bool]()

# A busy machine draws examples slowly; that is no fault of theirs.
_PATIENT: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [hypothesis.HealthCheck.too_slow],
}
hypothesis.settings.register_profile("dev", max_examples=50, **_PATIENT)
hypothesis.settings.register_profile(
    "ci", max_examples=300, derandomize=True, database=None, **_PATIENT
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure(config: pytest.Config) -> None:
    """Read the one setting of the tests, then hide the developer's own settings from them.

    His language, terminal, time zone and folder of state, too: tests would read or fill them.
    """
    given: dict[str, Any] = getattr(config, "workerinput", {})
    config.stash[STRICT] = given.get("strict", os.environ.get("KEXIN_TEST_STRICT") == "1")
    for name in [name for name in os.environ if name.startswith(_HIS)]:
        del os.environ[name]
    state = tempfile.mkdtemp(prefix="kexin-state-")
    config.add_cleanup(lambda: shutil.rmtree(state, ignore_errors=True))
    os.environ |= {"COLUMNS": "80", "LANG": "C.UTF-8", "TZ": "UTC", "XDG_STATE_HOME": state}
    time.tzset()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the setting on to a worker of pytest-xdist, which no longer sees it."""
    node.workerinput["strict"] = node.config.stash[STRICT]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under KEXIN_TEST_STRICT=1 a test that was skipped failed."""
    report = yield
    if item.config.stash[STRICT] and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"left out under KEXIN_TEST_STRICT=1: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Likewise for a file that was skipped as a whole."""
    report = yield
    if collector.config.stash[STRICT] and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"left out under KEXIN_TEST_STRICT=1: {_reason(report.longrepr)}"
    return report


def _reason(longrepr: object) -> str:
    """Return the reason out of pytest's (path, line, reason) of a skip."""
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr)


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'kexin.db'}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(postgres.running())
        except postgres.PostgresUnavailable as error:
            pytest.skip(f"no PostgreSQL: {error}")
        yield server


@pytest.fixture
def postgres_url(postgres_server: postgres.PostgresServer) -> Iterator[str]:
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.component)])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
