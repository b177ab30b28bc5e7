"""The root, the list, and what is remembered of them."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crypto import canonical
from crypto.canonical import Json
from identity import status_pack, trust_list
from identity.trust_list import TrustList
from services.evidence import trust_store
from services.evidence.terms import NoTrust
from services.evidence.trust_store import UnusablePack, UnusableRoot
from tests.services.evidence import world
from tests.services.evidence.world import NOON


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "root.json").write_bytes(world.ROOT.to_bytes())
    put(tmp_path, world.trust_document())
    return tmp_path


def put(folder: Path, document: Json) -> None:
    (folder / "list.json").write_bytes(canonical.dumps(document))


def read(folder: Path, *packs: bytes) -> TrustList | NoTrust:
    root = trust_store.read_root(folder / "root.json")
    return trust_store.read_list(
        folder / "list.json",
        root,
        now=NOON,
        state=folder / "state",
        packs=[status_pack.parse(each) for each in packs],
    )


def seen(folder: Path) -> Path:
    [path] = (folder / "state").iterdir()
    return path


def test_a_list_in_force_is_opened_and_remembered(folder: Path) -> None:
    assert read(folder) == world.trusted()
    assert read(folder) == world.trusted()
    kept = json.loads(seen(folder).read_bytes())
    assert kept["seq"] == 2


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (world.trust_document(next_update=NOON), "trust_list_expired"),
        (world.trust_document(issued_at=NOON + timedelta(minutes=2)), "trust_list_not_yet"),
        (world.trust_document(world.OPERATORS[:1]), "trust_list_signature"),
        (world.trust_document(("operator 1", "stranger")), "trust_list_signature"),
        (world.trust_document(root=bytes(32)), "trust_list_root"),
        ({"format": "kexin/trust-list/v1"}, "trust_list_unreadable"),
        ("list", "trust_list_unreadable"),
    ],
    ids=["expired", "future", "one operator", "a stranger", "other root", "unsealed", "text"],
)
def test_a_list_that_is_not_in_force_is_named(folder: Path, document: Json, reason: str) -> None:
    put(folder, document)

    assert read(folder) == NoTrust(reason)
    assert not (folder / "state").exists()


def test_one_operator_who_signs_twice_is_one_operator(folder: Path) -> None:
    document = world.trust_document(world.OPERATORS[:1])
    assert isinstance(document, dict)
    assert isinstance(document["signatures"], list)
    put(folder, {**document, "signatures": document["signatures"] * 2})

    assert read(folder) == NoTrust("trust_list_signature")


def test_an_older_list_is_refused(folder: Path) -> None:
    first = world.trust_document()
    follows: dict[str, Any] = {"seq": 3, "previous": trust_list.digest(first)}
    assert isinstance(read(folder), TrustList)
    put(folder, world.trust_document(**follows))
    assert isinstance(read(folder), TrustList)

    put(folder, first)
    assert read(folder) == NoTrust("trust_list_rollback")
    put(folder, world.trust_document(**follows, witnesses_required=0, algorithms=()))
    assert read(folder) == NoTrust("trust_list_rollback")
    put(folder, world.trust_document(seq=4, previous=bytes(32)))
    assert read(folder) == NoTrust("trust_list_broken_chain")


def test_a_list_that_is_not_there_or_too_large(folder: Path) -> None:
    (folder / "list.json").write_bytes(bytes(trust_store.MAX_FILE + 1))
    assert read(folder) == NoTrust("trust_list_unreadable")
    (folder / "list.json").unlink()
    assert read(folder) == NoTrust("trust_list_missing")


@pytest.mark.parametrize(("content", "code"), [(None, "root_missing"), (b"{}", "root_unreadable")])
def test_a_root_that_cannot_be_used(folder: Path, content: bytes | None, code: str) -> None:
    (folder / "root.json").unlink()
    if content is not None:
        (folder / "root.json").write_bytes(content)

    with pytest.raises(UnusableRoot) as caught:
        read(folder)

    assert caught.value.code == code


@pytest.mark.parametrize("content", [b"", b"{}", b'{"digest":"?","seq":1}', b"[1,2]"])
def test_a_memory_that_cannot_be_read_stops(folder: Path, content: bytes) -> None:
    read(folder)
    seen(folder).write_bytes(content)

    with pytest.raises(UnusableRoot) as caught:
        read(folder)

    assert caught.value.code == "seen_unreadable"


def test_a_memory_that_cannot_be_reached_stops(folder: Path) -> None:
    (folder / "state").write_bytes(b"a file where the folder should be")

    with pytest.raises(UnusableRoot) as caught:
        read(folder)

    assert caught.value.code == "seen_unreadable"


def test_a_folder_that_takes_no_file_stops(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(UnusableRoot) as caught:
        read(folder)

    assert caught.value.code == "seen_unwritable"


def test_the_memory_is_replaced_as_a_whole(folder: Path) -> None:
    read(folder)

    assert [path.name for path in (folder / "state").iterdir()] == [seen(folder).name]
    assert os.access(seen(folder), os.R_OK)


THIRD = {"seq": 3, "previous": trust_list.digest(world.trust_document())}


def carrying(**changes: Any) -> bytes:
    return world.pack(trust=world.trust_document(**changes))


def test_a_newer_list_in_a_pack_is_used_and_remembered(folder: Path) -> None:
    assert read(folder, carrying(**THIRD)) == world.trusted(**THIRD)
    assert json.loads(seen(folder).read_bytes())["seq"] == 3
    assert read(folder) == NoTrust("trust_list_rollback")
    assert read(folder, carrying(**THIRD)) == world.trusted(**THIRD)


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 1, "previous": None},
        {"seq": 3},
        {"witnesses_required": 0, "next_update": NOON + timedelta(days=1)},
        {**THIRD, "next_update": NOON},
    ],
    ids=["older", "broken chain", "another of the same number", "expired"],
)
def test_a_worse_list_in_a_pack_changes_nothing(folder: Path, change: dict[str, Any]) -> None:
    assert read(folder, carrying(**change)) == world.trusted()
    assert json.loads(seen(folder).read_bytes())["seq"] == 2


def test_a_pack_without_a_list_brings_none(folder: Path) -> None:
    (folder / "list.json").unlink()

    assert read(folder, world.pack()) == NoTrust("trust_list_missing")


def test_the_list_of_a_pack_stands_in_for_a_missing_one(folder: Path) -> None:
    (folder / "list.json").unlink()

    assert read(folder, carrying(next_update=NOON)) == NoTrust("trust_list_expired")
    assert read(folder, carrying()) == world.trusted()


@pytest.mark.parametrize("data", [b"", b"{}", world.pack()[:-1]])
def test_what_is_no_pack_is_refused(folder: Path, data: bytes) -> None:
    (folder / "pack.json").write_bytes(data)

    with pytest.raises(UnusablePack) as caught:
        trust_store.read_pack(folder / "pack.json")
    assert caught.value.code == "pack_unreadable"


def test_a_pack_is_read(folder: Path) -> None:
    (folder / "pack.json").write_bytes(world.pack())

    assert trust_store.read_pack(folder / "pack.json").node == world.NODE


def test_a_pack_beyond_its_bound_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pack.json").write_bytes(world.pack())
    monkeypatch.setattr(status_pack, "MAX_SIZE", 10)

    with pytest.raises(UnusablePack):
        trust_store.read_pack(folder / "pack.json")
