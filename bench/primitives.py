"""The algorithms and formats by themselves, each beside something that everybody knows."""

import hashlib
from collections.abc import Callable
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bench.measure import Measured, compare
from crypto import canonical, entropy, jws, sm2, sm3, sm4
from crypto.provider import Provider, Use
from crypto.providers.software import SoftwareDevice
from identity import approval, credential
from identity.approval import Authorization
from tests.identity import samples

MESSAGE = bytes(range(100)) * 7
BIG = bytes(2048)


def run(rounds: int) -> list[Measured]:
    """Measure signatures, hashes, canonical JSON and one credential's life without a database."""
    return [*_signatures(rounds), *_hashes(rounds), *_canonical(rounds), *_credential(rounds)]


def _signatures(rounds: int) -> list[Measured]:
    p256, algorithm = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(SHA256())
    theirs, p256_public = p256.sign(MESSAGE, algorithm), p256.public_key()
    private = sm2.generate()
    ours = sm2.sign(private, MESSAGE)
    sign: dict[str, Callable[[], object]] = {
        "P-256 sign (cryptography)": lambda: p256.sign(MESSAGE, algorithm),
        "SM2 sign": lambda: sm2.sign(private, MESSAGE),
    }
    verify: dict[str, Callable[[], object]] = {
        "P-256 verify (cryptography)": lambda: p256_public.verify(theirs, MESSAGE, algorithm),
        "SM2 verify": lambda: sm2.verify(private.public, MESSAGE, ours),
    }
    return [
        *compare("signature, 700 B", sign, rounds=rounds, against="P-256 sign (cryptography)"),
        *compare("signature, 700 B", verify, rounds=rounds, against="P-256 verify (cryptography)"),
    ]


def _hashes(rounds: int) -> list[Measured]:
    key, node, box = bytes(16), bytes(65), sm4.seal(bytes(16), BIG, b"")
    subjects: dict[str, Callable[[], object]] = {
        "SHA-256 of 2 KiB (hashlib)": lambda: hashlib.sha256(BIG).digest(),
        "SM3 of 2 KiB": lambda: sm3.digest(BIG),
        "SM3 of 65 B": lambda: sm3.digest(node),
        "HMAC-SM3 of 65 B": lambda: sm3.hmac(key, node),
        "SM4-GCM seal 2 KiB": lambda: sm4.seal(key, BIG, b""),
        "SM4-GCM unseal 2 KiB": lambda: sm4.unseal(key, box, b""),
    }
    return compare("hash and cipher", subjects, rounds=rounds, against="SHA-256 of 2 KiB (hashlib)")


def _canonical(rounds: int) -> list[Measured]:
    data = samples.build().payload
    value: Any = canonical.loads(data)
    subjects: dict[str, Callable[[], object]] = {
        "write (rfc8785)": lambda: rfc8785.dumps(value),
        "write": lambda: canonical.dumps(value),
        "read, strictly": lambda: canonical.loads(data),
    }
    group = f"canonical JSON, {len(data)} B"
    return compare(group, subjects, rounds=rounds, against="write (rfc8785)")


def _credential(rounds: int) -> list[Measured]:
    provider = Provider(SoftwareDevice(bytes(32)), check=approval.authorize)
    ref = provider.generate(Use.ISSUER)
    unsigned = samples.build()
    message = f"{jws.header(kid=ref.kid, typ=credential.TYP)}.{jws.b64u(unsigned.payload)}".encode()
    why = Authorization(
        grounds=samples.grounds(samples.sealed_approval()),
        position=0,
        salt=samples.SALTS[0],
        disclosures=unsigned.disclosures,
        decoys=unsigned.decoys,
    )
    private = sm2.generate()
    e = sm2.e_value(private.public, MESSAGE)

    def sign() -> str:
        signer = provider.signer(ref, credential.TYP, why)
        return credential.sign(unsigned, kid=ref.kid, sign=signer)

    text = sign()
    bare = "SM2 sign and verify, bare"
    subjects: dict[str, Callable[[], object]] = {
        bare: lambda: sm2.verify_e(private.public, e, sm2.sign_e(private, e)),
        "build": lambda: samples.build(random=entropy.system),
        "check against the approval": lambda: approval.authorize(ref, credential.TYP, message, why),
        "check, sign, verify": sign,
        "verify by a stranger": lambda: credential.verify(text, ref.public),
    }
    return compare("credential, 7 claims", subjects, rounds=rounds, against=bare)
