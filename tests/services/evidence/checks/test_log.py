"""Check `log`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from identity.trust_list import TrustList, Witness
from identity.validity import Span
from services.evidence.bundle import Place
from services.evidence.verdict import Outcome
from tests.services.evidence import judging, world
from tests.services.evidence.world import NODE, NOON, SCHOOL

TEXT = world.sd_jwt()
OTHER = world.sd_jwt(random=world.Numbers("other"), number=world.SUCCESSOR)


def reason(place: Place, trust: TrustList | None = None) -> str:
    verdict = judging.judge(world.bundle_parts(TEXT, place=place), trust=trust)
    if verdict.finding("log").reason != "included":
        assert verdict.result is not Outcome.VALID
    return judging.reasons(verdict)["log"]


def test_where_it_stands_is_told() -> None:
    finding = judging.judge(world.bundle_parts(TEXT)).finding("log")

    assert finding.params == {"year": 2026, "index": 3, "size": 6}
    assert finding.at == world.ANCHORED


def test_the_entry_of_another_credential() -> None:
    assert reason(world.credential_place(OTHER)) == "other_entry"


def test_an_entry_of_another_kind_or_issuer() -> None:
    place = world.credential_place(TEXT)
    for entry in (
        replace(place.entry, kind="status"),
        replace(place.entry, issuer=world.BUREAU),
    ):
        assert reason(replace(place, entry=entry)) == "other_entry"


def test_the_log_of_another_institution() -> None:
    place = world.credential_place(TEXT, origin=f"{NODE}/log/registry/2026")

    assert reason(place) == "other_log"


def test_the_log_of_another_node() -> None:
    place = world.credential_place(TEXT, node="kexin.other.example")

    assert reason(place) == "other_log"


def test_the_log_of_another_year() -> None:
    place = world.credential_place(TEXT)
    in_2025 = replace(place.entry, time=NOON - timedelta(days=365))

    assert reason(replace(place, entry=in_2025)) == "other_log"


def test_a_swapped_proof() -> None:
    place, other = world.credential_place(TEXT), world.credential_place(OTHER, others=6)

    assert reason(replace(place, hashes=other.hashes)) == "not_included"


def test_another_index() -> None:
    place = world.credential_place(TEXT)

    assert reason(replace(place, index=2)) == "not_included"


def test_a_surplus_or_missing_node_of_the_proof() -> None:
    place = world.credential_place(TEXT)

    assert reason(replace(place, hashes=(*place.hashes, place.hashes[0]))) == "not_included"
    assert reason(replace(place, hashes=place.hashes[:-1])) == "not_included"


def test_a_checkpoint_of_another_tree() -> None:
    place, other = world.credential_place(TEXT), world.credential_place(OTHER)

    assert reason(replace(place, checkpoint=other.checkpoint)) == "not_included"


def test_a_checkpoint_signed_by_another_key_of_the_node() -> None:
    assert reason(world.credential_place(TEXT, log_key="receipt")) == "checkpoint"


def test_a_checkpoint_whose_signature_is_wrong() -> None:
    place = world.credential_place(TEXT)
    head, line = place.checkpoint.split("\n\n")
    again = world.credential_place(TEXT, at=world.ANCHORED + timedelta(seconds=1))
    swapped = f"{head}\n\n{again.checkpoint.split(chr(10) * 2)[1]}"

    assert line not in swapped
    assert reason(replace(place, checkpoint=swapped)) == "checkpoint"


def test_a_log_key_that_was_not_in_force() -> None:
    late = Span(NOON, None)
    keys = tuple(
        replace(each, span=late) if each.use == "log" else each for each in world.node().keys
    )

    assert reason(world.credential_place(TEXT), world.trusted(nodes=(world.node(keys=keys),))) == (
        "checkpoint"
    )


@pytest.mark.parametrize(("size", "expected"), [(6, "included"), (5, "log_cut")])
def test_a_cut_off_of_the_log_key_goes_by_size(size: int, expected: str) -> None:
    trust = world.trusted(cut_offs=(world.cut("log", (f"{NODE}/log/{SCHOOL}/2026", size)),))

    assert reason(world.credential_place(TEXT), trust) == expected


def witnessed(*names: str, required: int = 0) -> TrustList:
    return world.trusted(
        witnesses=tuple(Witness(name, world.public(name)) for name in names),
        witnesses_required=required,
    )


def test_witnesses_are_counted() -> None:
    trust = witnessed("witness1", "witness2", required=2)
    both = world.credential_place(TEXT, witnesses=("witness1", "witness2"))
    one = world.credential_place(TEXT, witnesses=("witness2",))

    assert reason(both, trust) == "included"
    assert reason(one, trust) == "witnesses_missing"
    finding = judging.judge(world.bundle_parts(TEXT, place=one), trust=trust).finding("log")
    assert finding.params == {"needed": 2, "found": 1}


def test_a_witness_that_nobody_listed() -> None:
    place = world.credential_place(TEXT, witnesses=("witness1",))

    assert reason(place) == "witness_unlisted"


def test_a_witness_whose_signature_is_wrong() -> None:
    place = world.credential_place(TEXT, witnesses=("witness1",))
    again = world.credential_place(
        TEXT, witnesses=("witness1",), at=world.ANCHORED + timedelta(seconds=1)
    )
    lines = place.checkpoint.splitlines(keepends=True)
    swapped = "".join([*lines[:-1], again.checkpoint.splitlines(keepends=True)[-1]])

    assert reason(replace(place, checkpoint=swapped), witnessed("witness1")) == "witness"
