"""All factors are proved in one way, refuse in one way, and say what is used up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pytest

from identity.errors import LoginRefused
from identity.factors import password, totp
from identity.factors.protocol import Attempt, Factor, Proof
from identity.levels import FactorKind
from tests.identity.samples import NOW, Sequence

Stored = TypeVar("Stored")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Case(Generic[Stored, Answer]):
    """One factor: what is stored, an answer that fits and one that does not."""

    kind: FactorKind
    factor: Factor[Stored, Answer]
    stored: Stored
    right: Answer
    wrong: Answer
    attempt: Attempt
    once: bool = True
    """Whether the proof uses the answer up, by what is stored or by the challenge."""

    def prove(self) -> Proof[Stored]:
        return self.factor.verify(self.stored, self.right, self.attempt)

    def prove_again(self) -> Proof[Stored]:
        return self.factor.verify(self.prove().stored, self.right, self.attempt)

    def fail(self) -> Proof[Stored]:
        return self.factor.verify(self.stored, self.wrong, self.attempt)


SEED = totp.Seed(bytes(20), 0)
CODE = totp.code(SEED.seed, totp.step(NOW))


def cases() -> Iterator[Case[Any, Any]]:
    stored = password.encode("correct horse", rounds=2, random=Sequence("salt"))
    kind = FactorKind.PASSWORD
    factor = password.Password()
    yield Case(kind, factor, stored, "correct horse", "x", Attempt(NOW), once=False)
    yield Case(FactorKind.TOTP, totp.Totp(), SEED, CODE, "x", Attempt(NOW))


CASES = list(cases())
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.value)


@every
def test_the_right_answer_is_a_proof_of_its_kind(case: Case[Any, Any]) -> None:
    proof = case.prove()

    assert (proof.kind, proof.at) == (case.kind, NOW)
    assert type(proof.stored) is type(case.stored)


@every
def test_an_answer_serves_once(case: Case[Any, Any]) -> None:
    if case.once:
        refused(case.prove_again)
    else:
        assert case.prove_again() == case.prove()


@every
def test_a_wrong_answer_is_refused_without_a_word_why(case: Case[Any, Any]) -> None:
    refused(case.fail)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(LoginRefused) as caught:
        act()
    assert (caught.value.code, caught.value.params) == ("login_refused", {})
    assert caught.value.__cause__ is None
