"""A provider elsewhere: only its own tokens, for us, for this sign-in, now."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from crypto.jws import b64u
from identity.challenges import Purpose
from identity.errors import LoginRefused
from identity.factors.outside import Identity, Link, Outside, Provider
from identity.factors.protocol import Attempt
from identity.levels import FactorKind
from tests.identity.samples import CHALLENGE, NOW, SESSION

KEY = ECKey.generate_key("P-256", {"kid": "es"})
RSA = RSAKey.generate_key(2048, {"kid": "rs"})
STRANGER = ECKey.generate_key("P-256", {"kid": "es"})
JWKS: Mapping[str, Any] = KeySet([KEY, RSA]).as_dict(private=False)
PROVIDER = Provider("https://id.ha.example", "kexin", JWKS, frozenset({"urn:ha:2"}))
FACTOR = Outside(PROVIDER)
LINK = Link("https://id.ha.example", "person 7")
SECONDS = int(NOW.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": "https://id.ha.example",
    "sub": "person 7",
    "aud": "kexin",
    "nonce": b64u(CHALLENGE.value),
    "iat": SECONDS,
    "exp": SECONDS + 300,
    "auth_time": SECONDS - 30,
    "acr": "urn:ha:2",
}
ATTEMPT = Attempt(NOW, CHALLENGE, session=SESSION)
ABSENT = object()


def token(*, key: Any = KEY, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    said = {**CLAIMS, **claims}
    told = {name: value for name, value in said.items() if value is not ABSENT}
    head = {"alg": "ES256", "kid": "es", **(header or {})}
    return jwt.encode(
        {name: value for name, value in head.items() if value is not ABSENT},
        told,
        key,
        algorithms=["ES256", "RS256", "HS256", "ES384", "PS256"],
    )


def refused(given: str, attempt: Attempt = ATTEMPT, link: Link = LINK) -> None:
    with pytest.raises(LoginRefused) as caught:
        FACTOR.verify(link, given, attempt)
    assert (caught.value.code, caught.value.params) == ("login_refused", {})
    assert caught.value.__cause__ is None


def test_a_token_for_us_is_a_proof() -> None:
    proof = FACTOR.verify(LINK, token(), ATTEMPT)

    assert (proof.kind, proof.stored, proof.at) == (FactorKind.OUTSIDE_TWO, LINK, NOW)
    assert FACTOR.read(token(), ATTEMPT) == Identity(
        LINK, FactorKind.OUTSIDE_TWO, NOW - timedelta(seconds=30)
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"key": RSA, "header": {"alg": "RS256", "kid": "rs"}},
        {"header": {"typ": "JWT"}},
        {"aud": ["kexin", "other"], "azp": "kexin"},
        {"auth_time": ABSENT},
        {"auth_time": SECONDS + 60},
        {"iat": SECONDS + 60},
        {"iat": SECONDS - 600, "auth_time": SECONDS - 900},
        {"exp": SECONDS - 59},
    ],
)
def test_other_good_tokens(changes: dict[str, Any]) -> None:
    FACTOR.verify(LINK, token(**changes), ATTEMPT)


@pytest.mark.parametrize("acr", ["urn:ha:1", "", ABSENT, 2, None])
def test_an_assurance_that_our_table_does_not_name_is_one_factor(acr: object) -> None:
    assert FACTOR.verify(LINK, token(acr=acr), ATTEMPT).kind is FactorKind.OUTSIDE


@pytest.mark.parametrize(
    "changes",
    [
        {"key": STRANGER},
        {"header": {"kid": "another"}},
        {"header": {"kid": ABSENT}},
        {"header": {"typ": "at+jwt"}},
        {"key": RSA, "header": {"alg": "PS256", "kid": "rs"}},
        {"iss": "https://id.hb.example"},
        {"iss": ABSENT},
        {"sub": ABSENT},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"aud": "other"},
        {"aud": ["kexin", "other"]},
        {"aud": ["other"], "azp": "kexin"},
        {"aud": ["kexin", 7], "azp": "kexin"},
        {"aud": ["kexin"], "azp": "other"},
        {"aud": ABSENT},
        {"nonce": b64u(bytes(32))},
        {"nonce": ABSENT},
        {"exp": SECONDS - 60},
        {"exp": ABSENT},
        {"exp": "soon"},
        {"exp": True},
        {"exp": SECONDS + 0.5},
        {"exp": 10**30},
        {"iat": SECONDS + 61},
        {"iat": SECONDS - 601},
        {"iat": ABSENT},
        {"auth_time": SECONDS - 901},
        {"auth_time": SECONDS + 61},
        {"auth_time": "then"},
        {"acr": ["urn:ha:2"]},
    ],
)
def test_any_other_token_is_refused(changes: dict[str, Any]) -> None:
    refused(token(**changes))


def test_a_public_key_is_no_secret_to_sign_with() -> None:
    shared = OctKey.import_key(json.dumps(KEY.as_dict(private=False)).encode())
    refused(token(key=shared, header={"alg": "HS256"}))


def test_an_unsigned_token_is_refused() -> None:
    head = b64u(json.dumps({"alg": "none", "kid": "es"}).encode())
    refused(f"{head}.{token().split('.')[1]}.")


def test_one_altered_character_is_refused() -> None:
    good = token()
    for at in range(0, len(good), 7):
        swapped = "A" if good[at] != "A" else "B"
        refused(good[:at] + swapped + good[at + 1 :])


@pytest.mark.parametrize("given", ["", ".", "..", "x.y.z", "a" * 20_000, "\ud800.a.b"])
def test_what_is_no_token_is_refused(given: str) -> None:
    refused(given)


def test_a_payload_that_is_too_deep_or_no_object_is_refused() -> None:
    from joserfc import jws

    for payload in (b"[" * 5000, b"7", b"\xff"):
        refused(jws.serialize_compact({"alg": "ES256", "kid": "es"}, payload, KEY))


@pytest.mark.parametrize(
    "attempt",
    [
        replace(ATTEMPT, challenge=None),
        replace(ATTEMPT, session=bytes(32)),
        replace(ATTEMPT, purpose=Purpose.ENROL),
        replace(ATTEMPT, now=NOW + timedelta(minutes=5)),
        replace(ATTEMPT, challenge=replace(CHALLENGE, value=bytes(32))),
    ],
)
def test_a_token_serves_one_sign_in(attempt: Attempt) -> None:
    refused(token(), attempt)


@pytest.mark.parametrize("subject", ["", 7, "x" * 256, None, ["person 7"]])
def test_a_subject_that_names_nobody_is_linked_to_nobody(subject: object) -> None:
    with pytest.raises(LoginRefused) as caught:
        FACTOR.read(token(sub=subject), ATTEMPT)
    assert caught.value.code == "login_refused"
    assert FACTOR.read(token(sub="x" * 255), ATTEMPT).link.subject == "x" * 255


def test_a_token_has_a_limit_even_if_all_of_it_is_signed() -> None:
    FACTOR.read(token(more="x" * 10_000), ATTEMPT)
    refused(token(more="x" * 12_000))


def test_one_subject_of_two_providers_is_two_persons() -> None:
    refused(token(), link=Link("https://id.hb.example", "person 7"))
    refused(token(), link=Link("https://id.ha.example", "person 8"))
    assert "person 7" not in repr(LINK)


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": 7}, {"keys": [{}]}, {"keys": [7]}])
def test_a_broken_key_set_refuses_everybody(keys: dict[str, Any]) -> None:
    with pytest.raises(LoginRefused):
        Outside(replace(PROVIDER, keys=keys)).verify(LINK, token(), ATTEMPT)
