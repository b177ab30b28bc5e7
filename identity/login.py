"""Signing in: several factors together, one answer for every failure.

`authenticate` is password and TOTP of an operator; `prove` puts any factors together.

The caller counts the attempt before it asks (identity.lockout), stores the step that comes back,
and only then opens a session.

Errors     LoginRefused: login_refused (never why)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.actions import Standing
from identity.errors import CloneSuspected, LoginRefused
from identity.factors import password, totp
from identity.factors.protocol import Proof
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


@dataclass(frozen=True, slots=True)
class Proved:
    """Factors that were proved together."""

    proofs: tuple[Proof[Any], ...]
    """Each with what to store, before a session is opened."""

    @property
    def kinds(self) -> frozenset[FactorKind]:
        """The kinds that the session begins with."""
        return frozenset(each.kind for each in self.proofs)

    @property
    def acr(self) -> Acr:
        """The level that they reach together."""
        return assurance(self.kinds)

    def standing(self, *, recovered_at: datetime | None = None) -> Standing:
        """Return what identity.actions asks about; a recovery code used just now counts."""
        at = max(each.at for each in self.proofs)
        recovering = FactorKind.RECOVERY_CODE in self.kinds
        return Standing(self.kinds, at, at if recovering else recovered_at)


def prove(checks: Sequence[Callable[[], Proof[Any]]]) -> Proved:
    """Run all checks, also after one has failed, and refuse if any did: the time tells nothing.

    For an account that does not exist, or has no such factor, the caller checks against decoys.
    Raises LoginRefused, and CloneSuspected above all else, because something is to be done then.
    """
    proofs, refusals = list[Proof[Any]](), list[LoginRefused]()
    for check in checks:
        try:
            proofs.append(check())
        except LoginRefused as error:
            refusals.append(error)
    for refusal in refusals:
        if isinstance(refusal, CloneSuspected):
            raise refusal
    if refusals or not proofs:
        raise LoginRefused("login_refused")
    return Proved(tuple(proofs))


def _step(known: Account, otp: str, now: datetime) -> int | None:
    try:
        return totp.authenticate(known.totp_seed, otp, last_step=known.totp_step, now=now)
    except LoginRefused:
        return None
