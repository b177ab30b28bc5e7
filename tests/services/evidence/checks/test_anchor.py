"""Check `anchor`."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from identity.trust_list import TrustList
from identity.validity import Span
from ledger.evidence import Level
from services.evidence.bundle import Place
from services.evidence.finding import Finding
from services.evidence.verdict import Outcome
from tests.services.evidence import judging, world
from tests.services.evidence.world import NODE, NOON, SCHOOL

TEXT = world.sd_jwt()
PARTS = world.bundle_parts(TEXT)
ORIGIN = f"{NODE}/log/{SCHOOL}/2026"
REGISTRY = f"{NODE}/log/registry/2026"


def finding(place: Place | None = None, **terms: Any) -> Finding:
    verdict = judging.judge(replace(PARTS, place=place or PARTS.place), **terms)
    found = verdict.finding("anchor")
    assert found.passed or verdict.result is not Outcome.VALID
    return found


def trust(**changes: Any) -> TrustList:
    return world.trusted(chains=(replace(world.EVM, **changes),))


def test_a_receipt_is_the_nodes_word() -> None:
    found = finding()

    assert (found.reason, found.evidence, found.at) == ("receipt", "receipt", world.ANCHORED)
    assert found.notes == ()


def test_without_a_receipt_it_is_not_anchored() -> None:
    assert finding(replace(PARTS.place, receipt=None)).reason == "not_anchored"


def test_a_receipt_by_another_key_of_the_node() -> None:
    assert finding(world.credential_place(TEXT, receipt_key="log")).reason == "receipt_wrong"


def test_a_receipt_key_that_was_not_in_force() -> None:
    keys = tuple(
        replace(each, span=Span(NOON, None)) if each.use == "receipt" else each
        for each in world.node().keys
    )

    assert finding(trust=world.trusted(nodes=(world.node(keys=keys),))).reason == "receipt_wrong"


def test_a_swapped_receipt() -> None:
    other = world.credential_place(world.sd_jwt(random=world.Numbers("other")))

    assert finding(replace(PARTS.place, receipt=other.receipt)).reason == "other_head"


def test_a_block_of_tomorrow() -> None:
    place = world.credential_place(TEXT, block_time=NOON + timedelta(minutes=2))

    assert finding(place).reason == "receipt_wrong"


def test_a_chain_that_is_not_listed() -> None:
    assert finding(trust=world.trusted(chains=())).reason == "chain_unlisted"


@pytest.mark.parametrize("change", [{"genesis": bytes(32)}, {"contract": "0x" + "00" * 20}])
def test_another_chain_under_the_same_id(change: dict[str, Any]) -> None:
    found = finding(trust=trust(**change))

    assert found.reason == "other_chain"
    assert "eip155:31337" in judging.message(found)["en"]


def test_a_demonstration_chain_is_named() -> None:
    found = finding(trust=trust(assurance="demo"))

    assert (found.reason, found.notes) == ("receipt", ("demo_chain",))
    assert "这条链（豫教链）只供演示" in judging.message(found)["zh"]
    assert judging.message(found)["en"].endswith(
        "This chain (Henan Education Chain) is for demonstration only."
    )


def local(**terms: Any) -> Finding:
    """Return the finding for a node without a chain, under the demo list that says so."""
    parts = world.bundle_parts(
        TEXT,
        place=world.credential_place(TEXT, chain=world.LOCAL),
        issuer=world.registry_part(chain=world.LOCAL),
    )
    verdict = judging.judge(parts, trust=world.trusted(chains=(world.LOCAL,)), **terms)
    if "require" not in terms:
        assert verdict.result is Outcome.VALID
    return verdict.finding("anchor")


def test_a_node_without_a_chain_says_that_nobody_else_saw_it() -> None:
    found = local()

    assert (found.reason, found.evidence) == ("local", "local")
    assert found.notes == ("one_operator", "demo_chain")
    assert "One operator, no outside witness." in judging.message(found)["en"]


def test_more_evidence_can_be_required() -> None:
    assert local(require=Level.RECEIPT).reason == "evidence_below"
    found = finding(require=Level.LIVE)
    assert found.reason == "evidence_below"
    assert judging.message(found)["zh"] == "要求的证明强度是“链上核对”，现在只有“节点回执”。"


def test_the_list_can_require_more() -> None:
    assert finding(trust=trust(minimum="seals")).reason == "evidence_below"
    assert finding(require=Level.LOCAL).reason == "receipt"


def test_the_chain_itself_agrees() -> None:
    sources = judging.answering(PARTS)

    verdict = judging.judge(PARTS, sources=sources, require=Level.LIVE)

    assert verdict.result is Outcome.VALID
    assert verdict.finding("anchor").evidence == "live"
    # The record's anchor needs the same evidence, so it is asked for too.
    assert [each for each in sources.asked if each.startswith("eip155")] == [
        f"eip155:31337 {ORIGIN} 1",
        f"eip155:31337 {REGISTRY} 1",
    ]


def test_the_chain_itself_says_something_else() -> None:
    found = finding(sources=judging.answering(PARTS, chain="differs"))

    assert found.reason == "live_differs"
    assert "chain_block" in judging.message(found)["zh"]


def test_a_silent_chain_leaves_the_receipt_and_is_told() -> None:
    found = finding(sources=judging.answering(PARTS, chain="silent"))

    assert (found.reason, found.evidence, found.notes) == ("receipt", "receipt", ("live_silent",))


def test_without_endpoints_nobody_was_silent() -> None:
    found = finding(sources=judging.answering(PARTS, chain="none"))

    assert (found.reason, found.notes) == ("receipt", ())


@pytest.mark.parametrize(("size", "expected"), [(6, "receipt_alone"), (5, "receipt_cut")])
def test_a_cut_off_of_the_receipt_key(size: int, expected: str) -> None:
    cut = world.trusted(cut_offs=(world.cut("receipt", (ORIGIN, size)),))

    assert finding(trust=cut).reason == expected


@pytest.mark.parametrize("name", ["issuer", "registrar 1", "log", "receipt"])
def test_a_receipt_alone_is_unknown_where_a_key_involved_was_cut(name: str) -> None:
    """What was signed before the cut stays valid, but only the chain itself can show the order."""
    kept = sorted([(ORIGIN, 6), (REGISTRY, 6)])
    cut = world.trusted(cut_offs=(world.cut(name, *kept),))

    offline = judging.judge(PARTS, trust=cut)
    online = judging.judge(PARTS, trust=cut, sources=judging.answering(PARTS))

    assert offline.finding("anchor").reason == "receipt_alone"
    assert offline.result is Outcome.UNDETERMINED
    assert online.result is Outcome.VALID, judging.reasons(online)
