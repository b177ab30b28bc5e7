"""Sessions: an unguessable token, of which only the digest is kept, and limits by who it is.

Idle       without a request for so long ends it
Absolute   so long after the sign-in ends it, whatever happens
Limits     of a person on a telephone, of somebody at a console, of an administrator, of an
           assessor; whoever is several has the strictest
Fresh      what binds asks for a proof at most FRESH ago; identity.actions says which act needs
           which
Bound      to the browser, for everybody, and to the network, for staff: a telephone moves, a
           console does not
Rotation   a new token at the sign-in, after every further proof, and every ROTATE_AFTER. The old
           one works for GRACE, for requests under way; later it can only have been stolen
Errors     LoginRefused: session_ended, session_not_fresh, session_too_weak, session_moved,
           session_stolen
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from crypto import sm3
from crypto.entropy import Random
from crypto.jws import b64u
from identity.errors import LoginRefused
from identity.levels import Acr, Role
from identity.roles import Duty, Post

TOKEN_SIZE = 32
IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
FRESH = timedelta(minutes=5)
ROTATE_AFTER = timedelta(hours=1)
GRACE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session may idle, and last at all."""

    idle: timedelta
    longest: timedelta


PERSON = Limits(timedelta(hours=1), timedelta(hours=24))
CONSOLE = Limits(IDLE, LONGEST)
ADMINISTRATION = Limits(timedelta(minutes=10), timedelta(hours=8))

LIMITS: dict[Duty, Limits] = {
    **dict.fromkeys(Role, CONSOLE),
    **dict.fromkeys(Post, ADMINISTRATION),
    Post.ASSESSOR: Limits(IDLE, timedelta(hours=8)),
}
"""By duty. Whoever has none is a person with his own data."""


@dataclass(frozen=True, slots=True)
class Session:
    """How sure we were of whom, and when."""

    acr: Acr
    created_at: datetime
    """The moment of the sign-in."""
    last_seen_at: datetime
    limits: Limits = CONSOLE

    @property
    def ends_at(self) -> datetime:
        """When it ends if nothing more is asked."""
        return min(self.last_seen_at + self.limits.idle, self.created_at + self.limits.longest)


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a session is used from."""

    browser: bytes
    """SM3 of what stays the same in the headers of one browser."""
    network: str
    """identity.addresses.neighbourhood of its address."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Digests of the token in use and of the one before it."""

    current: bytes
    previous: bytes | None
    rotated_at: datetime


def limits(duties: Iterable[Duty]) -> Limits:
    """Return the strictest limits of somebody's duties."""
    found = [LIMITS[duty] for duty in duties] or [PERSON]
    return Limits(min(each.idle for each in found), min(each.longest for each in found))


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


def check_binding(bound: Binding, seen: Binding, *, staff: bool) -> None:
    """Refuse a session that turns up elsewhere.

    Another browser ends it. Another network asks staff to prove a factor again (session_moved);
    the caller binds the session anew after that.
    """
    if not compare_digest(bound.browser, seen.browser):
        raise LoginRefused("session_ended")
    if staff and bound.network != seen.network:
        raise LoginRefused("session_moved")


def rotation_due(tokens: Tokens, *, now: datetime) -> bool:
    """Return whether a request should be answered with a new token."""
    return now - tokens.rotated_at >= ROTATE_AFTER


def rotate(tokens: Tokens | None, token: str, *, now: datetime) -> Tokens:
    """Return what to store of a new token; None where there was none before."""
    return Tokens(token_digest(token), tokens.current if tokens else None, now)


def check_token(tokens: Tokens, digest: bytes, *, now: datetime) -> None:
    """Refuse a token that is not, or no longer, the session's.

    An old one after GRACE is in two hands (session_stolen): the caller ends the session for both
    and tells its owner.
    """
    if compare_digest(digest, tokens.current):
        return
    if tokens.previous is None or not compare_digest(digest, tokens.previous):
        raise LoginRefused("session_ended")
    if now - tokens.rotated_at > GRACE:
        raise LoginRefused("session_stolen")
