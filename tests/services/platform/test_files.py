"""Small files are whole at every moment, and nothing is written over by mistake."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.platform import files


def test_a_file_is_written_and_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.replace(path, b"one")
    files.replace(path, b"two")
    assert path.read_bytes() == b"two"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(("mode", "bits"), [(files.PRIVATE, 0o600), (files.PUBLIC, 0o644)])
def test_a_file_is_its_owners_alone_unless_it_is_public(
    tmp_path: Path, mode: int, bits: int
) -> None:
    for write in (files.replace, files.create):
        path = tmp_path / write.__name__
        write(path, b"data", mode=mode)
        assert path.stat().st_mode & 0o777 == bits


def test_a_new_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.create(path, b"one")
    with pytest.raises(FileExistsError):
        files.create(path, b"two")
    assert path.read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_a_dead_process_left_beside_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.replace(path, b"one")
    for left in tmp_path.glob("*.new"):
        left.unlink()
    beside = files._written_beside(path, b"half", files.PRIVATE)
    files.replace(path, b"two")
    assert path.read_bytes() == b"two"
    assert not beside.exists()


def test_sweeping_takes_only_what_the_dead_left(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    kept = ("file", "file.new", f"file.{os.getpid()}.new", "file.1.new", "file.01.new")
    (tmp_path / "within").mkdir()
    for name in (*kept, f"file.{gone.pid}.new", f"within/file.{gone.pid}.new"):
        (tmp_path / name).write_bytes(b"")
    files.sweep(tmp_path)

    assert {each.name for each in tmp_path.rglob("*")} == {*kept, "within"}


def test_a_process_of_somebody_else_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(process: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    (tmp_path / "file.2.new").write_bytes(b"")
    files.sweep(tmp_path)

    assert (tmp_path / "file.2.new").exists()
