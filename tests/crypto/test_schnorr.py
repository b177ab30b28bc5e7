"""Proofs of knowing the number behind a point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import curve, entropy, group, schnorr, sm3
from crypto.errors import InvalidKey, InvalidSignature
from crypto.group import Scalar
from tests.crypto import halves

SECRET = Scalar(bytes(31) + b"\7")
POINT = group.base(SECRET)
CONTEXT = halves.CONTEXT


def proof(role: int = 1) -> bytes:
    return schnorr.prove(SECRET, role=role, context=CONTEXT, random=entropy.system)


PROOF = schnorr.prove(SECRET, role=1, context=CONTEXT, random=halves.repeatable("proof"))


def test_who_knows_can_prove_it() -> None:
    schnorr.verify(POINT, PROOF, role=1, context=CONTEXT)
    schnorr.verify(POINT, proof(), role=1, context=CONTEXT)
    assert proof() != proof()


def test_another_role_context_or_point_is_refused() -> None:
    for point, role, context in (
        (POINT, 2, CONTEXT),
        (POINT, 1, sm3.digest(b"another")),
        (group.base(Scalar(bytes(31) + b"\6")), 1, CONTEXT),
    ):
        with pytest.raises(InvalidSignature, match="proof_mismatch"):
            schnorr.verify(point, PROOF, role=role, context=context)


@given(bit=st.integers(0, 96 * 8 - 1))
def test_a_changed_bit_is_refused(bit: int) -> None:
    changed = (int.from_bytes(PROOF) ^ (1 << bit)).to_bytes(96)
    with pytest.raises((InvalidSignature, InvalidKey)):
        schnorr.verify(POINT, changed, role=1, context=CONTEXT)


def test_a_commitment_that_cancels_the_challenge_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes a broken hash: T = -c*X, so that T + c*X is infinity."""
    one = Scalar((1).to_bytes(32))
    monkeypatch.setattr(schnorr, "_challenge", lambda *_: one)
    negative = POINT.xy[:32] + (curve.P - int.from_bytes(POINT.xy[32:])).to_bytes(32)
    with pytest.raises(InvalidSignature, match="proof_mismatch"):
        schnorr.verify(POINT, negative + one.export(), role=1, context=CONTEXT)


def test_the_knowledge_of_nothing_is_no_proof() -> None:
    """T = z*G without any c: what somebody without the number would try."""
    z = group.choose(entropy.system)
    with pytest.raises(InvalidSignature, match="proof_mismatch"):
        schnorr.verify(POINT, group.base(z).xy + z.export(), role=1, context=CONTEXT)


def test_wrong_lengths_are_mistakes_of_the_program() -> None:
    with pytest.raises(ValueError, match="96 bytes"):
        schnorr.verify(POINT, PROOF[:-1], role=1, context=CONTEXT)
    with pytest.raises(ValueError, match="32 bytes"):
        schnorr.verify(POINT, PROOF, role=1, context=b"")
