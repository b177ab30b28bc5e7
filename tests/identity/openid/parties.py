"""Relying parties of the tests, and tokens that they sign."""

import json
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from crypto import jws, sm2
from identity.openid import clients
from identity.openid.clients import Client
from tests.identity.samples import NOW

ISSUER = "https://id.zz.example"
TOKEN_URL = f"{ISSUER}/openid/token"
ES = ECKey.generate_key("P-256", {"kid": "es-1"})
SM = sm2.generate()
SECONDS = int(NOW.timestamp())
ABSENT = object()


def es_jwk() -> dict[str, str]:
    """Return the public key that signs with ES256."""
    shown = ES.as_dict(private=False)
    return {name: str(shown[name]) for name in ("kty", "crv", "x", "y", "kid")}


def sm_jwk() -> dict[str, str]:
    """Return the public key that signs with SM2."""
    return {**SM.public.jwk(), "kid": SM.public.kid}


def registration(**changes: Any) -> dict[str, Any]:
    """Return what a registrar enters, with changes; ABSENT leaves a member out."""
    document = {
        "id": "library",
        "name": "城市图书馆",
        "redirect_uris": ["https://library.example/back"],
        "post_logout_redirect_uris": ["https://library.example/bye"],
        "backchannel_logout_uri": "https://library.example/logout",
        "jwks": {"keys": [es_jwk(), sm_jwk()]},
        "scopes": ["openid", "profile", "offline_access"],
        "id_token_alg": "ES256",
        "least": "aal1",
        **changes,
    }
    return {name: value for name, value in document.items() if value is not ABSENT}


def client(**changes: Any) -> Client:
    """Return a registered relying party."""
    return clients.parse(registration(**changes))


def claims(**changes: Any) -> dict[str, Any]:
    """Return what a client says to prove that it is itself."""
    said = {
        "iss": "library",
        "sub": "library",
        "aud": TOKEN_URL,
        "jti": "one",
        "iat": SECONDS,
        "exp": SECONDS + 60,
        **changes,
    }
    return {name: value for name, value in said.items() if value is not ABSENT}


def es_token(key: ECKey = ES, kid: str = "es-1", **changes: Any) -> str:
    """Return a client's token under ES256."""
    return jwt.encode({"alg": "ES256", "kid": kid}, claims(**changes), key, algorithms=["ES256"])


def sm_token(typ: str = "JWT", **changes: Any) -> str:
    """Return a client's token under SGD_SM3_SM2."""
    payload = json.dumps(claims(**changes)).encode()
    kid = SM.public.kid
    return jws.sign_compact(payload=payload, typ=typ, kid=kid, sign=lambda m: sm2.sign(SM, m))
