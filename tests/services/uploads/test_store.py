"""Uploads that wait: sealed, their owner's alone, for some days, whole after a crash."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from crypto.errors import InvalidCiphertext
from services.platform.errors import Conflict, NotFound
from services.platform.forgotten import Journal
from services.platform.record_keys import RecordKeys
from services.platform.work import Runtime
from services.uploads import store
from services.uploads.store import Brief, NewUpload, Upload
from tests.services.honours.test_crashes import DIED, Fuse, fused
from tests.services.nodes import Node

OWNER, OTHER, KIND = "opr_1", "opr_2", "roster"
ROSTER = NewUpload(
    KIND, "inst_41", OWNER, "九年级三班.csv", "林知远".encode() * 1000, {"note": "早"}
)


def keep(runtime: Runtime, given: NewUpload = ROSTER) -> str:
    with runtime.writing() as work:
        return store.keep(work, given)


def load(runtime: Runtime, upload_id: str, owner: str = OWNER, kind: str = KIND) -> Upload:
    with runtime.reading() as work:
        return store.load(work, owner, kind, upload_id)


def waiting(runtime: Runtime, owner: str = OWNER, kind: str = KIND) -> list[Brief]:
    with runtime.reading() as work:
        return store.of_owner(work, owner, kind)


def forget(runtime: Runtime, *upload_ids: str) -> None:
    with runtime.writing() as work:
        store.forget(work, upload_ids)


def rows(runtime: Runtime) -> list[Any]:
    with runtime.reading() as work:
        return list(work.session.execute(text("SELECT * FROM upload")).mappings())


def by_hand(runtime: Runtime, statement: str, **values: object) -> None:
    with runtime.writing() as work:
        work.session.execute(text(statement), values)


def test_what_was_sent_comes_back(runtime: Runtime) -> None:
    upload_id = keep(runtime)
    upload = load(runtime, upload_id)

    assert (upload.data, upload.filename, upload.said) == (
        ROSTER.data,
        ROSTER.filename,
        ROSTER.said,
    )
    assert (upload.tenant, upload.kind, upload.owner_id) == ("inst_41", KIND, OWNER)
    [brief] = waiting(runtime)
    assert (brief.id, brief.filename, brief.said) == (upload_id, ROSTER.filename, ROSTER.said)
    assert upload.expires_at - upload.created_at == store.KEPT


def test_nothing_of_it_lies_open(runtime: Runtime) -> None:
    keep(runtime)
    [row] = rows(runtime)
    written = b"".join(bytes(each) for each in row.values() if isinstance(each, bytes | memoryview))

    assert "林知远".encode() not in written
    assert "九年级".encode() not in written
    assert "早".encode() not in written
    assert len(row["file_sealed"]) > len(ROSTER.data)


def test_nothing_of_it_is_shown_by_repr(runtime: Runtime) -> None:
    shown = repr(load(runtime, keep(runtime))) + repr(ROSTER) + repr(waiting(runtime))
    assert "林" not in shown
    assert "九年级" not in shown


def test_it_is_its_owners_alone(runtime: Runtime) -> None:
    upload_id = keep(runtime)

    for owner, kind in ((OTHER, KIND), (OWNER, "picture")):
        assert waiting(runtime, owner, kind) == []
        with pytest.raises(NotFound, match="upload_unknown"):
            load(runtime, upload_id, owner, kind)
    with pytest.raises(NotFound, match="upload_unknown"):
        load(runtime, "upl_none")


@pytest.mark.parametrize("column", ["owner_id", "kind", "tenant"])
def test_a_row_that_was_given_to_somebody_else_opens_for_nobody(
    runtime: Runtime, column: str
) -> None:
    """Who can write to the database and has no key may not let another one read it."""
    upload_id = keep(runtime)
    by_hand(runtime, f"UPDATE upload SET {column} = 'moved'")
    moved = {"owner_id": OWNER, "kind": KIND} | {column: "moved"}

    with pytest.raises(InvalidCiphertext):
        load(runtime, upload_id, moved["owner_id"], moved["kind"])
    with pytest.raises(InvalidCiphertext):
        waiting(runtime, moved["owner_id"], moved["kind"])


def test_files_of_two_uploads_cannot_be_exchanged(runtime: Runtime) -> None:
    first, second = keep(runtime), keep(runtime, replace(ROSTER, data=b"another"))
    by_hand(
        runtime,
        "UPDATE upload SET file_sealed = (SELECT file_sealed FROM upload WHERE id = :other)"
        " WHERE id = :id",
        id=first,
        other=second,
    )
    with pytest.raises(InvalidCiphertext):
        load(runtime, first)


def test_what_is_said_changes_and_the_file_stays(runtime: Runtime, ticking: Any) -> None:
    upload_id = keep(runtime)
    ticking.now += timedelta(days=6)
    with runtime.writing() as work:
        upload = store.load(work, OWNER, KIND, upload_id, lock=True)
        store.change(work, upload, {"note": "晚"})
    ticking.now += timedelta(days=6)
    changed = load(runtime, upload_id)

    assert (changed.said, changed.data, changed.filename) == (
        {"note": "晚"},
        ROSTER.data,
        ROSTER.filename,
    )
    assert changed.changed_at - changed.created_at == timedelta(days=6)


def test_its_time_is_over_to_the_second(runtime: Runtime, ticking: Any) -> None:
    upload_id = keep(runtime)
    ticking.now += store.KEPT - timedelta(seconds=1)
    assert load(runtime, upload_id).data == ROSTER.data
    ticking.now += timedelta(seconds=1)

    assert waiting(runtime) == []
    with pytest.raises(NotFound, match="upload_unknown"):
        load(runtime, upload_id)
    with runtime.writing() as work:
        assert store.forget_expired(work) == 1
        assert store.forget_expired(work) == 0
    assert rows(runtime) == []


def test_expired_ones_are_forgotten_some_at_a_time(
    runtime: Runtime, ticking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CHUNK", 2)
    for _ in range(3):
        keep(runtime)
    ticking.now += store.KEPT
    with runtime.writing() as work:
        assert [store.forget_expired(work) for _ in range(3)] == [2, 1, 0]


def test_one_person_has_only_so_many_waiting(runtime: Runtime, ticking: Any) -> None:
    small = replace(ROSTER, data=b"a")
    for _ in range(store.MOST):
        keep(runtime, small)
    with pytest.raises(Conflict) as caught:
        keep(runtime, small)
    assert (caught.value.code, caught.value.params) == ("uploads_too_many", {"most": store.MOST})
    keep(runtime, replace(small, owner_id=OTHER))
    keep(runtime, replace(small, kind="picture"))

    ticking.now += store.KEPT  # nobody has swept yet, and they are in nobody's way
    keep(runtime, small)


def test_forgotten_is_gone_for_good(runtime: Runtime) -> None:
    upload_id = keep(runtime)
    forget(runtime, upload_id)
    forget(runtime, upload_id)

    assert rows(runtime) == []
    with runtime.reading() as work, pytest.raises(NotFound, match="record_forgotten"):
        RecordKeys.of(runtime).open(work.session, upload_id)
    assert upload_id in Journal(runtime.settings.forget_journal, runtime.protect).read()


def test_a_restored_backup_brings_no_upload_back(runtime: Runtime) -> None:
    """The row is there again, the journal takes its key away; the others are not in its way."""
    gone, kept = keep(runtime), keep(runtime)
    with runtime.reading() as work:
        query = "SELECT * FROM {} WHERE {} = :id"
        backup = {
            table: dict(
                work.session.execute(text(query.format(table, name)), {"id": gone}).mappings().one()
            )
            for table, name in (("upload", "id"), ("record_key", "id"))
        }
    forget(runtime, gone)
    by_hand(runtime, "DELETE FROM record_key WHERE id = :id", id=gone)
    for table, row in backup.items():
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        by_hand(runtime, f"INSERT INTO {table} ({names}) VALUES ({marks})", **row)
    assert len(waiting(runtime)) == 2
    with runtime.writing() as work:
        assert RecordKeys.of(runtime).replay(work) == 1

    assert [each.id for each in waiting(runtime)] == [kept]
    with pytest.raises(NotFound, match="upload_unknown"):
        load(runtime, gone)
    assert load(runtime, kept).data == ROSTER.data


def died(node: Node, fuse: Fuse, act: Callable[[Runtime], object]) -> bool:
    """Do something in a child; return whether the child died of its fuse."""
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        act(fused(node, fuse))
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, DIED)
    return status == DIED


def at_every_step(node: Node, act: Callable[[], Callable[[Runtime], object]]) -> int:
    """Let something die before and after each step; return how many deaths there were."""
    deaths, step = 0, 1
    while True:
        for before in (True, False):
            made = act()
            node.runtime.database.close()  # a child shares no connection with us
            if not died(node, Fuse(step, before), made):
                return deaths
            deaths += 1
        step += 1


@pytest.mark.slow
def test_keeping_died_anywhere_is_all_or_nothing(node: Node) -> None:
    runtime = node.runtime
    deaths = at_every_step(node, lambda: keep)

    assert deaths >= 6
    found = waiting(runtime)
    assert 1 <= len(found) < deaths
    assert all(load(runtime, each.id).data == ROSTER.data for each in found)
    with runtime.reading() as work:
        keys = work.session.execute(
            text("SELECT count(*) FROM record_key WHERE id LIKE 'upl_%'")
        ).scalar_one()
    assert keys == len(found)


@pytest.mark.slow
def test_forgetting_died_anywhere_is_made_good_at_the_next_start(node: Node) -> None:
    runtime = node.runtime
    made: list[str] = []

    def prepared() -> Callable[[Runtime], object]:
        made.append(keep(runtime, replace(ROSTER, owner_id=f"opr_{len(made)}")))
        return lambda fused: forget(fused, made[-1])

    deaths = at_every_step(node, prepared)
    with runtime.writing() as work:
        RecordKeys.of(runtime).replay(work)
    journal = Journal(runtime.settings.forget_journal, runtime.protect).read()
    left = {row["id"]: row["owner_id"] for row in rows(runtime)}

    assert deaths >= 6
    assert made[-1] not in left
    for upload_id in made:
        assert (upload_id in left) is not (upload_id in journal)
        if upload_id in left:
            assert load(runtime, upload_id, left[upload_id]).data == ROSTER.data
