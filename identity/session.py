"""Sessions of operators: an unguessable token, of which only the digest is kept.

Idle       IDLE without a request ends it
Absolute   LONGEST after the sign-in ends it, whatever happens
Fresh      signing, revoking and changing rights ask for a sign-in at most FRESH ago
Errors     LoginRefused: session_ended, session_not_fresh, session_too_weak
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crypto import sm3
from crypto.entropy import Random
from crypto.jws import b64u
from identity.errors import LoginRefused
from identity.levels import Acr

TOKEN_SIZE = 32
IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """How sure we were of whom, and when."""

    acr: Acr
    created_at: datetime
    """The moment of the sign-in."""
    last_seen_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When it ends if nothing more is asked."""
        return min(self.last_seen_at + IDLE, self.created_at + LONGEST)


def new_token(random: Random) -> str:
    """Return the token that the browser or the command line keeps: 256 random bits."""
    return b64u(random(TOKEN_SIZE))


def token_digest(token: str) -> bytes:
    """Return what is stored of a token. A random token needs no slow hash."""
    return sm3.digest(token.encode("utf-8", "surrogatepass"))


def check(session: Session, *, now: datetime, least: Acr = Acr.AAL2) -> None:
    """Refuse a session that has ended or never was sure enough."""
    if not session.created_at <= session.last_seen_at <= now < session.ends_at:
        raise LoginRefused("session_ended")
    if session.acr < least:
        raise LoginRefused("session_too_weak", least=least.value)


def check_fresh(session: Session, *, now: datetime) -> None:
    """Refuse a session whose sign-in is too long ago for what matters most."""
    check(session, now=now)
    if now - session.created_at > FRESH:
        raise LoginRefused("session_not_fresh", minutes=int(FRESH.total_seconds()) // 60)
