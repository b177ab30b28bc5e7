"""What all factors have in common: stored data, an answer, and what to store afterwards.

A factor is a small frozen object that holds its settings. It reads no clock and no database:

    proof = factor.verify(stored, answer, Attempt(now, challenge, session, account))

The caller stores `proof.stored` in place of `stored` by compare-and-swap, refuses unless one
row changed, and only then grants anything. So one code, count or number of uses serves once,
also when two requests come at the same moment.

Errors     LoginRefused("login_refused"), the same whatever was wrong; ValueError if what was
           stored is not what the factor writes
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from identity.challenges import Challenge, Purpose
from identity.levels import FactorKind

Stored = TypeVar("Stored")
Answer = TypeVar("Answer", contravariant=True)


@dataclass(frozen=True, slots=True)
class Site:
    """Who asks, as browsers and devices know it: one name and one origin, compared exactly."""

    rp_id: str
    """A host name: kexin.zz.example."""
    origin: str
    """With scheme and, if it is not the usual one, port: https://kexin.zz.example."""
    title: str
    """What a device shows beside the key."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """When, from where, and in answer to what a factor is proved."""

    now: datetime
    challenge: Challenge | None = None
    """Already taken out of the store; None for factors that answer none."""
    session: bytes = b""
    """SM3 of the secret of the browser that brings the answer."""
    account: str = ""
    """Whose stored data it is compared with."""
    purpose: Purpose = Purpose.SIGN_IN
    action: str = ""
    """Of an act: its name. Empty otherwise."""
    payload: bytes | None = None
    """Of an act: SM3 of what it works on, if it works on something."""


@dataclass(frozen=True, slots=True)
class Proof(Generic[Stored]):
    """A factor was proved."""

    kind: FactorKind
    stored: Stored
    """What to store instead, before anything is granted."""
    at: datetime


class Factor(Protocol[Stored, Answer]):
    """One way of proving who one is."""

    def verify(self, stored: Stored, answer: Answer, attempt: Attempt) -> Proof[Stored]:
        """Return the proof, or raise LoginRefused."""
        ...
