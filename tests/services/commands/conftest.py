"""What tests of the command line may ask for.

cli     the commands on a node with 60 certificates, by each person at a terminal of his own
fresh   the commands in an empty home, with the master key's passphrase in a file
The clock of the commands is the node's, and stands still; passwords are derived in few rounds.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.platform import clock, master
from tests.services.commands import homes
from tests.services.commands.terminals import Terminals
from tests.services.nodes import Node, Ticking, few_rounds


@pytest.fixture
def terminals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminals:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.chdir(tmp_path)
    return Terminals(tmp_path, monkeypatch)


@pytest.fixture
def cli(sqlite_issued: Node, terminals: Terminals) -> Terminals:
    home = sqlite_issued.runtime.settings.home
    homes.equip(home, sqlite_issued.runtime.database)
    terminals.use(home, sqlite_issued.clock, sqlite_issued)
    return terminals


@pytest.fixture
def fresh(terminals: Terminals, ticking: Ticking) -> Iterator[Terminals]:
    home = terminals.folder / "fresh"
    home.mkdir()
    homes.write_settings(home)
    terminals.use(home, ticking, None)
    with few_rounds(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(master, "ROUNDS", master.FEWEST_ROUNDS)
        patch.setitem(master.create_master.__kwdefaults__ or {}, "rounds", master.FEWEST_ROUNDS)
        yield terminals


@pytest.fixture(autouse=True)
def standing_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands read the clock of the terminals, where a test has any."""
    if "terminals" in request.fixturenames:
        terminals: Terminals = request.getfixturevalue("terminals")
        monkeypatch.setattr(clock, "system", terminals.now)
