"""Check `issuer`."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crypto import sm3
from identity import codes, issuer
from identity.validity import Span
from services.evidence import bundle
from services.evidence.bundle import IssuerPart
from services.evidence.verdict import Outcome, Verdict
from tests.services.evidence import judging, world
from tests.services.evidence.world import NODE, NOON, SCHOOL

REGISTRY = f"{NODE}/log/registry/2026"


def judge(part: IssuerPart | None = None, **terms: Any) -> Verdict:
    text = terms.pop("text", None)
    verdict = judging.judge(world.bundle_parts(text, issuer=part or world.registry_part()), **terms)
    finding = verdict.finding("issuer")
    assert finding.passed or verdict.result is not Outcome.VALID
    return verdict


def reason(part: IssuerPart | None = None, **terms: Any) -> str:
    return judge(part, **terms).finding("issuer").reason


def test_the_record_that_came_along_passes_and_its_age_is_told() -> None:
    finding = judge().finding("issuer")

    assert (finding.reason, finding.evidence, finding.at) == (
        "recorded",
        "receipt",
        world.REGISTERED,
    )
    assert "距今 83 天" in judging.message(finding)["zh"]


def test_a_swapped_record() -> None:
    part = world.registry_part()
    other = world.registry_part(world.sealed(world.record(id=world.BUREAU, superior=None)))

    assert reason(other) == "other_issuer"
    changed = world.sealed(world.record(telephone="110-110"))
    assert reason(replace(part, record=changed)) == "record_not_logged"


def test_a_node_that_is_not_listed() -> None:
    stranger = world.record(node="kexin.stranger.example")
    part = world.registry_part(world.sealed(stranger), node="kexin.stranger.example")

    verdict = judge(part)

    assert verdict.finding("issuer").reason == "node_unlisted"
    assert verdict.result is Outcome.INVALID
    assert verdict.shown is None


@pytest.mark.parametrize(
    "signers",
    [("registrar 1",), ("registrar 1", "stranger"), ("registrar 1", "log")],
)
def test_two_registrars_of_the_node_must_have_signed(signers: tuple[str, ...]) -> None:
    assert reason(world.registry_part(world.sealed(world.record(), signers))) == "registrars"


def test_registrars_of_two_nodes_do_not_add_up() -> None:
    other = world.node(
        name="other.example",
        keys=(world.node_key("registrar 3", "registrar"), world.node_key("log 3", "log")),
    )
    document = world.sealed(world.record(), ("registrar 1", "registrar 3"))

    assert (
        reason(world.registry_part(document), trust=world.trusted(nodes=(world.node(), other)))
        == "registrars"
    )


def test_a_registrar_whose_key_was_not_in_force() -> None:
    over = Span(world.START, world.REGISTERED)
    keys = tuple(
        replace(each, span=over) if each.key == world.public("registrar 2") else each
        for each in world.node().keys
    )

    verdict = judge(trust=world.trusted(nodes=(world.node(keys=keys),)))

    assert verdict.finding("issuer").reason == "registrars"
    assert verdict.shown is None


@pytest.mark.parametrize("bounds", [{"ids": ("inst_11",)}, {"regions": ("11", "4102")}])
def test_an_institution_beyond_the_bounds_of_its_node(bounds: dict[str, Any]) -> None:
    assert reason(trust=world.trusted(nodes=(world.node(**bounds),))) == "beyond_bounds"


def test_a_number_of_another_school() -> None:
    number = codes.number("3441000002", 2026, "comprehensive", 1)

    assert reason(text=world.sd_jwt(number=number)) == "other_number"


def test_another_salt() -> None:
    assert reason(replace(world.registry_part(), salt=bytes(16))) == "record_not_logged"


def test_the_records_log_is_the_nodes_registry() -> None:
    part = world.registry_part(origin=f"{NODE}/log/audit/2026")

    finding = judge(part).finding("issuer")

    assert finding.reason == "record_not_logged"
    assert finding.params == {"cause": "other_log"}


def test_a_registry_checkpoint_by_another_key() -> None:
    finding = judge(world.registry_part(log_key="receipt")).finding("issuer")

    assert (finding.reason, finding.params) == ("record_not_logged", {"cause": "checkpoint"})


def test_a_record_that_is_not_anchored_yet() -> None:
    part = world.registry_part()
    part = replace(part, place=replace(part.place, receipt=None))

    verdict = judge(part)

    assert verdict.finding("issuer").reason == "record_not_anchored"
    assert verdict.result is Outcome.UNDETERMINED
    assert verdict.shown is not None


def test_a_record_with_the_receipt_of_another() -> None:
    part, other = world.registry_part(), world.registry_part(others=7)
    part = replace(part, place=replace(part.place, receipt=other.place.receipt))

    finding = judge(part).finding("issuer")

    assert (finding.reason, finding.params) == ("record_anchor", {"cause": "other_head"})


def test_a_record_anchored_after_the_credential() -> None:
    """By block number on one chain, else by the blocks' times."""
    late = world.registry_part(block_number=10**9)
    assert reason(late) == "record_after_credential"
    fast = world.registry_part(at=world.ANCHORED + timedelta(hours=1), block_number=1)
    assert reason(fast) == "recorded"
    elsewhere = world.registry_part(at=world.ANCHORED + timedelta(hours=1), chain=world.LOCAL)
    both = world.trusted(chains=(world.EVM, world.LOCAL))
    assert reason(elsewhere, trust=both) == "record_after_credential"


def test_a_record_beyond_the_cut_off_of_a_registrar() -> None:
    cut = world.trusted(cut_offs=(world.cut("registrar 2", (REGISTRY, 3)),))

    verdict = judge(trust=cut)

    assert verdict.finding("issuer").reason == "registrar_cut"
    assert verdict.shown is None


def test_nobody_to_ask_for_a_credential_alone() -> None:
    text = world.sd_jwt().encode()
    elsewhere = world.trusted(nodes=(world.node(ids=("inst_11",)),))

    for trust, sources in (
        (None, judging.Answers()),
        (elsewhere, judging.answering(world.bundle_parts())),
        (None, judging.Answers(record=b"not a record")),
    ):
        verdict = judging.judge(text, trust=trust, sources=sources)
        assert judging.reasons(verdict)["issuer"] == "record_missing"


def next_part(**changes: Any) -> IssuerPart:
    """Return the school's second record, a week old."""
    previous = issuer.digest(world.sealed(world.record()))
    plain = {"seq": 2, "previous": previous, "issued_at": NOON - timedelta(days=7)}
    return world.registry_part(world.sealed(world.record(**{**plain, **changes})))


def test_the_newest_record_is_asked_for_and_shown() -> None:
    newest = bundle.build_issuer(next_part(telephone="0371-66889999"))
    parts = world.bundle_parts()

    verdict = judging.judge(parts, sources=judging.answering(parts, record=newest))

    assert verdict.result is Outcome.VALID
    assert verdict.finding("issuer").reason == "newest"
    assert verdict.finding("issuer").at == NOON - timedelta(days=7)
    assert verdict.shown is not None
    assert verdict.shown.issuer["telephone"] == "0371-66889999"


def test_a_node_that_does_not_answer_leaves_it_unknown() -> None:
    parts = world.bundle_parts()

    verdict = judging.judge(parts, sources=judging.answering(parts, record=None))

    assert verdict.finding("issuer").reason == "record_unreachable"
    assert verdict.result is Outcome.UNDETERMINED
    assert verdict.shown is not None


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>",
        bundle.build_issuer(
            world.registry_part(world.sealed(world.record(), ("registrar 1", "stranger")))
        ),
        bundle.build_issuer(
            world.registry_part(world.sealed(world.record(id=world.BUREAU, superior=None)))
        ),
        bundle.build_issuer(
            world.registry_part(world.sealed(world.record(telephone="0371-11111111")))
        ),
    ],
    ids=["unreadable", "stranger", "other institution", "other record of the same number"],
)
def test_a_newest_record_that_cannot_be_used(answer: bytes) -> None:
    parts = world.bundle_parts()

    verdict = judging.judge(parts, sources=judging.answering(parts, record=answer))

    assert verdict.finding("issuer").reason == "record_source"
    assert verdict.result is Outcome.UNDETERMINED


def test_a_newest_record_that_is_older_than_the_one_at_hand() -> None:
    parts = world.bundle_parts(issuer=next_part())
    older = bundle.build_issuer(world.registry_part())

    verdict = judging.judge(parts, sources=judging.answering(parts, record=older))

    assert verdict.finding("issuer").reason == "record_source"


def test_the_entry_covers_digest_and_salt() -> None:
    digest = issuer.digest(world.sealed(world.record()))

    assert bundle.record_digest(digest, bytes(16)) != bundle.record_digest(digest, b"1" * 16)
    assert len(bundle.record_digest(digest, bytes(16))) == sm3.DIGEST_SIZE
    assert world.record().id == SCHOOL
