"""Checks `key_at_time`, `accreditation` and `dates`."""

from datetime import timedelta

import pytest

from identity import issuer
from identity.issuer import Accreditation, IssuerKey, IssuerRecord
from identity.validity import Span
from services.evidence import bundle
from services.evidence.verdict import Outcome, Verdict
from tests.services.evidence import judging, world
from tests.services.evidence.world import ANCHORED, NODE, NOON, SCHOOL, START

ORIGIN = f"{NODE}/log/{SCHOOL}/2026"


def under(record: IssuerRecord) -> Verdict:
    part = world.registry_part(world.sealed(record))
    return judging.judge(world.bundle_parts(issuer=part))


def online(record: IssuerRecord) -> Verdict:
    """Return the verdict where the node's newest record is this one."""
    parts = world.bundle_parts()
    newest = bundle.build_issuer(world.registry_part(world.sealed(record)))
    return judging.judge(parts, sources=judging.answering(parts, record=newest))


def second(**changes: object) -> IssuerRecord:
    previous = issuer.digest(world.sealed(world.record()))
    return world.record(**{"seq": 2, "previous": previous, "issued_at": NOON, **changes})


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(ANCHORED, None), "in_force"),
        (Span(ANCHORED + timedelta(seconds=1), None), "not_in_force"),
        (Span(START, ANCHORED + timedelta(seconds=1)), "in_force"),
        (Span(START, ANCHORED), "not_in_force"),
    ],
)
def test_the_key_must_be_in_force_at_the_blocks_time(span: Span, expected: str) -> None:
    verdict = under(world.record(keys=(IssuerKey(world.public("issuer"), span),)))

    assert judging.reasons(verdict)["key_at_time"] == expected
    assert verdict.finding("key_at_time").at == ANCHORED
    assert (verdict.result is Outcome.VALID) == (expected == "in_force")


@pytest.mark.parametrize("keys", [(), (IssuerKey(world.public("issuer"), Span(START, ANCHORED)),)])
def test_the_newest_record_ends_a_key(keys: tuple[IssuerKey, ...]) -> None:
    assert judging.reasons(online(second(keys=keys)))["key_at_time"] == "not_in_force"


def test_the_newest_record_cannot_give_what_the_old_one_did_not() -> None:
    early = world.record(keys=(IssuerKey(world.public("issuer"), Span(START, ANCHORED)),))
    parts = world.bundle_parts(issuer=world.registry_part(world.sealed(early)))
    previous = issuer.digest(world.sealed(early))
    newest = world.registry_part(world.sealed(second(previous=previous)))

    verdict = judging.judge(
        parts, sources=judging.answering(parts, record=bundle.build_issuer(newest))
    )

    assert judging.reasons(verdict)["key_at_time"] == "not_in_force"


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        ([(ORIGIN, 4)], "in_force"),
        ([(ORIGIN, 3)], "cut_off"),
        ([(f"{NODE}/log/{SCHOOL}/2025", 100)], "cut_off"),
        ([(f"{NODE}/log/{SCHOOL}/2027", 0)], "in_force"),
        ([], "cut_off"),
    ],
    ids=["before the cut", "after it", "a later year", "an earlier year", "nothing kept"],
)
def test_a_cut_off_of_the_issuers_key_goes_by_order(
    keep: list[tuple[str, int]], expected: str
) -> None:
    trust = world.trusted(cut_offs=(world.cut("issuer", *keep),))
    parts = world.bundle_parts()

    verdict = judging.judge(parts, trust=trust, sources=judging.answering(parts))

    assert judging.reasons(verdict)["key_at_time"] == expected


def test_without_an_anchor_neither_key_nor_right_can_be_judged() -> None:
    place = world.without_receipt(world.credential_place(world.sd_jwt()))

    reasons = judging.reasons(judging.judge(world.bundle_parts(place=place)))

    assert (reasons["key_at_time"], reasons["accreditation"]) == ("not_anchored", "not_anchored")


@pytest.mark.parametrize(
    "accreditations",
    [
        (),
        (Accreditation("honour/1", ("county",), world.ALWAYS),),
        (Accreditation("honour/1", ("school",), Span(START, ANCHORED)),),
    ],
    ids=["none", "another level", "ended"],
)
def test_the_issuer_must_have_been_accredited(
    accreditations: tuple[Accreditation, ...],
) -> None:
    for verdict in (
        under(world.record(accreditations=accreditations)),
        online(second(accreditations=accreditations)),
    ):
        assert judging.reasons(verdict)["accreditation"] == "not_accredited"
        assert verdict.result is Outcome.INVALID


def test_the_node_must_be_allowed_the_type() -> None:
    trust = world.trusted(nodes=(world.node(types=("grade/1",)),))

    assert judging.reasons(judging.judge(world.bundle_parts(), trust=trust))["accreditation"] == (
        "beyond_node"
    )


@pytest.mark.parametrize(
    ("age", "expected"),
    [(timedelta(0), "expired"), (timedelta(seconds=1), "within")],
)
def test_it_ends_at_its_expiry(age: timedelta, expected: str) -> None:
    verdict = judging.judge(world.bundle_parts(world.sd_jwt(expires_at=NOON + age)))

    assert judging.reasons(verdict)["dates"] == expected


@pytest.mark.parametrize(("ahead", "expected"), [(60, "within"), (61, "not_yet")])
def test_clocks_may_differ_by_a_minute(ahead: int, expected: str) -> None:
    text = world.sd_jwt(issued_at=NOON + timedelta(seconds=ahead))

    assert judging.reasons(judging.judge(world.bundle_parts(text)))["dates"] == expected
