"""ID tokens and logout tokens, and who somebody is at one relying party.

Standards  OpenID Connect Core 1.0, 2 and 8.1; Back-Channel Logout 1.0, 2.4
sub        pairwise: b64u(HMAC-SM3(K, "sub-v1" ‖ 1f ‖ sector host ‖ 1f ‖ person)); two sectors
           cannot find out that they speak of one person, nor can anybody without K
Keys       ES256 for systems that know no SM2, SGD_SM3_SM2 for those that ask for it; a client
           gets one algorithm, never a choice by token
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from joserfc import jwt
from joserfc.jwk import ECKey

from crypto import canonical, jws
from crypto.jws import SignBytes, b64u
from crypto.keys import PublicKey
from identity.levels import Acr
from identity.openid.clients import ES256, SM2

ID_TOKEN_LIFE = timedelta(minutes=5)
LOGOUT_LIFE = timedelta(minutes=2)
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
ID_TOKEN, LOGOUT_TOKEN = "JWT", "logout+jwt"

Hmac = Callable[[bytes], bytes]
"""Message -> HMAC-SM3 under the node's pairwise key."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """What is told of a sign-in."""

    subject: str = field(repr=False)
    acr: Acr
    amr: Sequence[str]
    at: datetime
    sid: str


class Signer(Protocol):
    """A key of the node that signs tokens of one algorithm."""

    @property
    def alg(self) -> str:
        """Its algorithm."""
        ...  # pragma: no cover

    def public(self) -> dict[str, str]:
        """Return the key for the node's JWK set."""
        ...  # pragma: no cover

    def issue(self, claims: Mapping[str, Any], typ: str) -> str:
        """Return the signed token."""
        ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Es256Signer:
    """A P-256 key, by joserfc."""

    key: ECKey = field(repr=False)
    alg: str = ES256

    def public(self) -> dict[str, str]:
        """Return the key for the node's JWK set."""
        shown = self.key.as_dict(private=False)
        names = ("kty", "crv", "x", "y")
        return {name: str(shown[name]) for name in names} | _use(self.key.thumbprint(), self.alg)

    def issue(self, claims: Mapping[str, Any], typ: str) -> str:
        """Return the signed token."""
        header = {"alg": ES256, "kid": self.key.thumbprint(), "typ": typ}
        return jwt.encode(header, dict(claims), self.key, algorithms=[ES256])


@dataclass(frozen=True, slots=True)
class Sm2Signer:
    """An SM2 key; the header is that of all our tokens."""

    key: PublicKey
    sign: Callable[[str], SignBytes] = field(repr=False)
    """typ -> what signs tokens of it."""
    alg: str = SM2

    def public(self) -> dict[str, str]:
        """Return the key for the node's JWK set."""
        return {str(k): str(v) for k, v in self.key.jwk().items()} | _use(self.key.kid, self.alg)

    def issue(self, claims: Mapping[str, Any], typ: str) -> str:
        """Return the signed token."""
        payload = canonical.dumps(dict(claims))
        return jws.sign_compact(payload=payload, typ=typ, kid=self.key.kid, sign=self.sign(typ))


def pairwise(hmac: Hmac, sector_host: str, person: str) -> str:
    """Return who a person is for all clients of a sector (identity.md 5)."""
    return b64u(hmac(b"\x1f".join((b"sub-v1", sector_host.encode(), person.encode()))))


def id_token(
    issuer: str, client_id: str, who: Authentication, *, nonce: str, now: datetime
) -> dict[str, Any]:
    """Return the claims of an ID token."""
    return {
        "iss": issuer,
        "sub": who.subject,
        "aud": client_id,
        "iat": _seconds(now),
        "exp": _seconds(now + ID_TOKEN_LIFE),
        "auth_time": _seconds(who.at),
        "nonce": nonce,
        "acr": who.acr.urn,
        "amr": list(who.amr),
        "sid": who.sid,
    }


def logout_token(
    issuer: str, client_id: str, *, subject: str, sid: str, jti: str, now: datetime
) -> dict[str, Any]:
    """Return the claims of a logout token; it has no nonce, so that it cannot be an ID token."""
    return {
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "iat": _seconds(now),
        "exp": _seconds(now + LOGOUT_LIFE),
        "jti": jti,
        "sid": sid,
        "events": {LOGOUT_EVENT: {}},
    }


def _use(kid: str, alg: str) -> dict[str, str]:
    return {"kid": kid, "alg": alg, "use": "sig"}


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
