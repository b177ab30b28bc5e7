"""A passkey in software: makes the answers that a browser would bring, good ones and bad ones.

It is written from the standard (W3C WebAuthn Level 2, 6.1 and 6.5), with cbor2 and the keys of
`cryptography`, so that the library under test reads bytes that it did not write.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from crypto.jws import b64u

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
MODEL = bytes.fromhex("c0ffee00c0ffee00c0ffee00c0ffee00")
MODEL_TEXT = "c0ffee00-c0ff-ee00-c0ff-ee00c0ffee00"

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(slots=True)
class Authenticator:
    """One credential; its fields are what a test bends."""

    rp_id: str = "kexin.zz.example"
    origin: str = "https://kexin.zz.example"
    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = b"credential of a test"
    flags: int = UP | UV
    count: int = 0
    aaguid: bytes = bytes(16)
    user_handle: bytes | None = None
    client: dict[str, Any] = field(default_factory=dict)
    cose: dict[int, Any] | None = None
    transports: Any = ("internal", "hybrid")
    maker: "Maker | None" = None
    fmt: str = "none"

    def create(self, challenge: bytes, **changes: Any) -> str:
        """Answer navigator.credentials.create()."""
        client = self._client("webauthn.create", challenge)
        key = cbor2.dumps(self.cose or cose(self.key))
        size = len(self.credential_id).to_bytes(2)
        attested = self.aaguid + size + self.credential_id + key
        data = self._data(self.flags | AT) + attested
        statement = self._statement(data + sha256(client))
        whole = cbor2.dumps({"fmt": self.fmt, "attStmt": statement, "authData": data})
        response = {
            "clientDataJSON": b64u(client),
            "attestationObject": b64u(whole),
            "transports": self.transports,
        }
        return self._answer({**response, **changes})

    def get(self, challenge: bytes, **changes: Any) -> str:
        """Answer navigator.credentials.get(), counting."""
        self.count += 1
        client = self._client("webauthn.get", challenge)
        data = self._data(self.flags)
        signature = sign(self.key, data + sha256(client))
        response = {
            "clientDataJSON": b64u(client),
            "authenticatorData": b64u(data),
            "signature": b64u(signature),
        }
        if self.user_handle is not None:
            response["userHandle"] = b64u(self.user_handle)
        return self._answer({**response, **changes})

    def _client(self, kind: str, challenge: bytes) -> bytes:
        said = {"type": kind, "challenge": b64u(challenge), "origin": self.origin}
        return json.dumps({**said, **self.client}).encode()

    def _data(self, flags: int) -> bytes:
        return sha256(self.rp_id.encode()) + bytes([flags]) + self.count.to_bytes(4)

    def _statement(self, signed: bytes) -> dict[str, Any]:
        if self.fmt == "none":
            return {}
        if self.maker is None:
            return {"alg": -7, "sig": sign(self.key, signed)}
        return {"alg": -7, "sig": sign(self.maker.leaf_key, signed), "x5c": [self.maker.leaf]}

    def _answer(self, response: dict[str, Any]) -> str:
        name = b64u(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def sha256(data: bytes) -> bytes:
    """Return the hash that the standard names; the house has another."""
    state = hashes.Hash(hashes.SHA256())
    state.update(data)
    return state.finalize()


def sign(key: Key, data: bytes) -> bytes:
    """Sign as COSE says for the kind of key."""
    match key:
        case ec.EllipticCurvePrivateKey():
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        case rsa.RSAPrivateKey():
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        case _:
            return key.sign(data)


def cose(key: Key) -> dict[int, Any]:
    """Write a public key as COSE (RFC 9053, 7)."""
    match key:
        case ec.EllipticCurvePrivateKey():
            point = key.public_key().public_numbers()
            return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        case rsa.RSAPrivateKey():
            numbers = key.public_key().public_numbers()
            size = (numbers.n.bit_length() + 7) // 8
            return {1: 3, 3: -257, -1: numbers.n.to_bytes(size), -2: numbers.e.to_bytes(3)}
        case _:
            return {1: 1, 3: -8, -1: 6, -2: key.public_key().public_bytes_raw()}


class Maker:
    """Who makes authenticators: a root, and a certificate for one model."""

    def __init__(self, name: str, model: bytes | None = MODEL) -> None:
        root_key = ec.generate_private_key(ec.SECP256R1())
        self.leaf_key = ec.generate_private_key(ec.SECP256R1())
        root = _certificate(f"{name} root", root_key, f"{name} root", root_key, authority=True)
        leaf = _certificate(f"{name} model", self.leaf_key, f"{name} root", root_key, model=model)
        self.root_pem = root.public_bytes(Encoding.PEM)
        self.leaf = leaf.public_bytes(Encoding.DER)


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
    model: bytes | None = None,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if model is not None:
        oid = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
        value = x509.UnrecognizedExtension(oid, b"\x04\x10" + model)
        builder = builder.add_extension(value, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
