"""`private_key_jwt`: a client proves by a signed token that it is itself.

Standard   RFC 7523, 3 and OpenID Connect Core 1.0, 9
Checked    kid names one of its registered keys, and that key says the algorithm; iss and sub are
           the client; aud is our issuer or token address and nothing else; exp at most LIFE ahead;
           jti, which the caller stores so that a token serves once
Errors     OpenIdRefused invalid_client
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from crypto import jws
from crypto.errors import CryptoError
from crypto.keys import PublicKey
from identity.openid.clients import ES256, Client
from identity.openid.errors import OpenIdRefused

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE = timedelta(minutes=5)
SKEW = timedelta(seconds=60)
MOST_TOKEN, MOST_JTI = 8_000, 128

_MALFORMED = (JoseError, CryptoError, ArithmeticError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A token that was checked; (client, jti) may be accepted once until it expires."""

    client_id: str
    jti: str
    expires_at: datetime


def claimed_client(token: str) -> str:
    """Return which client a token says it is of, to look it up by. Nothing is verified."""
    try:
        if len(token) > MOST_TOKEN:
            raise ValueError("too long")
        claims = _json(jws.unb64u(token.split(".")[1]))
        return str(claims["sub"])
    except (*_MALFORMED, RecursionError):
        raise OpenIdRefused("invalid_client", "client_assertion") from None


def verify(client: Client, token: str, *, audiences: Collection[str], now: datetime) -> Assertion:
    """Check a client's token. Raises OpenIdRefused."""
    try:
        if len(token) > MOST_TOKEN:
            raise ValueError("too long")
        claims = _claims(client, token)
        return _checked(client, claims, audiences, now)
    except (*_MALFORMED, RecursionError):
        raise OpenIdRefused("invalid_client", "client_assertion") from None


def _claims(client: Client, token: str) -> Mapping[str, Any]:
    header = _json(jws.unb64u(token.split(".")[0]))
    algorithm, key = client.key(str(header["kid"]))
    if header["alg"] != algorithm:
        raise ValueError("another algorithm than the key's")
    if algorithm == ES256:
        named: dict[str, str | list[str]] = {
            "kty": key["kty"],
            "crv": key["crv"],
            "x": key["x"],
            "y": key["y"],
        }
        return jwt.decode(token, ECKey.import_key(named), algorithms=[ES256]).claims
    public = PublicKey.from_jwk({name: key[name] for name in ("kty", "crv", "x", "y")})
    return _json(jws.verify_compact(token, public, typ="JWT"))


def _checked(
    client: Client, claims: Mapping[str, Any], audiences: Collection[str], now: datetime
) -> Assertion:
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if (claims["iss"], claims["sub"]) != (client.id, client.id) or audience not in audiences:
        raise ValueError("not its own, or not for us")
    jti, seconds = claims["jti"], claims["exp"]
    if not isinstance(jti, str) or not 0 < len(jti) <= MOST_JTI or type(seconds) is not int:
        raise ValueError("cannot be told apart, or has no end")
    expires = datetime.fromtimestamp(seconds, UTC)
    if not now < expires <= now + LIFE + SKEW:
        raise ValueError("not now")
    return Assertion(client.id, jti, expires)


def _json(data: bytes) -> Mapping[str, Any]:
    """Read an object that a library of others wrote: in any spelling, members once."""
    read = json.loads(data, object_pairs_hook=_members)
    if not isinstance(read, dict):
        raise ValueError("not an object")
    return read


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members
