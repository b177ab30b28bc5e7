"""Signed JSON: compact JWS for tokens, general JWS for documents that several sign.

Standard   RFC 7515 with alg SGD_SM3_SM2 (GM/T 0125.2): SM2 over SM3, default ID, over the
           ASCII text `b64u(header).b64u(payload)`; the signature is r||s, 64 bytes.
Header     canonical JSON with exactly alg, kid and typ. `kid` is the signing key's SM3
           thumbprint; `typ` says what is signed, and no key signs another type.
Document   {"payload", "signatures": [{"protected", "signature"}, ...]}, signatures in
           ascending order of kid, no kid twice, all of one typ; the payload is canonical JSON.
Errors     InvalidEncoding: jws_parts, jws_header, jws_typ, jws_signature, jws_document,
           jws_order; InvalidSignature: jws_kid, jws_unknown_kid, jws_threshold and those
           of crypto.sm2.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from crypto import canonical, sm2
from crypto.base64url import b64u, unb64u
from crypto.canonical import Json
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.keys import PublicKey

__all__ = [
    "ALG",
    "Opened",
    "Parsed",
    "SignBytes",
    "assemble",
    "b64u",
    "compact",
    "document_signature",
    "header",
    "open_document",
    "parse_compact",
    "seal_document",
    "sign_compact",
    "signing_input",
    "unb64u",
    "verify_compact",
    "verify_document",
]

ALG: Final = "SGD_SM3_SM2"
MAX_SIGNATURES: Final = 64

SignBytes = Callable[[bytes], bytes]
"""Message bytes -> r||s; the key and what it may sign are already chosen."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One signature and what it covers; nothing is verified yet."""

    kid: str
    typ: str
    payload: bytes
    signing_input: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A sealed document taken apart; nothing is verified yet."""

    payload: Json
    payload_bytes: bytes
    signatures: tuple[Parsed, ...]


@lru_cache(maxsize=64)
def header(*, kid: str, typ: str) -> str:
    """Return the protected header, encoded."""
    return b64u(canonical.dumps({"alg": ALG, "kid": kid, "typ": typ}))


def sign_compact(*, payload: bytes, typ: str, kid: str, sign: SignBytes) -> str:
    """Return the token `header.payload.signature`."""
    message = signing_input(payload=payload, typ=typ, kid=kid)
    return compact(message, sign(message))


def signing_input(*, payload: bytes, typ: str, kid: str) -> bytes:
    """Return what is signed: `header.payload`."""
    return f"{header(kid=kid, typ=typ)}.{b64u(payload)}".encode("ascii")


def compact(message: bytes, signature: bytes) -> str:
    """Return the token of a signing input and its signature."""
    return f"{message.decode('ascii')}.{b64u(signature)}"


def parse_compact(token: str) -> Parsed:
    """Take a token apart. Raises InvalidEncoding unless it is canonical."""
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidEncoding("jws_parts")
    return _parse(protected=parts[0], payload=parts[1], signature=parts[2])


def verify_compact(token: str, key: PublicKey, *, typ: str) -> bytes:
    """Check that `key` signed the token as a `typ`; return the payload."""
    parsed = parse_compact(token)
    if parsed.typ != typ:
        raise InvalidEncoding("jws_typ", wanted=typ)
    _verify(parsed, key)
    return parsed.payload


def document_signature(payload: object, *, typ: str, kid: str, sign: SignBytes) -> dict[str, str]:
    """Return one signature of a document; several people may make theirs at different times."""
    protected = header(kid=kid, typ=typ)
    signing_input = f"{protected}.{b64u(canonical.dumps(payload))}".encode("ascii")
    return {"protected": protected, "signature": b64u(sign(signing_input))}


def assemble(payload: object, signatures: Sequence[Mapping[str, str]]) -> dict[str, Json]:
    """Return the document of a payload and its signatures, put in order.

    Raises InvalidEncoding if two are of one kid or their types differ.
    """
    encoded = b64u(canonical.dumps(payload))
    ordered = sorted(signatures, key=lambda each: _signature(encoded, each).kid)
    document: dict[str, Json] = {
        "payload": encoded,
        "signatures": [{**each} for each in ordered],
    }
    _open(document)
    return document


def seal_document(
    payload: object, *, typ: str, signers: Sequence[tuple[str, SignBytes]]
) -> dict[str, Json]:
    """Return the document signed by every signer (kid, sign) at once."""
    return assemble(
        payload,
        [document_signature(payload, typ=typ, kid=kid, sign=sign) for kid, sign in signers],
    )


def open_document(document: object, *, typ: str) -> Opened:
    """Take a document apart. Raises InvalidEncoding unless it is well-formed and a `typ`."""
    opened = _open(document)
    if opened.signatures[0].typ != typ:
        raise InvalidEncoding("jws_typ", wanted=typ)
    return opened


def verify_document(
    document: object, keys: Mapping[str, PublicKey], *, typ: str, threshold: int
) -> Json:
    """Check that at least `threshold` of `keys`, named by kid, signed; return the payload.

    Every signature must be by one of the keys and valid: a document carries no stranger's.
    """
    if threshold < 1:
        raise ValueError("a threshold is at least 1")
    opened = open_document(document, typ=typ)
    for parsed in opened.signatures:
        if parsed.kid not in keys:
            raise InvalidSignature("jws_unknown_kid", kid=parsed.kid)
        _verify(parsed, keys[parsed.kid])
    if len(opened.signatures) < threshold:
        raise InvalidSignature("jws_threshold", found=len(opened.signatures), wanted=threshold)
    return opened.payload


def _verify(parsed: Parsed, key: PublicKey) -> None:
    """The name must be the key's own, or one key could count twice under two names."""
    if parsed.kid != key.kid:
        raise InvalidSignature("jws_kid", kid=parsed.kid)
    sm2.verify(key, parsed.signing_input, parsed.signature)


def _open(document: object) -> Opened:
    match document:
        case {"payload": str(encoded), "signatures": [_, *_] as entries, **rest} if not rest:
            pass
        case _:
            raise InvalidEncoding("jws_document")
    if len(entries) > MAX_SIGNATURES:
        raise InvalidEncoding("jws_document")
    payload = unb64u(encoded)
    signatures = tuple(_signature(encoded, entry) for entry in entries)
    kids = [each.kid for each in signatures]
    if kids != sorted(set(kids)):
        raise InvalidEncoding("jws_order")
    if len({each.typ for each in signatures}) != 1:
        raise InvalidEncoding("jws_typ")
    return Opened(canonical.loads(payload), payload, signatures)


def _signature(encoded_payload: str, entry: object) -> Parsed:
    match entry:
        case {"protected": str(protected), "signature": str(signature), **rest} if not rest:
            return _parse(protected=protected, payload=encoded_payload, signature=signature)
        case _:
            raise InvalidEncoding("jws_document")


def _parse(*, protected: str, payload: str, signature: str) -> Parsed:
    match canonical.loads(unb64u(protected)):
        case {"alg": str(alg), "kid": str(kid), "typ": str(typ), **rest} if not rest:
            if alg != ALG:
                raise InvalidEncoding("jws_header")
        case _:
            raise InvalidEncoding("jws_header")
    content, rs = unb64u(payload), unb64u(signature)
    if len(rs) != sm2.SIGNATURE_SIZE:
        raise InvalidEncoding("jws_signature")
    return Parsed(kid, typ, content, f"{protected}.{payload}".encode("ascii"), rs)
