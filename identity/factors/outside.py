"""An identity provider elsewhere (OpenID Connect): the province's platform vouches for somebody.

Standard   OpenID Connect Core 1.0, 3.1.3.7; ID tokens with ES256 or RS256, by `joserfc`
Checked    signature by a key of the provider's set, chosen by kid; iss, aud, azp, nonce, exp,
           iat, auth_time, all against `now` and with SKEW; no other algorithm, whatever it says
Nonce      the challenge of this browser's sign-in, so a token serves one session, once
Who        (iss, sub): one `sub` of two providers is two persons, until somebody who is signed in
           as one of them links the other
Assurance  what the provider calls it is mapped by our own table; what the table does not name
           is one factor of an unknown kind, and never more than AAL2
Errors     LoginRefused("login_refused") whatever was wrong
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from crypto.jws import b64u
from identity import challenges
from identity.errors import LoginRefused
from identity.factors.protocol import Attempt, Proof
from identity.levels import FactorKind

ALGORITHMS = ("ES256", "RS256")
SKEW = timedelta(seconds=60)
TOKEN_LIFE = timedelta(minutes=10)
"""How old an ID token may be when it arrives."""
MOST_TOKEN = 16_000
MOST_SUBJECT = 255

_MALFORMED = (JoseError, ArithmeticError, LookupError, TypeError, ValueError)
"""What the library raises for tokens and key sets that are not what they should be."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider that this node trusts, by configuration."""

    issuer: str
    client_id: str
    keys: Mapping[str, Any] = field(repr=False)
    """Its JWK set, fetched by the caller from the address that was configured."""
    two_factor: frozenset[str] = frozenset()
    """Values of `acr` that mean two kinds of factor, as we read the provider's own rules."""
    longest: timedelta = timedelta(minutes=15)
    """How long ago the provider may have seen the person."""


@dataclass(frozen=True, slots=True)
class Link:
    """What is stored: which identity elsewhere an account belongs to."""

    issuer: str
    subject: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a verified token says."""

    link: Link
    kind: FactorKind
    authenticated_at: datetime


@dataclass(frozen=True, slots=True)
class Outside:
    """The factor, by one provider."""

    provider: Provider

    def verify(self, stored: Link, answer: str, attempt: Attempt) -> Proof[Link]:
        """Return the proof for an ID token of the linked identity."""
        found = self.read(answer, attempt)
        if found.link != stored:
            raise LoginRefused("login_refused")
        return Proof(found.kind, stored, attempt.now)

    def read(self, token: str, attempt: Attempt) -> Identity:
        """Return whose token this is, to look the account up by, or to link it."""
        if attempt.challenge is None:
            raise LoginRefused("login_refused")
        challenges.check(
            attempt.challenge,
            purpose=attempt.purpose,
            session=attempt.session,
            account=attempt.account,
            now=attempt.now,
        )
        try:
            claims = self._claims(token)
            return self._identity(claims, b64u(attempt.challenge.value), attempt.now)
        except _MALFORMED:
            raise LoginRefused("login_refused") from None

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MOST_TOKEN:
            raise ValueError("too long")
        keys = KeySet.import_key_set({"keys": list(self.provider.keys["keys"])})
        try:
            read = jwt.decode(token, keys, algorithms=ALGORITHMS)
        except RecursionError:
            raise ValueError("too deep") from None
        if read.header.get("typ", "JWT") != "JWT" or "kid" not in read.header:
            raise ValueError("not an ID token")
        return read.claims

    def _identity(self, claims: Mapping[str, Any], nonce: str, now: datetime) -> Identity:
        provider = self.provider
        # 1. By whom and for whom.
        audience = claims["aud"]
        ours = audience == provider.client_id or (
            provider.client_id in _texts(audience) and claims["azp"] == provider.client_id
        )
        subject = claims["sub"]
        if claims["iss"] != provider.issuer or not ours or claims["nonce"] != nonce:
            raise ValueError("not for us")
        if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT:
            raise ValueError("nobody")
        # 2. When.
        expires, issued = _instant(claims["exp"], now), _instant(claims["iat"], now)
        seen = _instant(claims.get("auth_time", claims["iat"]), now)
        if now >= expires + SKEW or not -SKEW <= now - issued <= TOKEN_LIFE:
            raise ValueError("not now")
        if not -SKEW <= now - seen <= provider.longest:
            raise ValueError("not lately")
        # 3. How.
        two = claims.get("acr") in provider.two_factor
        kind = FactorKind.OUTSIDE_TWO if two else FactorKind.OUTSIDE
        return Identity(Link(provider.issuer, subject), kind, seen)


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("not a list of texts")
    return value


def _instant(value: object, now: datetime) -> datetime:
    """Return a NumericDate as an instant; whole seconds only, and none that overflows."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not a time")
    return now + timedelta(seconds=value - int(now.timestamp()))
