"""Check `document`: the page is the node's, byte for byte."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crypto.cms import SignedData
from identity.trust_list import TrustList
from identity.validity import Span
from services.evidence.finding import Finding
from services.evidence.reasons import Result
from services.evidence.terms import NoTrust
from services.evidence.verdict import Outcome
from tests.services.evidence import judging, papers, world
from tests.services.evidence.world import NODE, NOON, SCHOOL

ORIGIN = f"{NODE}/log/{SCHOOL}/2026"


def listing(span: Span = world.ALWAYS, **changes: Any) -> TrustList:
    """Return a trust list that names the node's document key."""
    keys = (*world.node().keys, world.node_key("document", "document", span))
    return world.trusted(nodes=(world.node(keys=keys),), **changes)


def judge(data: bytes, trust: TrustList | None = None) -> Finding:
    verdict = judging.judge(data, trust=trust or listing())
    finding = verdict.finding("document")
    assert (verdict.result is Outcome.VALID) <= finding.passed
    return finding


def test_a_certificate_file_is_valid() -> None:
    verdict = judging.judge(papers.signed(), trust=listing())

    assert verdict.result is Outcome.VALID
    assert [each.check for each in verdict.checks][:3] == ["format", "document", "signature"]
    finding = verdict.finding("document")
    assert (finding.reason, finding.at) == ("signed", papers.SIGNED)


def test_altered_words_on_the_page() -> None:
    data = papers.signed().replace(b"A. Guli", b"B. Guli")
    verdict = judging.judge(data, trust=listing())

    assert verdict.result is Outcome.INVALID
    assert [each.check for each in verdict.checks if not each.passed] == ["document"]
    assert judge(data).reason == "altered"


def test_a_new_page_around_a_genuine_bundle() -> None:
    mine = papers.page(world.bundle_bytes(), words="Certificate: B. Guli")
    assert judge(mine).reason == "unsigned"


def test_a_signature_moved_from_another_file() -> None:
    other = papers.signed(words="Certificate: B. Guli")
    digits = papers.signed()[other.index(b"/Contents<") :][:4108]
    start = other.index(b"/Contents<")
    assert judge(other[:start] + digits + other[start + 4108 :]).reason == "altered"


def test_a_forged_signature() -> None:
    data = papers.signed()

    def forge(read: SignedData) -> bytes:
        other = papers.signed_by("stranger", read.digest, read.signed_at)
        return replace(read, signature=other.signature).der()

    assert judge(papers.resigned(data, forge)).reason == "forged"


def test_a_strangers_own_signature_is_by_an_unknown_key() -> None:
    assert judge(papers.signed(key="stranger")).reason == "unknown_key"


@pytest.mark.parametrize("key", ["log", "receipt", "status", "issuer", "registrar 1"])
def test_no_key_of_another_use_signs_files(key: str) -> None:
    assert judge(papers.signed(key=key)).reason == "unknown_key"


def test_the_key_of_another_node() -> None:
    keys = (world.node_key("document 2", "document"),)
    other = world.node(name="kexin.kf.example", keys=(*world.node().keys[:0], *keys))
    trust = listing()
    trust = replace(trust, nodes=(*trust.nodes, other))
    assert judge(papers.signed(key="document 2", name=other.name), trust).reason == "unknown_key"


def test_a_certificate_under_another_name() -> None:
    assert judge(papers.signed(name="kexin.kf.example")).reason == "unknown_key"


def test_a_key_that_was_not_in_force_yet() -> None:
    assert judge(papers.signed(), listing(Span(NOON, None))).reason == "not_in_force"


def test_a_key_that_had_ended() -> None:
    ended = Span(world.START, papers.SIGNED)
    assert judge(papers.signed(), listing(ended)).reason == "not_in_force"


def test_a_signature_from_the_future() -> None:
    assert judge(papers.signed(at=NOON + timedelta(minutes=2))).reason == "not_yet"
    assert judge(papers.signed(at=NOON + timedelta(seconds=30))).reason == "signed"


def test_a_key_that_was_lost_after_this_place_in_the_log() -> None:
    finding = judge(papers.signed(), listing(cut_offs=(world.cut("document", (ORIGIN, 60)),)))

    assert (finding.reason, finding.result) == ("key_cut_before", Result.UNKNOWN)


def test_a_key_that_was_lost_before() -> None:
    finding = judge(papers.signed(), listing(cut_offs=(world.cut("document", (ORIGIN, 1)),)))

    assert (finding.reason, finding.result) == ("key_cut", Result.FAIL)


def test_without_a_trust_list_nothing_is_known() -> None:
    verdict = judging.judge(papers.signed(), trust=NoTrust("trust_list_missing"))

    assert verdict.result is Outcome.UNDETERMINED
    assert verdict.finding("document").reason == "not_reached"


def test_a_node_that_is_not_listed() -> None:
    trust = listing()
    other = replace(trust.nodes[0], name="kexin.kf.example")
    assert judge(papers.signed(), replace(trust, nodes=(other,))).reason == "not_reached"


def test_a_signed_file_without_a_bundle() -> None:
    data = papers.signer().sign(papers.page(), papers.SIGNED)
    verdict = judging.judge(data, trust=listing())

    assert judging.reasons(verdict)["format"] == "no_attachment"
    assert judging.reasons(verdict)["document"] == "not_reached"


def test_a_signed_file_with_two_attachments() -> None:
    bundle = world.bundle_bytes()
    data = papers.signer().sign(papers.page(bundle, bundle), papers.SIGNED)
    verdict = judging.judge(data, trust=listing())

    assert verdict.result is Outcome.INVALID
    assert judging.reasons(verdict)["format"] == "attachments"
