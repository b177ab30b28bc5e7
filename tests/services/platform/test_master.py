"""The master key opens with its passphrase only, and its files are their owner's alone."""

import json
from pathlib import Path

import pytest

from crypto import canonical, entropy
from services.platform import master
from services.platform.errors import Conflict, Invalid, NotFound, Refused

WORDS = "correct horse battery"


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "master.json"
    master.create_master(path, WORDS, random=entropy.system, rounds=master.FEWEST_ROUNDS)
    return path


def test_a_new_master_key_opens_with_its_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.json"
    made = master.create_master(path, WORDS, random=entropy.system, rounds=10_000)
    assert len(made) == 32
    assert master.open_master(path, WORDS) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert made not in path.read_bytes()


def test_another_passphrase_is_refused(sealed: Path) -> None:
    with pytest.raises(Refused, match="passphrase_wrong"):
        master.open_master(sealed, WORDS + "!")


def test_a_master_key_is_never_written_over(sealed: Path) -> None:
    before = sealed.read_bytes()
    with pytest.raises(Conflict, match="master_exists"):
        master.create_master(sealed, WORDS, random=entropy.system, rounds=10_000)
    assert sealed.read_bytes() == before


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="passphrase_short"):
        master.create_master(tmp_path / "m", "short", random=entropy.system)
    assert not (tmp_path / "m").exists()


def test_a_missing_file_is_named_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="master_missing"):
        master.open_master(tmp_path / "m", WORDS)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "kexin/master/v2"},
        {"rounds": 1},
        {"rounds": "10000"},
        {"salt": 5},
        {"salt": "not base64!"},
        {"sealed": "not base64!"},
        {"more": 1},
    ],
)
def test_a_file_that_is_not_ours_is_unreadable(sealed: Path, change: dict[str, object]) -> None:
    sealed.write_bytes(canonical.dumps({**json.loads(sealed.read_bytes()), **change}))
    with pytest.raises(Invalid, match="master_unreadable"):
        master.open_master(sealed, WORDS)


def test_fewer_rounds_than_were_sealed_do_not_open(sealed: Path) -> None:
    sealed.write_bytes(canonical.dumps({**json.loads(sealed.read_bytes()), "rounds": 10_001}))
    with pytest.raises(Refused, match="passphrase_wrong"):
        master.open_master(sealed, WORDS)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff"])
def test_garbage_is_unreadable(sealed: Path, content: bytes) -> None:
    sealed.write_bytes(content)
    with pytest.raises(Invalid, match="master_unreadable"):
        master.open_master(sealed, WORDS)


def test_the_passphrase_comes_from_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "unseal"
    path.touch(0o600)
    path.write_text(WORDS + "\n")
    assert master.read_passphrase(path) == WORDS


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "unseal"
    path.write_text(WORDS)
    path.chmod(mode)
    with pytest.raises(Refused, match="unseal_file_open_to_others"):
        master.read_passphrase(path)


def test_a_link_a_folder_or_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "unseal"
    path.touch(0o600)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(Refused, match="unseal_file_unreadable"):
        master.read_passphrase(tmp_path / "link")
    with pytest.raises(NotFound, match="unseal_file_missing"):
        master.read_passphrase(tmp_path / "none")
    folder = tmp_path / "folder"
    folder.mkdir(0o700)
    with pytest.raises(Refused, match="unseal_file"):
        master.read_passphrase(folder)
