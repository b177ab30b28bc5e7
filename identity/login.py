"""Sign-in of operators: password and TOTP together, one answer for every failure.

The caller counts the attempt before it asks (identity.lockout), stores the step that comes back,
and only then opens a session.

Errors     LoginRefused: login_refused (never why)
"""

from dataclasses import dataclass
from datetime import datetime

from identity.errors import LoginRefused
from identity.factors import password, totp
from identity.levels import Acr, FactorKind, assurance

_DECOY_SEED = bytes(totp.SEED_SIZE)


@dataclass(frozen=True, slots=True)
class Account:
    """What is stored about an operator's factors."""

    password: str
    """As identity.factors.password.encode returns it."""
    totp_seed: bytes
    totp_step: int
    """The last step that was accepted."""


@dataclass(frozen=True, slots=True)
class Login:
    """A successful sign-in."""

    acr: Acr
    totp_step: int
    """To be stored before the session is."""
    at: datetime
    password_outdated: bool
    """Whether to encode the password again with today's rounds."""


def authenticate(
    account: Account | None, *, password_text: str, otp: str, rounds: int, now: datetime
) -> Login:
    """Check both factors of an account; None, an unknown one, costs the same and fails the same.

    `rounds` are today's, of which the decoy is made. Raises LoginRefused("login_refused").
    """
    known = account or Account(password.decoy(rounds), _DECOY_SEED, totp.step(now) + totp.WINDOW)
    # Both are always checked: which one was wrong shows in no answer and in no time.
    step = _step(known, otp, now)
    password.verify(password_text, known.password)
    if step is None:
        raise LoginRefused("login_refused")
    acr = assurance({FactorKind.PASSWORD, FactorKind.TOTP})
    return Login(acr, step, now, password.outdated(known.password, rounds))


def _step(known: Account, otp: str, now: datetime) -> int | None:
    try:
        return totp.authenticate(known.totp_seed, otp, last_step=known.totp_step, now=now)
    except LoginRefused:
        return None
