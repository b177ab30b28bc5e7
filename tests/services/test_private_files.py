"""What a node keeps can be read by its own user alone, whatever the umask and the folder."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.platform import db, files
from tests.services import nodes
from tests.services.evidence import world

PUBLIC = re.compile(r"chain/local\.json|trust/[^/]+")
"""What everybody may read: which chain it is, and what is published."""


@pytest.fixture(params=[0, 0o022])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def _open_to_others(folder: Path) -> set[str]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert found
    return {
        str(path.relative_to(folder))
        for path in found
        if path.stat().st_mode & ~files.PRIVATE & 0o777
    }


@pytest.mark.usefixtures("umask")
def test_a_node_in_a_folder_that_all_can_read_keeps_its_own_files_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    nodes.build(home, None, nodes.ISSUED, world.NOON)
    with nodes.opened(home, None, world.NOON) as node, node.runtime.reading():
        names = {path.name for path in home.glob("kexin.sqlite3*")}
        assert names >= {"kexin.sqlite3", "kexin.sqlite3-wal", "kexin.sqlite3-shm"}
        assert [name for name in _open_to_others(home) if not PUBLIC.fullmatch(name)] == []


@pytest.mark.parametrize("url", ["sqlite:///{}", "sqlite:///file:{}?uri=true"])
def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path, url: str) -> None:
    path = tmp_path / "kexin.sqlite3"
    beside = tmp_path / "kexin.sqlite3-wal"
    for each in (path, beside):
        each.touch(mode=0o666)
        each.chmod(0o664)
    made = db.Database(db.engine(url.format(path)))
    with made.reading() as session:
        db.ping(session)
        assert _open_to_others(tmp_path) == set()
    made.close()
