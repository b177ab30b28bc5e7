"""Which act needs which proof: one table, for every act and both policies.

Least      the assurance of the session, the signature of this act counted in
Fresh      how long ago the session's own proof may be
Signed     a passkey with user verification or an SM2 key signs the text that was shown, for this
           one act (identity.step_up); under MLPS3 it is an SM2 key
National   under MLPS3 one factor of the session, or of this act, rests on SM2 or SM3
Held       refused for HOLD after a recovery code was used: time for the owner to object
Errors     LoginRefused: session_too_weak (least), session_not_fresh (minutes), act_unsigned,
           act_signature_old (minutes), act_factor, factor_national_missing, recovery_hold
           (hours)

A session that a QR code began reads and works in the console, and nothing else: what it lacks
is not a second factor but certainty about who sits in front of it. A passkey proved at the same
screen gives that certainty; a telephone's signature does not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from identity.errors import LoginRefused
from identity.levels import Acr, FactorKind, assurance, has_national_factor

SIGNED_LIFE = timedelta(minutes=5)
HOLD = timedelta(hours=24)


class Action(StrEnum):
    """What somebody is about to do."""

    READ = "read"
    """One's own data."""
    CONSOLE = "console"
    """Working in the console: other people's data, nothing that binds."""
    CONSENT = "consent"
    SHARING = "sharing"
    FACTOR_ADD = "factor_add"
    FACTOR_REMOVE = "factor_remove"
    SIGN = "sign"
    """Approving what will be issued, or signing a document."""
    REVOKE = "revoke"
    ROLE_CHANGE = "role_change"
    EXPORT = "export"
    RECOVERY = "recovery"
    """Restoring somebody else's access, as one of two."""


class Policy(StrEnum):
    """By which rules a node runs."""

    DEFAULT = "default"
    MLPS3 = "mlps3"
    """GB/T 22239-2019 level 3 and GB/T 39786: a factor of national cryptography for everybody."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one act needs."""

    least: Acr
    fresh: timedelta | None = None
    signed: bool = False
    national: bool = True
    held: bool = False


_QUARTER = timedelta(minutes=15)
_FIVE = timedelta(minutes=5)
_BINDING = Requirement(Acr.AAL2, signed=True, held=True)

REQUIREMENTS = {
    Action.READ: Requirement(Acr.RECOVERY, national=False),
    Action.CONSOLE: Requirement(Acr.QR),
    Action.CONSENT: Requirement(Acr.AAL2, fresh=_QUARTER),
    Action.SHARING: Requirement(Acr.AAL2, fresh=_QUARTER),
    # Whoever lost a factor comes in with a recovery code, to add another; not to take one away.
    Action.FACTOR_ADD: Requirement(Acr.RECOVERY, fresh=_FIVE, national=False),
    Action.FACTOR_REMOVE: Requirement(Acr.AAL2, fresh=_FIVE, held=True),
    Action.SIGN: _BINDING,
    Action.REVOKE: _BINDING,
    Action.ROLE_CHANGE: _BINDING,
    Action.EXPORT: _BINDING,
    Action.RECOVERY: _BINDING,
}

_SM2_KEYS = frozenset({FactorKind.DEVICE_KEY, FactorKind.TWO_PARTY})
SIGNERS = {
    Policy.DEFAULT: _SM2_KEYS | {FactorKind.PASSKEY, FactorKind.HARDWARE_KEY},
    Policy.MLPS3: _SM2_KEYS,
}
"""Kinds that may sign an act. A password or a code signs nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a session."""

    factors: frozenset[FactorKind]
    """Every kind proved in it since it began."""
    proved_at: datetime
    """When its level was last proved."""
    recovered_at: datetime | None = None
    """When the account last used a recovery code, in whatever session."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A factor signed what was shown; identity.step_up.confirm makes these."""

    action: Action
    kind: FactorKind
    at: datetime


def check(
    action: Action,
    standing: Standing,
    *,
    policy: Policy,
    now: datetime,
    signed: Signed | None = None,
) -> None:
    """Refuse an act that was not proved well enough. Raises LoginRefused."""
    needed = REQUIREMENTS[action]
    kinds = standing.factors | ({signed.kind} if signed else set())
    if needed.held and standing.recovered_at is not None and now < standing.recovered_at + HOLD:
        raise LoginRefused("recovery_hold", hours=_hours(HOLD))
    if assurance(kinds) < needed.least:
        raise LoginRefused("session_too_weak", least=needed.least.value)
    if policy is Policy.MLPS3 and needed.national and not has_national_factor(kinds):
        raise LoginRefused("factor_national_missing")
    if needed.fresh is not None and not _within(standing.proved_at, needed.fresh, now):
        raise LoginRefused("session_not_fresh", minutes=_minutes(needed.fresh))
    if needed.signed:
        _check_signed(action, signed, policy=policy, now=now)


def _check_signed(action: Action, signed: Signed | None, *, policy: Policy, now: datetime) -> None:
    if signed is None or signed.action is not action:
        raise LoginRefused("act_unsigned")
    if signed.kind not in SIGNERS[policy]:
        raise LoginRefused("act_factor")
    if not _within(signed.at, SIGNED_LIFE, now):
        raise LoginRefused("act_signature_old", minutes=_minutes(SIGNED_LIFE))


def _within(at: datetime, life: timedelta, now: datetime) -> bool:
    """Return whether `at` is no longer ago than `life`, and not to come."""
    return timedelta(0) <= now - at <= life


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def _hours(span: timedelta) -> int:
    return int(span.total_seconds()) // 3600
