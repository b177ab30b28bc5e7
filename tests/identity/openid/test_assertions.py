"""private_key_jwt: a client's own token, for us, once, now."""

import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey

from crypto import jws
from crypto.jws import b64u
from identity.openid import assertions
from identity.openid.errors import OpenIdRefused
from tests.identity.openid.parties import (
    ABSENT,
    ISSUER,
    SECONDS,
    SM,
    TOKEN_URL,
    claims,
    client,
    es_token,
    sm_token,
)
from tests.identity.samples import NOW

OURS = (ISSUER, TOKEN_URL)


def refused(token: str) -> None:
    with pytest.raises(OpenIdRefused) as caught:
        assertions.verify(client(), token, audiences=OURS, now=NOW)
    assert caught.value.code == "invalid_client"


@pytest.mark.parametrize("token", [es_token(), sm_token()], ids=["ES256", "SGD_SM3_SM2"])
def test_a_client_proves_itself_with_either_algorithm(token: str) -> None:
    assert assertions.claimed_client(token) == "library"
    found = assertions.verify(client(), token, audiences=OURS, now=NOW)
    assert (found.client_id, found.jti) == ("library", "one")
    assert found.expires_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize("audience", [ISSUER, [ISSUER], [TOKEN_URL]])
def test_it_is_meant_for_us(audience: Any) -> None:
    assertions.verify(client(), es_token(aud=audience), audiences=OURS, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"sub": "other"},
        {"aud": "https://other.example"},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": ABSENT},
        {"jti": ABSENT},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 129},
        {"exp": ABSENT},
        {"exp": SECONDS},
        {"exp": SECONDS + 361},
        {"exp": str(SECONDS + 60)},
        {"exp": True},
        {"exp": 10**30},
    ],
)
@pytest.mark.parametrize("make", [es_token, sm_token])
def test_what_does_not_fit_is_refused(make: Any, changes: dict[str, Any]) -> None:
    refused(make(**changes))


def test_another_key_or_type_is_refused() -> None:
    refused(es_token(key=ECKey.generate_key("P-256"), kid="es-1"))
    refused(es_token(kid="unknown"))
    refused(sm_token(typ="logout+jwt"))


def test_the_key_says_the_algorithm_not_the_token() -> None:
    header = b64u(json.dumps({"alg": "ES256", "kid": SM.public.kid}).encode())
    refused(f"{header}.{sm_token().split('.', 1)[1]}")
    none = b64u(json.dumps({"alg": "none", "kid": "es-1"}).encode())
    refused(f"{none}.{b64u(json.dumps(claims()).encode())}.")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        "a.b.c",
        "x" * 8_001,
        f"{b64u(b'[]')}.{b64u(b'[]')}.",
        f"{b64u(b'{}')}.{b64u(b'{}')}.",
        b64u(b'{"kid":"a","kid":"b"}') + "." + b64u(b'{"sub":"a","sub":"b"}') + ".",
        ".".join([b64u(b"[" * 5_900)] * 1) + ".e30.",
        "e30." + b64u(b"[" * 5_900) + ".",
    ],
)
def test_garbage_is_refused(token: str) -> None:
    refused(token)
    with pytest.raises(OpenIdRefused, match="invalid_client"):
        assertions.claimed_client(token)


def test_an_altered_token_is_refused() -> None:
    for token in (es_token(), sm_token()):
        head, _, signature = token.split(".")
        other = b64u(json.dumps(claims(jti="two")).encode())
        refused(f"{head}.{other}.{signature}")
        refused(token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"))
    assert jws.unb64u(es_token().split(".")[0])
