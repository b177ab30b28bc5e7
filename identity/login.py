"""Sign-in of operators: password and TOTP together, one answer for every failure.

The caller counts the attempt before it asks (so that racing attempts are counted too), stores
the step that comes back, and only then opens a session. Failures slow an account down and
finally lock it; the limits count failures only.

Errors     LoginRefused: login_refused (never why), login_wait (seconds), login_locked
"""

from dataclasses import dataclass
from datetime import datetime

from identity.errors import LoginRefused
from identity.factors import password, totp
from identity.levels import Acr, FactorKind, assurance

FREE_FAILURES = 5
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 900
LOCK_AFTER_FAILURES = 100

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


def check_attempts(failures: int, last_failure_at: datetime | None, now: datetime) -> None:
    """Refuse an attempt that comes too early after `failures` in a row, or after too many.

    The caller has not yet counted this attempt. Raises LoginRefused.
    """
    if failures >= LOCK_AFTER_FAILURES:
        raise LoginRefused("login_locked")
    if last_failure_at is None:
        return
    waited = int((now - last_failure_at).total_seconds())
    if waited < wait_seconds(failures):
        raise LoginRefused("login_wait", seconds=wait_seconds(failures) - waited)


def wait_seconds(failures: int) -> int:
    """Return how long to wait after this many failures in a row: none, then 30 s, doubling."""
    if failures < FREE_FAILURES:
        return 0
    return int(min(FIRST_WAIT_SECONDS << (failures - FREE_FAILURES), LONGEST_WAIT_SECONDS))


def _step(known: Account, otp: str, now: datetime) -> int | None:
    try:
        return totp.authenticate(known.totp_seed, otp, last_step=known.totp_step, now=now)
    except LoginRefused:
        return None
