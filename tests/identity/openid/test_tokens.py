"""Tokens: read by libraries that are not ours, and nobody recognised between two sectors."""

import json
from datetime import timedelta

from joserfc import jwt
from joserfc.jwk import ECKey

from crypto import jws, sm2, sm3
from identity.levels import Acr
from identity.openid import tokens
from identity.openid.tokens import Authentication, Es256Signer, Sm2Signer
from tests.identity.openid.parties import ISSUER, SECONDS
from tests.identity.samples import NOW

WHO = Authentication("pairwise", Acr.AAL2PR, ("pop", "user"), NOW - timedelta(seconds=30), "sid-1")


def test_the_pairwise_vector() -> None:
    """identity.md 9.5."""
    key = bytes(range(32))
    found = tokens.pairwise(
        lambda message: sm3.hmac(key, message),
        "rp.example.com",
        "018f0000-0000-7000-8000-000000000001",
    )
    assert found == "qe_JDgrRdg8-fxv3qzIExslcFtG6i1wAHxAw6GKHbic"


def test_an_es256_token_is_read_by_joserfc() -> None:
    signer = Es256Signer(ECKey.generate_key("P-256"))
    token = signer.issue(tokens.id_token(ISSUER, "library", WHO, nonce="n", now=NOW), "JWT")
    shown = signer.public()
    read = jwt.decode(token, ECKey.import_key({**shown}), algorithms=["ES256"])
    assert read.header == {"alg": "ES256", "kid": shown["kid"], "typ": "JWT"}
    assert read.claims == {
        "iss": ISSUER,
        "sub": "pairwise",
        "aud": "library",
        "iat": SECONDS,
        "exp": SECONDS + 300,
        "auth_time": SECONDS - 30,
        "nonce": "n",
        "acr": "urn:cn-edu:aal:2pr",
        "amr": ["pop", "user"],
        "sid": "sid-1",
    }
    assert "d" not in shown


def test_an_sm2_token_is_one_of_ours() -> None:
    private = sm2.generate()
    signer = Sm2Signer(private.public, lambda typ: lambda message: sm2.sign(private, message))
    claims = tokens.logout_token(
        ISSUER, "library", subject="pairwise", sid="sid-1", jti="j", now=NOW
    )
    token = signer.issue(claims, tokens.LOGOUT_TOKEN)
    assert json.loads(jws.verify_compact(token, private.public, typ="logout+jwt")) == claims
    assert signer.public() == {
        **private.public.jwk(),
        "kid": private.public.kid,
        "alg": "SGD_SM3_SM2",
        "use": "sig",
    }


def test_a_logout_token_cannot_be_an_id_token() -> None:
    claims = tokens.logout_token(ISSUER, "library", subject="p", sid="s", jti="j", now=NOW)
    assert "nonce" not in claims
    assert claims["events"] == {tokens.LOGOUT_EVENT: {}}
    assert claims["exp"] - claims["iat"] == 120
