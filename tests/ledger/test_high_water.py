"""The mark outside the database: a restored backup is noticed, a crash leaves it whole."""

import os
from pathlib import Path

import pytest

from crypto import canonical
from ledger import high_water
from ledger.errors import LogInconsistent, LogMoved, UnknownLog
from ledger.high_water import HighWater, Mark
from ledger.log import Log
from tests.ledger.samples import ORIGIN, a_log, an_entry, some_entries


@pytest.fixture
def water(tmp_path: Path) -> HighWater:
    return HighWater(tmp_path / "high-water.json")


def mark(log: Log) -> Mark:
    return Mark(log.origin, log.size, log.root())


def code(call: object) -> str:
    assert callable(call)
    with pytest.raises(LogInconsistent) as caught:
        call()
    return caught.value.code


def test_marks_are_kept(water: HighWater, tmp_path: Path) -> None:
    assert water.marks() == {}
    log, _ = a_log(3)
    other = Mark("other.node/log/registry/2026", 7, bytes(32))
    water.advance([mark(log), other])
    assert HighWater(tmp_path / "high-water.json").marks() == {
        ORIGIN: mark(log),
        other.origin: other,
    }
    log.append(some_entries(2, start=3))
    water.advance([mark(log)])
    assert water.marks()[ORIGIN].size == 5
    assert water.marks()[other.origin] == other


def test_a_mark_is_flushed_before_it_counts(
    water: HighWater, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    real = os.fsync

    def counting(descriptor: int) -> None:
        flushed.append(descriptor)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", counting)
    water.advance([mark(a_log(1)[0])])
    assert len(flushed) == 2, "the file, then its folder"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "high-water.json",
        "high-water.json.lock",
    ]


def test_a_crash_while_writing_leaves_the_old_mark(
    water: HighWater, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, _ = a_log(1)
    water.advance([mark(log)])

    def dies(_: int) -> None:
        raise OSError("the power went")

    monkeypatch.setattr(os, "fsync", dies)
    log.append([an_entry(1)])
    with pytest.raises(OSError, match="the power went"):
        water.advance([mark(log)])
    monkeypatch.undo()
    assert water.marks()[ORIGIN].size == 1
    water.advance([mark(log)])
    assert water.marks()[ORIGIN].size == 2


def test_a_mark_never_sinks_or_changes(water: HighWater) -> None:
    water.advance([Mark(ORIGIN, 5, bytes(32))])
    water.advance([Mark(ORIGIN, 5, bytes(32))])
    with pytest.raises(LogMoved):
        water.advance([Mark(ORIGIN, 4, bytes(32))])
    assert code(lambda: water.advance([Mark(ORIGIN, 5, b"x" * 32)])) == "log_other_root"
    other = Mark("other.node/log/registry/2026", 1, bytes(32))
    assert code(lambda: water.advance([other, Mark(ORIGIN, 5, b"x" * 32)])) == "log_other_root"
    assert list(water.marks()) == [ORIGIN], "none of several is raised if one is refused"


def test_a_log_with_all_that_was_signed_passes() -> None:
    log, _ = a_log(3)
    signed = mark(log)
    high_water.check(None, log, signed_size=0)
    high_water.check(signed, log, signed_size=3)
    log.append(some_entries(2, start=3))
    high_water.check(signed, log, signed_size=3)


def test_a_restored_backup_is_noticed() -> None:
    signed = mark(a_log(3)[0])
    backup, _ = a_log(2)
    assert code(lambda: high_water.check(signed, backup, signed_size=2)) == "log_below_mark"
    backup.append([an_entry(77)])
    assert code(lambda: high_water.check(signed, backup, signed_size=2)) == "log_other_root"
    backup.append([an_entry(78), an_entry(79)])
    assert code(lambda: high_water.check(signed, backup, signed_size=2)) == "log_other_root", (
        "growing past the mark does not hide another history"
    )


def test_a_lost_file_is_noticed() -> None:
    log, _ = a_log(3)
    assert code(lambda: high_water.check(None, log, signed_size=3)) == "mark_missing"


def test_all_marks_are_checked_and_a_lost_log_is_noticed() -> None:
    log, _ = a_log(3)

    def open_log(origin: str) -> Log:
        if origin != ORIGIN:
            raise UnknownLog("log_unknown", origin=origin)
        return log

    high_water.check_all([mark(log)], open_log)
    lost = Mark("other.node/log/registry/2026", 1, bytes(32))
    assert code(lambda: high_water.check_all([mark(log), lost], open_log)) == "log_below_mark"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"format":"kexin/high-water/v1","marks":{},"more":1}',
        b'{"format":"kexin/high-water/v2","marks":{}}',
        b'{"format":"kexin/high-water/v1","marks":{"a":{"root":"AA","size":"1"}}}',
        b'{"format":"kexin/high-water/v1","marks":{"a":{"root":"A","size":1}}}',
        b'{"format":"kexin/high-water/v1", "marks":{}}',
    ],
)
def test_an_unreadable_file_stops_the_node(water: HighWater, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "high-water.json").write_bytes(data)
    assert code(water.marks) == "mark_unreadable"
    assert code(lambda: water.advance([Mark(ORIGIN, 1, bytes(32))])) == "mark_unreadable"


def test_the_file_is_canonical(water: HighWater, tmp_path: Path) -> None:
    water.advance([Mark(ORIGIN, 1, bytes(32))])
    assert canonical.loads((tmp_path / "high-water.json").read_bytes()) == {
        "format": high_water.FORMAT,
        "marks": {ORIGIN: {"root": "A" * 43, "size": 1}},
    }
