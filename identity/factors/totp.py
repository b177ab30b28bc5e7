"""Time-based one-time passwords: RFC 6238 with HMAC-SHA-1, 6 digits, 30 seconds, by pyotp.

The parameters are those that every authenticator application understands. The library says
whether a code fits, not which step it fitted, and remembers nothing; so the step is found here
and the caller stores it. A step is accepted once, and never one before it.

Errors     LoginRefused("login_refused") for a wrong, used, early or late code, without saying which
"""

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest

import pyotp

from crypto.entropy import Random
from identity.errors import LoginRefused
from identity.factors.protocol import Attempt, Proof
from identity.levels import FactorKind

SEED_SIZE = 20
STEP_SECONDS = 30
WINDOW = 1
"""Steps before and after the present one that are accepted."""


@dataclass(frozen=True, slots=True)
class Seed:
    """What is stored of one application."""

    seed: bytes
    last_step: int
    """The last step that was accepted."""


@dataclass(frozen=True, slots=True)
class Totp:
    """The factor: a code of six digits."""

    def verify(self, stored: Seed, answer: str, attempt: Attempt) -> Proof[Seed]:
        """Return the proof with the step that is used up."""
        at = authenticate(stored.seed, answer, last_step=stored.last_step, now=attempt.now)
        return Proof(FactorKind.TOTP, replace(stored, last_step=at), attempt.now)


def new_seed(random: Random) -> bytes:
    """Return a seed of 160 bits."""
    return random(SEED_SIZE)


def step(now: datetime) -> int:
    """Return the number of the present step."""
    return int(now.timestamp()) // STEP_SECONDS


def code(seed: bytes, at_step: int) -> str:
    """Return the code of a step."""
    return _generator(seed).generate_otp(at_step)


def authenticate(seed: bytes, otp: str, *, last_step: int, now: datetime) -> int:
    """Return the step that the code belongs to; store it before anything else is granted.

    Store it as `UPDATE … SET last_step = :step WHERE last_step < :step` and refuse the sign-in
    unless one row changed: then two sign-ins at the same moment cannot use one code.
    """
    present, fitting = step(now), None
    given = otp.encode("utf-8", "surrogatepass")
    # All steps are computed and compared, so that the time tells nothing.
    for candidate in range(present - WINDOW, present + WINDOW + 1):
        same = compare_digest(code(seed, candidate).encode(), given)
        if same and candidate > last_step:
            fitting = candidate
    if fitting is None:
        raise LoginRefused("login_refused")
    return fitting


def provisioning_uri(seed: bytes, *, login: str, issuer: str) -> str:
    """Return the otpauth: address that an application reads from a QR code. It is a secret."""
    return _generator(seed).provisioning_uri(name=login, issuer_name=issuer)


def _generator(seed: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(base64.b32encode(seed).decode())
