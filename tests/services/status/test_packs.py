"""The status pack: all lists in one signed file, made when something changed and kept till then."""

import json
from datetime import timedelta
from typing import Any

import pytest

from crypto import canonical
from identity import instants, status_pack, trust_list
from identity.errors import InvalidStatus
from identity.status_list import LIFE, TTL, Status
from identity.status_pack import StatusPack
from services.evidence import verdict
from services.honours import bundles
from services.platform.errors import Unavailable
from services.registry import trust
from services.status import lists
from services.status.lists import Change
from services.status.packs import Packs
from services.status.tables import STATUS_ENTRY
from tests.services import verifying
from tests.services.calling import Api
from tests.services.nodes import Node


def opened(data: bytes, node: Node) -> StatusPack:
    """Take a pack apart as a verifier does, under a key that the trust list names."""
    pack = status_pack.parse(data)
    trusted = verifying.trusted(node).nodes[0]
    key = trusted.key(pack.kid, "status", pack.issued_at)
    status_pack.check_statement(pack.statement, key)
    return pack


def revoke_first(node: Node) -> None:
    with node.runtime.writing() as work:
        row = work.session.execute(STATUS_ENTRY.select().limit(1)).mappings().one()
        lists.change(work, [Change(row["credential"], Status.INVALID, reason="other")])
    lists.publish(node.runtime)


def test_a_pack_holds_every_list_and_the_trust_list(issued: Node) -> None:
    made = Packs(issued.runtime).newest()
    pack = opened(made.data, issued)
    with issued.runtime.reading() as work:
        assert dict(pack.lists) == {
            f"{issued.runtime.settings.url}{lists.PATH}/1": lists.published(work, 1)
        }
    assert pack.trust == trust.newest(issued.runtime.settings.trust_folder)
    assert pack.node == issued.runtime.settings.node_name
    assert pack.expires_at == made.expires_at <= pack.issued_at + LIFE
    assert made.name.endswith(".kexin-pack.json")


def test_a_second_list_is_in_it_too(sqlite_issued: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node = sqlite_issued
    monkeypatch.setattr(lists, "_half_full", lambda *_: True)
    with node.runtime.writing() as work:
        lists.open_list(work)
    lists.publish(node.runtime)
    assert len(opened(Packs(node.runtime).newest().data, node).lists) == 2


def test_a_pack_is_signed_again_only_when_something_changed(sqlite_issued: Node) -> None:
    node, packs = sqlite_issued, Packs(sqlite_issued.runtime)
    first = packs.newest()
    node.clock.now += timedelta(seconds=5)
    assert packs.newest() is first
    revoke_first(node)
    second = packs.newest()
    assert second.data != first.data
    folder = node.runtime.settings.trust_folder
    (folder / trust.LIST).unlink()
    assert status_pack.parse(packs.newest().data).trust is None


def test_lists_that_nobody_believes_make_no_pack(sqlite_issued: Node) -> None:
    packs = Packs(sqlite_issued.runtime)
    packs.newest()
    sqlite_issued.clock.now += LIFE
    with pytest.raises(Unavailable) as caught:
        packs.newest()
    assert caught.value.code == "status_pack_stale"


def test_a_pack_answers_for_a_day_without_the_node(sqlite_issued: Node) -> None:
    """A bundle's own word is over; the pack's is not."""
    node = sqlite_issued
    data = bundles.of_number(node.runtime, node.numbers("school-a")[0])
    node.clock.now += LIFE - timedelta(hours=1)
    lists.publish(node.runtime)
    pack = status_pack.parse(Packs(node.runtime).newest().data)
    later = node.clock.now + timedelta(hours=20)
    root = node.root
    known = trust_list.open(pack.trust, root, now=later, seen=None)
    without = verdict.verify(data, trust=known, now=later)
    assert without.result.value == "undetermined"
    within = verdict.verify(data, trust=known, now=later, packs=[pack])
    assert within.result.value == "valid"


def test_anybody_may_fetch_it_and_keep_it_as_long_as_the_lists(issued_api: Api) -> None:
    answer = issued_api.client.get("/v1/status-pack")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    pack = status_pack.parse(answer.content)
    with issued_api.node.runtime.reading() as work:
        issued_at = lists.publication(work, 1).issued_at
    left = int((issued_at + TTL - issued_api.node.clock.now).total_seconds())
    assert answer.headers["cache-control"] == f"public, max-age={left}"
    assert issued_api.client.get("/v1/status-pack").content == answer.content
    assert instants.write(pack.issued_at) == instants.write(issued_api.node.clock.now)


def test_a_dead_publisher_is_told(issued_api: Api) -> None:
    issued_api.node.clock.now += LIFE
    answer = issued_api.client.get("/v1/status-pack")
    assert (answer.status_code, answer.json()["code"]) == (503, "status_pack_stale")


@pytest.mark.parametrize("member", ["lists", "statement", "trust"])
def test_nothing_can_be_left_out_or_exchanged(sqlite_issued: Node, member: str) -> None:
    data = Packs(sqlite_issued.runtime).newest().data
    content: dict[str, Any] = json.loads(data)
    content[member] = [] if member == "lists" else None
    with pytest.raises(InvalidStatus):
        status_pack.parse(canonical.dumps(content))


def test_the_pack_is_beside_the_lists_as_the_format_says(issued_api: Api) -> None:
    url = verifying.trusted(issued_api.node).nodes[0].status_url
    path = url.removeprefix(issued_api.node.runtime.settings.url) + "-pack"
    assert issued_api.client.get(path).status_code == 200
