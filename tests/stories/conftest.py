"""Homes and programs for stories: real processes, the real clock, real files.

kexin      runs `kexin` in a home as a process of its own
demo_home  what `kexin demo --once` leaves behind, copied for each test
school     a node on SQLite and the local driver, nothing issued yet, with its rosters' makers
sqlite_node, sqlite_issued: those of tests/services
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.platform import clock
from tests.services import nodes
from tests.services.commands import homes
from tests.services.conftest import mould_of, sqlite_issued, sqlite_node
from tests.services.nodes import READY, Node
from tests.stories.programs import Kexin

__all__ = ["mould_of", "sqlite_issued", "sqlite_node"]


@pytest.fixture
def kexin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kexin:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("KEXIN_HOME", str(tmp_path / "home"))
    return Kexin(tmp_path, tmp_path / "home", monkeypatch)


@pytest.fixture(scope="session")
def demo_mould(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("KEXIN_HOME", str(folder / "home"))
        done = Kexin(folder, folder / "home", patch).run("demo", "--once")
    assert done.returncode == 0, done.stderr
    (folder / "line.json").write_text(done.stdout.splitlines()[-1])
    return folder


@pytest.fixture
def demo_home(kexin: Kexin, demo_mould: Path) -> Kexin:
    shutil.copytree(demo_mould / "home", kexin.home)
    return kexin


@pytest.fixture
def school(kexin: Kexin) -> Iterator[Node]:
    now = clock.system()
    _, ids, programmes = nodes.build(kexin.home, None, READY, now)
    with nodes.few_rounds(), nodes.opened(kexin.home, None, clock.system()) as node:
        node.ids.update(ids)
        node.programmes.update(programmes)
        homes.equip(kexin.home, node.runtime.database)
        yield node
