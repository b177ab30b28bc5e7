"""Whom the node asks: itself without a network, others over it."""

from dataclasses import replace

import pytest

from identity.trust_list import TrustList
from ledger.evidence import open_receipt
from services.evidence import bundle
from services.evidence.errors import SourceUnavailable
from services.evidence.reading import read_issuer
from services.registry import proofs
from services.verification import service
from services.verification.sources import NodeSources
from tests.services.nodes import Node

NOBODY = "http://127.0.0.1:9"
"""Where nothing listens."""


@pytest.fixture
def trusted(sqlite_node: Node) -> TrustList:
    found = service.trust_of(sqlite_node.runtime, sqlite_node.clock.now)
    assert isinstance(found, TrustList)
    return found


def test_what_is_ones_own_is_read_from_the_database(sqlite_node: Node, trusted: TrustList) -> None:
    sources = NodeSources(sqlite_node.runtime, trusted)
    own = trusted.nodes[0]
    assert sources.status_list(f"{own.status_url}/1").count(".") == 2
    school = sqlite_node.ids["school-a"]
    assert read_issuer(sources.record(own.records_url, school)).record.id == school


@pytest.mark.parametrize("number", ["999", "x", ""])
def test_a_list_that_was_never_opened_is_unavailable(
    sqlite_node: Node, trusted: TrustList, number: str
) -> None:
    sources = NodeSources(sqlite_node.runtime, trusted)
    with pytest.raises(SourceUnavailable, match="unreachable"):
        sources.status_list(f"{trusted.nodes[0].status_url}/{number}")


def test_a_record_that_is_not_there_is_unavailable(sqlite_node: Node, trusted: TrustList) -> None:
    sources = NodeSources(sqlite_node.runtime, trusted)
    with pytest.raises(SourceUnavailable, match="unreachable"):
        sources.record(trusted.nodes[0].records_url, "inst_41ZZZZZZZZZZZZZZZZ")


def test_others_are_asked_at_their_addresses(sqlite_node: Node, trusted: TrustList) -> None:
    sources = NodeSources(sqlite_node.runtime, trusted)
    with pytest.raises(SourceUnavailable, match="unreachable"):
        sources.status_list(f"{NOBODY}/v1/status/1")
    with pytest.raises(SourceUnavailable, match="unreachable"):
        sources.record(f"{NOBODY}/v1/records", sqlite_node.ids["school-a"])


def test_a_node_that_the_list_does_not_know_has_nothing_of_its_own(
    sqlite_node: Node, trusted: TrustList
) -> None:
    other = replace(trusted.nodes[0], name="other.example", status_url=f"{NOBODY}/v1/status")
    for known in (None, replace(trusted, nodes=(other,))):
        sources = NodeSources(sqlite_node.runtime, known)
        with pytest.raises(SourceUnavailable, match="unreachable"):
            sources.status_list(f"{NOBODY}/v1/status/1")


def test_a_node_without_a_chain_asks_none(sqlite_node: Node, trusted: TrustList) -> None:
    with sqlite_node.runtime.reading() as work:
        part = bundle.parse_issuer(proofs.issuer_part(work, sqlite_node.ids["school-a"]))
    receipt = open_receipt(part.place.receipt)
    with pytest.raises(SourceUnavailable, match="live_none"):
        NodeSources(sqlite_node.runtime, trusted).live(receipt, bytes(32))
