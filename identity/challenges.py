"""Challenges: what a key signs to prove that its holder is here now.

Once      the caller deletes the stored challenge before it compares anything, and goes on only
          if one row was deleted: `DELETE … WHERE value = :value RETURNING …`
Soon      LIFE; for devices that answer by themselves a factor asks for less
From here bound to the browser's session secret and, where one is known, to the account
For this  a challenge for signing in answers nothing else; the challenge of an act is computed
          from what is shown (identity.step_up), never drawn
Errors    LoginRefused("login_refused") whatever was wrong
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crypto.entropy import Random
from identity.errors import LoginRefused

SIZE = 32
LIFE = timedelta(minutes=5)


class Purpose(StrEnum):
    """What a challenge is for."""

    SIGN_IN = "sign_in"
    ENROL = "enrol"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge, as it is stored until it is answered."""

    value: bytes
    purpose: Purpose
    session: bytes
    """SM3 of the secret that the browser holds: identity.session.token_digest."""
    account: str | None
    """Whose answer is awaited; None for a sign-in in which the key says whose it is."""
    issued_at: datetime
    expires_at: datetime


def new(
    purpose: Purpose, *, session: bytes, account: str | None, now: datetime, random: Random
) -> Challenge:
    """Return a fresh challenge of SIZE random bytes."""
    return Challenge(random(SIZE), purpose, session, account, now, now + LIFE)


def check(
    challenge: Challenge,
    *,
    purpose: Purpose,
    session: bytes,
    account: str | None,
    now: datetime,
    life: timedelta = LIFE,
) -> None:
    """Refuse a challenge that is another's, for something else, or too old.

    `account` is whose key answered.
    """
    fits = (
        challenge.purpose is purpose
        and challenge.session == session
        and challenge.account in (None, account)
        and challenge.issued_at <= now < min(challenge.expires_at, challenge.issued_at + life)
    )
    if not fits:
        raise LoginRefused("login_refused")
