"""Compact tokens and sealed documents: made, opened, and refused when anything is different."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import jws, sm2
from crypto.canonical import dumps
from crypto.errors import CryptoError, InvalidEncoding, InvalidSignature
from crypto.jws import b64u, unb64u
from crypto.keys import PrivateKey, PublicKey
from tests.crypto.samples import PRIVATE, PUBLIC, vectors

TYP = "kexin-test+jws"
OTHER = PrivateKey.from_scalar((12345).to_bytes(32))
THIRD = PrivateKey.from_scalar((67890).to_bytes(32))
VECTOR = vectors("jws_sgd_sm3_sm2.json")["tests"][0]
VECTOR_KEY = PublicKey(bytes.fromhex(VECTOR["x"] + VECTOR["y"]))


def signing(private: PrivateKey) -> tuple[str, jws.SignBytes]:
    return private.public.kid, lambda message: sm2.sign(private, message)


def by_kid(*private: PrivateKey) -> dict[str, PublicKey]:
    return {each.public.kid: each.public for each in private}


KID, SIGN = signing(PRIVATE)
TOKEN = jws.sign_compact(payload=b"payload", typ=TYP, kid=KID, sign=SIGN)
PAYLOAD = {"name": "河南省实验中学", "levels": [1, 2]}
DOCUMENT = jws.seal_document(PAYLOAD, typ=TYP, signers=[signing(PRIVATE), signing(OTHER)])


# --- compact ---


def test_the_vector_verifies() -> None:
    parsed = check_vector(VECTOR["token"])
    assert (parsed.kid, parsed.typ) == ("k1", "JWT")
    assert parsed.payload == b'{"iss":"https://node-a.example","sub":"x","iat":1767225600}'


def test_the_vectors_own_name_for_its_key_is_not_enough() -> None:
    with pytest.raises(InvalidSignature, match="jws_kid"):
        jws.verify_compact(VECTOR["token"], VECTOR_KEY, typ="JWT")


@pytest.mark.parametrize("change", vectors("jws_sgd_sm3_sm2.json")["tests"][1:])
def test_a_changed_vector_is_refused(change: dict[str, str]) -> None:
    with pytest.raises((InvalidEncoding, InvalidSignature)):
        check_vector(change["token"])


def check_vector(token: str) -> jws.Parsed:
    """Verify a token whose kid is not the name of its key."""
    parsed = jws.parse_compact(token)
    sm2.verify(VECTOR_KEY, parsed.signing_input, parsed.signature)
    return parsed


def test_the_names_are_those_of_the_standard() -> None:
    names = vectors("gm_identifiers.json")["jose_gmt0125"]
    assert jws.ALG in names["jws"]
    jwk = PUBLIC.jwk()
    assert {"kty": jwk["kty"], "crv": jwk["crv"]} == names["jwk"]


def test_a_token_verifies_and_gives_its_payload() -> None:
    assert jws.verify_compact(TOKEN, PUBLIC, typ=TYP) == b"payload"


def test_a_token_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidEncoding, match="jws_typ"):
        jws.verify_compact(TOKEN, PUBLIC, typ="dc+sd-jwt")


def test_a_token_is_refused_under_another_key() -> None:
    with pytest.raises(InvalidSignature, match="jws_kid"):
        jws.verify_compact(TOKEN, OTHER.public, typ=TYP)
    forged = jws.sign_compact(payload=b"payload", typ=TYP, kid=KID, sign=signing(OTHER)[1])
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        jws.verify_compact(forged, PUBLIC, typ=TYP)


def token(header: Any = None, *, payload: str = "cGF5bG9hZA", signature: str = "") -> str:
    """Return a token whose header is what a test says, signed all the same."""
    said = {"alg": jws.ALG, "kid": KID, "typ": TYP} if header is None else header
    protected = said if isinstance(said, str) else b64u(dumps(said))
    signing_input = f"{protected}.{payload}"
    return f"{signing_input}.{signature or b64u(SIGN(signing_input.encode()))}"


def code_alone(value: object) -> str:
    """Name a case by its code: the signatures in it are other ones in each process."""
    return value if isinstance(value, str) and value.isidentifier() else "case"


FINE = {"alg": jws.ALG, "kid": KID, "typ": TYP}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "jws_parts"),
        ("a.b", "jws_parts"),
        (TOKEN + ".", "jws_parts"),
        (token({**FINE, "alg": "none"}), "jws_header"),
        (token({**FINE, "alg": "ES256"}), "jws_header"),
        (token({**FINE, "alg": None}), "jws_header"),
        (token({**FINE, "crit": ["exp"]}), "jws_header"),
        (token({**FINE, "jwk": PUBLIC.jwk()}), "jws_header"),
        (token({**FINE, "kid": 1}), "jws_header"),
        (token({"alg": jws.ALG, "kid": KID}), "jws_header"),
        (token([jws.ALG, KID, TYP]), "jws_header"),
        (token(b64u(b'{"typ":"a","kid":"b","alg":"SGD_SM3_SM2"}')), "json_not_canonical"),
        (token(b64u(b'{"alg":"SGD_SM3_SM2","alg":"none"}')), "json_duplicate"),
        (token(b64u(b"\xff")), "json_syntax"),
        (token(payload="cGF5bG9hZB"), "base64url"),
        (token(payload="cGF5bG9hZA=="), "base64url"),
        (token(signature=b64u(sm2.to_der(SIGN(b"text")))), "jws_signature"),
        (token(signature=b64u(bytes(63))), "jws_signature"),
        (TOKEN + "\n", "base64url"),
        (" " + TOKEN, "base64url"),
        (TOKEN.replace(".", ".é", 1), "base64url"),
        ("é" + TOKEN, "base64url"),
    ],
    ids=code_alone,
)
def test_another_token_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        jws.verify_compact(text, PUBLIC, typ=TYP)


@settings(max_examples=150)
@given(at=st.integers(0, len(TOKEN) - 1), char=st.sampled_from("Ab9-_.=\n é"))
def test_one_altered_character_of_a_token_is_refused(at: int, char: str) -> None:
    if TOKEN[at] == char:
        return
    with pytest.raises(CryptoError):
        jws.verify_compact(TOKEN[:at] + char + TOKEN[at + 1 :], PUBLIC, typ=TYP)


@given(st.text(max_size=60))
def test_arbitrary_text_is_refused_with_a_named_error(text: str) -> None:
    with pytest.raises(InvalidEncoding):
        jws.parse_compact(text)


# --- documents ---


def entry(private: PrivateKey, payload: object = PAYLOAD, typ: str = TYP) -> dict[str, str]:
    kid, sign = signing(private)
    return jws.document_signature(payload, typ=typ, kid=kid, sign=sign)


def test_a_document_verifies_and_gives_its_payload() -> None:
    keys = by_kid(PRIVATE, OTHER, THIRD)
    assert jws.verify_document(DOCUMENT, keys, typ=TYP, threshold=2) == PAYLOAD
    opened = jws.open_document(DOCUMENT, typ=TYP)
    assert opened.payload_bytes == dumps(PAYLOAD)
    assert [each.kid for each in opened.signatures] == sorted(by_kid(PRIVATE, OTHER))


@pytest.mark.parametrize("order", [(PRIVATE, OTHER), (OTHER, PRIVATE)])
def test_signatures_of_different_days_are_put_in_order(
    order: tuple[PrivateKey, PrivateKey],
) -> None:
    document = jws.assemble(PAYLOAD, [entry(each) for each in order])
    assert jws.verify_document(document, by_kid(*order), typ=TYP, threshold=2) == PAYLOAD


def test_one_key_signs_a_document_once() -> None:
    with pytest.raises(InvalidEncoding, match="jws_order"):
        jws.assemble(PAYLOAD, [entry(PRIVATE), entry(PRIVATE)])


def test_a_document_has_one_type() -> None:
    with pytest.raises(InvalidEncoding, match="jws_typ"):
        jws.assemble(PAYLOAD, [entry(PRIVATE), entry(OTHER, typ="other")])


def test_a_document_without_signatures_is_none() -> None:
    with pytest.raises(InvalidEncoding, match="jws_document"):
        jws.assemble(PAYLOAD, [])


def test_too_few_signatures_are_refused() -> None:
    document = jws.assemble(PAYLOAD, [entry(PRIVATE)])
    keys = by_kid(PRIVATE, OTHER)
    assert jws.verify_document(document, keys, typ=TYP, threshold=1) == PAYLOAD
    with pytest.raises(InvalidSignature, match="jws_threshold"):
        jws.verify_document(document, keys, typ=TYP, threshold=2)


@pytest.mark.parametrize("threshold", [0, -1])
def test_no_signature_is_never_enough(threshold: int) -> None:
    with pytest.raises(ValueError, match="threshold"):
        jws.verify_document(DOCUMENT, by_kid(PRIVATE, OTHER), typ=TYP, threshold=threshold)


def test_a_strangers_signature_is_refused_even_if_it_is_not_needed() -> None:
    with pytest.raises(InvalidSignature, match="jws_unknown_kid"):
        jws.verify_document(DOCUMENT, by_kid(PRIVATE), typ=TYP, threshold=1)


def test_one_key_under_two_names_counts_once() -> None:
    kid, sign = signing(PRIVATE)
    alias = "A" * 43
    document = jws.seal_document(PAYLOAD, typ=TYP, signers=[(kid, sign), (alias, sign)])
    keys = {kid: PUBLIC, alias: PUBLIC}
    with pytest.raises(InvalidSignature, match="jws_kid"):
        jws.verify_document(document, keys, typ=TYP, threshold=2)


def test_an_invalid_signature_beside_enough_valid_ones_is_refused() -> None:
    broken = {**entry(THIRD), "signature": entry(OTHER)["signature"]}
    document = jws.assemble(PAYLOAD, [entry(PRIVATE), entry(OTHER), broken])
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        jws.verify_document(document, by_kid(PRIVATE, OTHER, THIRD), typ=TYP, threshold=2)


def test_a_signature_over_another_payload_is_refused() -> None:
    document = jws.assemble(PAYLOAD, [entry(PRIVATE, payload={**PAYLOAD, "levels": [1]})])
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        jws.verify_document(document, by_kid(PRIVATE), typ=TYP, threshold=1)


def test_a_document_of_another_type_is_refused() -> None:
    with pytest.raises(InvalidEncoding, match="jws_typ"):
        jws.open_document(DOCUMENT, typ="kexin-trust-list+jws")


SIGNATURES: Any = DOCUMENT["signatures"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "jws_document"),
        ([], "jws_document"),
        ("text", "jws_document"),
        ({}, "jws_document"),
        ({**DOCUMENT, "extra": 1}, "jws_document"),
        ({**DOCUMENT, "payload": 5}, "jws_document"),
        ({**DOCUMENT, "signatures": []}, "jws_document"),
        ({**DOCUMENT, "signatures": {}}, "jws_document"),
        ({**DOCUMENT, "signatures": "text"}, "jws_document"),
        ({**DOCUMENT, "signatures": [1]}, "jws_document"),
        ({**DOCUMENT, "signatures": [{**SIGNATURES[0], "header": {}}]}, "jws_document"),
        ({**DOCUMENT, "signatures": [{"protected": "e30"}]}, "jws_document"),
        ({**DOCUMENT, "signatures": SIGNATURES[:1] * 65}, "jws_document"),
        ({**DOCUMENT, "signatures": SIGNATURES[::-1]}, "jws_order"),
        ({**DOCUMENT, "signatures": SIGNATURES[:1] * 2}, "jws_order"),
        ({**DOCUMENT, "payload": b64u(b'{"b":1,"a":2}')}, "json_not_canonical"),
        ({**DOCUMENT, "payload": b64u(b"{}") + "="}, "base64url"),
        ({**DOCUMENT, "payload": "é"}, "base64url"),
    ],
    ids=code_alone,
)
def test_another_document_is_refused(document: object, code: str) -> None:
    with pytest.raises(InvalidEncoding, match=code):
        jws.open_document(document, typ=TYP)


@settings(max_examples=150)
@given(st.data())
def test_one_altered_byte_of_a_document_is_refused(data: st.DataObject) -> None:
    """Wherever the byte is: payload, a header or a signature."""
    altered: dict[str, Any] = {
        "payload": DOCUMENT["payload"],
        "signatures": [dict(each) for each in SIGNATURES],
    }
    holders: list[tuple[dict[str, Any], str]] = [(altered, "payload")]
    for each in altered["signatures"]:
        holders += [(each, "protected"), (each, "signature")]
    holder, name = data.draw(st.sampled_from(holders))
    content = bytearray(unb64u(holder[name]))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    holder[name] = b64u(bytes(content))
    keys: Mapping[str, PublicKey] = by_kid(PRIVATE, OTHER)
    with pytest.raises(CryptoError):
        jws.verify_document(altered, keys, typ=TYP, threshold=2)
