"""What was forgotten stays forgotten, also when an earlier database comes back."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from crypto import sm4
from crypto.errors import InvalidCiphertext
from services.platform.errors import NotFound, Tampered
from services.platform.forgotten import Journal
from services.platform.protect import Protect
from services.platform.record_keys import RecordKeys
from services.platform.tables import RECORD_KEY
from services.platform.work import Runtime
from tests.services.conftest import Ticking


@pytest.fixture
def journal(runtime: Runtime) -> Journal:
    return Journal(runtime.settings.forget_journal, runtime.protect)


@pytest.fixture
def keys(runtime: Runtime, journal: Journal) -> RecordKeys:
    return RecordKeys(runtime.protect, journal)


def create(runtime: Runtime, keys: RecordKeys, *ids: str) -> dict[str, bytes]:
    with runtime.writing() as work:
        return keys.create(work, ids)


def destroy(runtime: Runtime, keys: RecordKeys, *ids: str) -> int:
    with runtime.writing() as work:
        return keys.destroy(work, ids)


def replay(runtime: Runtime, keys: RecordKeys) -> int:
    with runtime.writing() as work:
        return keys.replay(work)


def opened(runtime: Runtime, keys: RecordKeys, record_id: str) -> bytes:
    with runtime.reading() as work:
        return keys.open(work.session, record_id)


def test_each_record_has_a_key_of_its_own(runtime: Runtime, keys: RecordKeys) -> None:
    made = create(runtime, keys, "row_1", "row_2")
    assert made["row_1"] != made["row_2"]
    assert opened(runtime, keys, "row_1") == made["row_1"]
    with runtime.reading() as work:
        assert keys.open_many(work.session, ["row_1", "row_2"]) == made
    assert create(runtime, keys) == {}


def test_a_destroyed_key_is_gone_and_its_neighbour_stays(
    runtime: Runtime, keys: RecordKeys
) -> None:
    made = create(runtime, keys, "row_1", "row_2")
    assert destroy(runtime, keys, "row_1", "row_9") == 1
    assert destroy(runtime, keys, "row_1") == 0
    with pytest.raises(NotFound, match="record_forgotten"):
        opened(runtime, keys, "row_1")
    with pytest.raises(NotFound, match="record_key_unknown"):
        opened(runtime, keys, "row_9")
    with runtime.reading() as work:
        found = keys.open_existing(work.session, ["row_1", "row_2", "row_9"])
    assert found == {"row_1": None, "row_2": made["row_2"]}


def test_a_wrapped_key_does_not_open_under_another_record(
    runtime: Runtime, keys: RecordKeys
) -> None:
    create(runtime, keys, "row_1")
    with runtime.writing() as work:
        work.session.execute(update(RECORD_KEY).values(id="row_2"))
    with pytest.raises(InvalidCiphertext):
        opened(runtime, keys, "row_2")


def test_a_restored_backup_is_forgotten_again(
    sqlite_url: str, tmp_path: Path, runtime: Runtime, keys: RecordKeys
) -> None:
    secret = create(runtime, keys, "row_1", "row_2")["row_1"]
    canary = sm4.seal(secret, b"canary", b"")
    with runtime.reading() as work:
        backup = list(work.session.execute(RECORD_KEY.select()).mappings())
    destroy(runtime, keys, "row_1")

    with runtime.writing() as work:  # the backup comes back
        work.session.execute(delete(RECORD_KEY))
        work.session.execute(RECORD_KEY.insert(), [dict(row) for row in backup])
    assert sm4.unseal(opened(runtime, keys, "row_1"), canary, b"") == b"canary"

    assert replay(runtime, keys) == 1
    with pytest.raises(NotFound, match="record_forgotten"):
        opened(runtime, keys, "row_1")
    opened(runtime, keys, "row_2")
    assert replay(runtime, keys) == 0


def test_a_process_that_died_before_the_line_is_made_good(
    runtime: Runtime, keys: RecordKeys, journal: Journal
) -> None:
    create(runtime, keys, "row_1", "row_2")
    destroy(runtime, keys, "row_1")
    destroy(runtime, keys, "row_2")
    first = journal.path.read_bytes().splitlines(keepends=True)[0]
    journal.path.write_bytes(first + b"row_2 2026-11-24T0")  # the line was being written
    assert journal.read() == {"row_1"}
    assert replay(runtime, keys) == 0
    assert journal.read() == {"row_1", "row_2"}


def test_nothing_is_written_down_for_what_was_rolled_back(
    runtime: Runtime, keys: RecordKeys, journal: Journal
) -> None:
    create(runtime, keys, "row_1")

    def half() -> None:
        with runtime.writing() as work:
            keys.destroy(work, ["row_1"])
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert journal.read() == set()
    opened(runtime, keys, "row_1")


def _written(journal: Journal, count: int, ticking: Ticking) -> list[bytes]:
    for number in range(count):
        ticking.now += timedelta(seconds=1)
        journal.append([(f"row_{number}", ticking.now)])
    return journal.path.read_bytes().splitlines(keepends=True)


def test_an_altered_journal_is_refused(tmp_path: Path, ticking: Ticking) -> None:
    journal = Journal(tmp_path / "forget.journal", Protect(bytes(32)))
    one, two, three = _written(journal, 3, ticking)
    wrong = {
        "a line taken out": one + three,
        "lines swapped": two + one + three,
        "the first line gone": two + three,
        "an id changed": one.replace(b"row_0", b"row_7") + two + three,
        "a time changed": one.replace(b"T04:00:01", b"T04:00:02") + two + three,
        "a line twice": one + one + two + three,
        "not a line": b"\xff\n" + one,
    }
    for name, content in wrong.items():
        journal.path.write_bytes(content)
        with pytest.raises(Tampered, match="forget_journal_altered"):
            journal.read()
        with pytest.raises(Tampered):
            journal.append([("row_9", ticking.now)])
        assert journal.path.read_bytes() == content, name


def test_another_nodes_journal_is_refused(tmp_path: Path, ticking: Ticking) -> None:
    mine = Journal(tmp_path / "mine", Protect(bytes(32)))
    theirs = Journal(tmp_path / "theirs", Protect(bytes([1]) * 32))
    _written(mine, 1, ticking)
    shutil.copy(mine.path, theirs.path)
    with pytest.raises(Tampered):
        theirs.read()


def test_a_journal_is_its_owners_alone_and_starts_empty(tmp_path: Path, ticking: Ticking) -> None:
    journal = Journal(tmp_path / "new" / "forget.journal", Protect(bytes(32)))
    assert journal.read() == set()
    journal.append([])
    assert not journal.path.exists()
    _written(journal, 1, ticking)
    assert journal.path.stat().st_mode & 0o777 == 0o600
