"""The set-up script: what it takes for installed, and what it says. Nothing is installed here."""

import sys
from pathlib import Path

import pytest

from scripts import bootstrap


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which everything was just installed for developing."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', "utf-8")
    python.chmod(0o700)
    for name in {*bootstrap.LOCKS["demo"], *bootstrap.LOCKS["dev"], "pyproject.toml"}:
        (tmp_path / name).write_text(f"{name}==1\n", "utf-8")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", venv)
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")
    bootstrap.stamp_file("dev").write_text(bootstrap.wanted("dev"), "utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_what_was_just_installed_is_not_installed_again() -> None:
    assert bootstrap.stamped("dev")
    assert not bootstrap.stamped("demo")


@pytest.mark.parametrize("name", ["requirements-dev.lock", "pyproject.toml"])
def test_a_changed_file_asks_for_a_new_installation(folder: Path, name: str) -> None:
    (folder / name).write_text("another==2\n", "utf-8")
    assert not bootstrap.stamped("dev")


def test_a_folder_that_was_moved_gets_a_new_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bootstrap.sound_venv()
    monkeypatch.setattr(bootstrap, "ROOT", folder / "elsewhere")
    assert not bootstrap.sound_venv()


def test_a_removed_environment_is_noticed(folder: Path) -> None:
    (folder / ".venv" / "bin" / "python").unlink()
    assert not bootstrap.stamped("dev")
    assert not bootstrap.sound_venv()


def test_another_level_is_a_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main("everything") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "usage" in told.err


def test_a_command_that_fails_stops_the_set_up(capsys: pytest.CaptureFixture[str]) -> None:
    script = "print('why it failed'); raise SystemExit(3)"
    with pytest.raises(bootstrap.SetUpError):
        bootstrap.run([sys.executable, "-c", script])
    told = capsys.readouterr()
    assert told.out == ""
    assert "why it failed" in told.err


def test_node_tells_its_version(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v20.20.2\n", "utf-8")
    node.chmod(0o700)
    assert bootstrap.node_version(str(node)) == 20
    node.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    assert bootstrap.node_version(str(node)) == 0
