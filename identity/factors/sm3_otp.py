"""One-time passwords over SM3, of applications and of hardware cards: GB/T 38556-2020.

Standard   GB/T 38556-2020 (= GM/T 0021): ID = T || C || Q, T = whole steps since 1970 in 8 bytes
           big-endian, C an event counter in 4, Q a question in ASCII; filled with zeros to 16
           bytes. S = SM3(seed || ID), no HMAC; the code is the sum of the eight words of S
           modulo 2**32, modulo 10**digits.
Here       T always, in steps of 30 seconds (an application) or up to 60 (a card); six digits or
           more. For an act, Q are eight digits made from what is done: a code that was shown for
           one act, or for a sign-in, fits no other.
Used       a step is accepted once, and never one before it, for whatever it was shown; one step
           early or late counts. A card's clock is never followed by itself: `drift` is measured
           with two codes in a row, before a person's eyes, and stored.
Errors     LoginRefused("login_refused") for a wrong, used, early or late code; ValueError for a
           seed, step or number of digits that the standard excludes.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

from crypto import sm3
from crypto.entropy import Random
from identity.errors import LoginRefused
from identity.factors.protocol import Attempt, Proof
from identity.levels import FactorKind

SEED_SIZE = 20
LEAST_SEED = 16
STEP_SECONDS = 30
MOST_STEP_SECONDS = 60
DIGITS = 6
QUESTION_DIGITS = 8
WINDOW = 1
"""Steps before and after the present one that are accepted."""
MOST_DRIFT = 120
"""Steps that a card may be off before it has to be replaced: an hour or two."""

_DOMAIN = b"KEXIN-OTP-QUESTION-V1\n"
_LEAST_ID = 16
_MOST_DIGITS = 9  # the sum has 32 bits: a tenth digit would hardly vary


@dataclass(frozen=True, slots=True)
class Card:
    """What is stored of one card or application."""

    seed: bytes
    last_step: int
    """The last step that was accepted."""
    step_seconds: int = STEP_SECONDS
    digits: int = DIGITS
    drift: int = 0
    """Steps by which its clock is ahead."""

    def __post_init__(self) -> None:
        if len(self.seed) < LEAST_SEED:
            raise ValueError("a seed has at least 16 bytes")
        if not 1 <= self.step_seconds <= MOST_STEP_SECONDS:
            raise ValueError("a step has 1 to 60 seconds")
        if not DIGITS <= self.digits <= _MOST_DIGITS:
            raise ValueError("a code has 6 to 9 digits")
        if abs(self.drift) > MOST_DRIFT:
            raise ValueError("a clock is off by at most 120 steps")

    def __repr__(self) -> str:
        return f"Card(last_step={self.last_step}, drift={self.drift})"


@dataclass(frozen=True, slots=True)
class Sm3Otp:
    """The factor: a code of the present step; for an act, with the act's question."""

    def verify(self, stored: Card, answer: str, attempt: Attempt) -> Proof[Card]:
        """Return the proof with the step that is used up."""
        asked = question(attempt.action, attempt.payload) if attempt.action else ""
        at = authenticate(stored, answer, now=attempt.now, question=asked)
        return Proof(FactorKind.SM3_OTP, replace(stored, last_step=at), attempt.now)


def new_seed(random: Random) -> bytes:
    """Return a seed of 160 bits; it serves for nothing else."""
    return random(SEED_SIZE)


def step(now: datetime, step_seconds: int = STEP_SECONDS) -> int:
    """Return the number of the present step."""
    return int(now.timestamp()) // step_seconds


def question(action: str, payload: bytes | None) -> str:
    """Return the eight digits that are typed into a card for an act; `payload` is its SM3."""
    said = _DOMAIN + action.encode() + b"\n" + (payload or b"")
    return f"{int.from_bytes(sm3.digest(said)) % 10**QUESTION_DIGITS:0{QUESTION_DIGITS}d}"


def code(
    seed: bytes,
    at_step: int,
    *,
    counter: int | None = None,
    question: str = "",
    digits: int = DIGITS,
) -> str:
    """Return the code of a step."""
    events = b"" if counter is None else counter.to_bytes(4)
    identity = at_step.to_bytes(8) + events + question.encode("ascii")
    digest = sm3.digest(seed + identity.ljust(_LEAST_ID, b"\0"))
    words = (int.from_bytes(digest[at : at + 4]) for at in range(0, len(digest), 4))
    return f"{sum(words) % 2**32 % 10**digits:0{digits}d}"


def authenticate(card: Card, otp: str, *, now: datetime, question: str = "") -> int:
    """Return the step that the code belongs to; store it before anything else is granted.

    Store it as `UPDATE … SET last_step = :step WHERE last_step < :step` and refuse the sign-in
    unless one row changed: then two sign-ins at the same moment cannot use one code.
    """
    present, fitting = step(now, card.step_seconds) + card.drift, None
    given = otp.encode("utf-8", "surrogatepass")
    # All steps are computed and compared, so that the time tells nothing.
    for candidate in range(present - WINDOW, present + WINDOW + 1):
        same = compare_digest(_of(card, candidate, question), given)
        if same and candidate > card.last_step:
            fitting = candidate
    if fitting is None:
        raise LoginRefused("login_refused")
    return fitting


def resynchronise(card: Card, first: str, second: str, *, now: datetime) -> Card:
    """Return the card with the drift that two codes in a row show; both are used up.

    Only for a registrar who has the card and its holder before him: it looks far, and a
    telephone call is no reason.
    """
    present, found = step(now, card.step_seconds), None
    one, two = (each.encode("utf-8", "surrogatepass") for each in (first, second))
    for drift in range(-MOST_DRIFT, MOST_DRIFT + 1):
        last = present + drift
        fits = compare_digest(_of(card, last - 1), one) & compare_digest(_of(card, last), two)
        if fits and last - 1 > card.last_step:
            found = replace(card, drift=drift, last_step=last)
    if found is None:
        raise LoginRefused("login_refused")
    return found


def _of(card: Card, at_step: int, question: str = "") -> bytes:
    return code(card.seed, at_step, question=question, digits=card.digits).encode()
