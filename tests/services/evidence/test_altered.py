"""One byte changed anywhere in a bundle, and it is never valid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.trust_list import Witness
from services.evidence.verdict import Outcome
from tests.services.evidence import judging, world

DATA = world.bundle_bytes()
WITNESSED = world.bundle_bytes(
    place=world.credential_place(world.sd_jwt(), witnesses=("witness1",))
)
TRUST = world.trusted(
    witnesses=(Witness("witness1", world.public("witness1")),), witnesses_required=0
)


def never_valid(data: bytes) -> None:
    verdict = judging.judge(data, trust=TRUST)
    assert verdict.result is not Outcome.VALID
    # Nor does anything but the genuine statement ever reach a reader.
    if verdict.shown is not None:
        assert dict(verdict.shown.claims).items() <= SHOWN.items()


def shown() -> dict[str, object]:
    genuine = judging.judge(DATA, trust=TRUST).shown
    assert genuine is not None
    return dict(genuine.claims)


SHOWN = shown()


def test_both_are_valid_before() -> None:
    for data in (DATA, WITNESSED):
        assert judging.judge(data, trust=TRUST).result is Outcome.VALID


@given(place=st.integers(0, len(DATA) - 1), byte=st.integers(0, 255))
def test_one_byte_replaced(place: int, byte: int) -> None:
    altered = DATA[:place] + bytes([byte]) + DATA[place + 1 :]
    if altered != DATA:
        never_valid(altered)


@given(place=st.integers(0, len(WITNESSED)), byte=st.integers(0, 255))
def test_one_byte_inserted(place: int, byte: int) -> None:
    never_valid(WITNESSED[:place] + bytes([byte]) + WITNESSED[place:])


@given(place=st.integers(0, len(WITNESSED) - 1))
def test_one_byte_left_out(place: int) -> None:
    never_valid(WITNESSED[:place] + WITNESSED[place + 1 :])


@given(place=st.integers(0, len(DATA) - 1))
def test_cut_short(place: int) -> None:
    never_valid(DATA[:place])


@pytest.mark.slow
def test_every_byte_once() -> None:
    """Each byte by its neighbour in the alphabet, which keeps most encodings readable."""
    for place, byte in enumerate(WITNESSED):
        never_valid(WITNESSED[:place] + bytes([byte ^ 1]) + WITNESSED[place + 1 :])
