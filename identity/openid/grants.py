"""Codes and refresh tokens: each serves once, and a second time ends all that came of the first.

Code       60 seconds, one use, the same client and redirect address, the verifier of its
           challenge (RFC 6749, 4.1.3; RFC 7636, 4.6)
Refresh    every use gives a new one; the old one used again means that somebody copied it: the
           family ends (RFC 9700, 4.14.2). No grace: a client that lost an answer signs in anew
Errors     OpenIdRefused invalid_grant; TokenReused
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest

from crypto import sha256
from crypto.jws import b64u
from identity.openid.errors import OpenIdRefused, TokenReused

CODE_LIFE = timedelta(seconds=60)
ACCESS_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=30)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class Code:
    """What is stored of a code."""

    client_id: str
    redirect_uri: str
    challenge: str = field(repr=False)
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refresh:
    """What is stored of a refresh token and its family."""

    client_id: str
    expires_at: datetime
    used_at: datetime | None
    family_ended_at: datetime | None


def redeem(
    code: Code, *, client_id: str, redirect_uri: str | None, verifier: str | None, now: datetime
) -> None:
    """Check that this client may have tokens for a code. Raises OpenIdRefused, TokenReused."""
    if code.client_id != client_id:
        raise OpenIdRefused("invalid_grant", "client_id")
    if code.used_at is not None:
        raise TokenReused
    if now >= code.expires_at:
        raise OpenIdRefused("invalid_grant", "expired")
    if code.redirect_uri != redirect_uri:
        raise OpenIdRefused("invalid_grant", "redirect_uri")
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise OpenIdRefused("invalid_grant", "code_verifier")
    if not compare_digest(b64u(sha256.digest(verifier.encode())), code.challenge):
        raise OpenIdRefused("invalid_grant", "code_verifier")


def rotate(token: Refresh, *, client_id: str, now: datetime) -> None:
    """Check that a refresh token may be changed for a new one. Raises as `redeem` does."""
    if token.client_id != client_id:
        raise OpenIdRefused("invalid_grant", "client_id")
    if token.family_ended_at is not None:
        raise OpenIdRefused("invalid_grant", "ended")
    if token.used_at is not None:
        raise TokenReused
    if now >= token.expires_at:
        raise OpenIdRefused("invalid_grant", "expired")
