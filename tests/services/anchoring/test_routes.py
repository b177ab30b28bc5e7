"""Proofs that anybody may ask for, checked as anybody would check them."""

from typing import Any

import pytest

from crypto.jws import unb64u
from ledger import checkpoint, merkle
from tests.services.calling import Api


@pytest.fixture
def origin(issued_api: Api) -> str:
    [found] = [
        each
        for each in issued_api.client.get("/v1/logs").json()
        if issued_api.node.ids["school-a"] in each
    ]
    return str(found)


def get(api: Api, what: str, **params: Any) -> dict[str, Any]:
    answer = api.client.get(f"/v1/logs/{what}", params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_an_entry_is_proved_under_the_signed_root(issued_api: Api, origin: str) -> None:
    note = issued_api.client.get("/v1/logs/checkpoint", params={"origin": origin})
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    signed = checkpoint.parse(note.text).checkpoint
    entries = get(issued_api, "entries", origin=origin)
    assert (entries["size"], len(entries["entries"])) == (signed.size, signed.size)
    leaves = [merkle.leaf_hash(each.encode()) for each in entries["entries"]]
    assert merkle.root(leaves) == signed.root
    for index in (0, 7, signed.size - 1):
        told = get(issued_api, "inclusion", origin=origin, index=index)
        assert unb64u(told["root"]) == signed.root
        merkle.verify_inclusion(
            leaf=leaves[index],
            index=index,
            size=told["size"],
            proof=[unb64u(each) for each in told["hashes"]],
            root=signed.root,
        )


def test_a_tree_is_proved_to_begin_with_an_older_one(issued_api: Api, origin: str) -> None:
    entries = get(issued_api, "entries", origin=origin, limit=10)["entries"]
    told = get(issued_api, "consistency", origin=origin, old_size=10)
    old_root = merkle.root([merkle.leaf_hash(each.encode()) for each in entries])
    assert unb64u(told["old_root"]) == old_root
    merkle.verify_consistency(
        old_size=10,
        new_size=told["size"],
        old_root=old_root,
        new_root=unb64u(told["root"]),
        proof=[unb64u(each) for each in told["hashes"]],
    )


def test_entries_come_in_pages(issued_api: Api, origin: str) -> None:
    size = get(issued_api, "entries", origin=origin)["size"]
    tail = get(issued_api, "entries", origin=origin, start=size - 2)
    assert len(tail["entries"]) == 2
    assert get(issued_api, "entries", origin=origin, start=size + 5)["entries"] == []
    after = issued_api.client.get("/v1/logs", params={"after": origin, "limit": 1}).json()
    assert len(after) == 1
    assert after[0] > origin


def test_what_was_not_signed_is_not_shown(issued_api: Api, origin: str) -> None:
    size = get(issued_api, "entries", origin=origin)["size"]
    wanted = {"origin": origin, "index": 0, "size": size + 1}
    answer = issued_api.client.get("/v1/logs/inclusion", params=wanted)
    assert (answer.status_code, answer.json()["code"]) == (404, "tree_size_unsigned")
    beyond = issued_api.client.get("/v1/logs/inclusion", params={"origin": origin, "index": size})
    assert beyond.status_code == 404
    older = issued_api.client.get(
        "/v1/logs/consistency", params={"origin": origin, "old_size": size + 1}
    )
    assert older.status_code == 404


def test_a_log_without_a_checkpoint_has_none(api: Api) -> None:
    api.node.approve(api.node.draft())
    [fresh] = [
        each for each in api.client.get("/v1/logs").json() if api.node.ids["school-a"] in each
    ]
    answer = api.client.get("/v1/logs/checkpoint", params={"origin": fresh})
    assert (answer.status_code, answer.json()["code"]) == (404, "checkpoint_missing")


@pytest.mark.parametrize(
    ("wanted", "status"),
    [("nowhere.example/log/registry/2026", 404), ("not an origin", 422), ("", 422)],
)
def test_no_such_log(api: Api, wanted: str, status: int) -> None:
    answer = api.client.get("/v1/logs/checkpoint", params={"origin": wanted})
    assert answer.status_code == status


def test_an_auditor_sees_what_waits(api: Api) -> None:
    auditor = api.signed_in("auditor")
    assert auditor.get("/v1/anchors/pending").json() == {"waiting": [], "stopped": []}
    api.node.approve(api.node.draft())
    told = auditor.get("/v1/anchors/pending").json()
    assert [each["index"] for each in told["waiting"]] == [0]
    api.node.work()
    assert auditor.get("/v1/anchors/pending").json()["waiting"] == []
