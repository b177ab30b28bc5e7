"""SM2 certificates and enveloped keys of other projects: the pieces that this folder reads."""

import binascii

import pytest

from crypto import der, sm2, sm4
from crypto.errors import InvalidKey, InvalidSignature
from crypto.keys import PrivateKey, PublicKey
from tests.crypto.samples import vectors

FILE = vectors("sm2_pki.json")


def contents(pem: str) -> bytes:
    return binascii.a2b_base64("".join(pem.strip().splitlines()[1:-1]))


def certificates(signed_data: bytes) -> list[bytes]:
    """Return the certificates of a PKCS#7 SignedData, as DER."""
    content = der.Reader(signed_data).inside(der.SEQUENCE)
    content.take(der.OID)
    signed = content.inside(0xA0).inside(der.SEQUENCE)
    signed.integer()
    signed.take(0x31)
    signed.take(der.SEQUENCE)
    held, found = signed.inside(0xA0), []
    while held.next_is(der.SEQUENCE):
        found.append(der.element(der.SEQUENCE, held.take(der.SEQUENCE)))
    return found


def split(certificate: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what is signed, the signature in DER, and the SubjectPublicKeyInfo."""
    outer = der.Reader(certificate).inside(der.SEQUENCE)
    signed = outer.take(der.SEQUENCE)
    outer.take(der.SEQUENCE)
    signature = outer.take(der.BIT_STRING)[1:]
    inside = der.Reader(signed)
    for tag in (0xA0, der.INTEGER, *[der.SEQUENCE] * 4):
        inside.take(tag)
    return (
        der.element(der.SEQUENCE, signed),
        signature,
        der.element(der.SEQUENCE, inside.take(der.SEQUENCE)),
    )


def test_a_chain_verifies_with_the_default_id() -> None:
    root, middle = certificates(contents(FILE["cert_chain_pkcs7"]["pem"]))
    issuer = PublicKey.from_spki(split(root)[2])
    for certificate in (root, middle):
        signed, signature, _ = split(certificate)
        sm2.verify(issuer, signed, sm2.from_der(signature))


def test_a_public_ca_key_is_read() -> None:
    spki = split(contents(FILE["certificates"][0]["pem"]))[2]
    assert PublicKey.from_spki(spki).spki() == spki


def test_a_certificate_of_the_wrong_form_is_refused_twice() -> None:
    """It names the curve as the algorithm, and its signature rests on an empty ID."""
    signed, signature, spki = split(contents(FILE["certificates"][1]["pem"]))
    with pytest.raises(InvalidKey, match="spki"):
        PublicKey.from_spki(spki)
    public = PublicKey(spki[-64:])
    sm2.verify(public, signed, sm2.from_der(signature), ident=b"")
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        sm2.verify(public, signed, sm2.from_der(signature))


@pytest.mark.parametrize("case", FILE["enveloped_data"])
def test_an_enveloped_key_opens_its_content(case: dict[str, str]) -> None:
    private = PrivateKey.from_scalar(bytes.fromhex(case["recipient_d_hex"]))
    spki = split(contents(case["recipient_cert_pem"]))[2]
    assert PublicKey.from_spki(spki) == private.public

    content = der.Reader(contents(case["enveloped_pem"])).inside(der.SEQUENCE)
    content.take(der.OID)
    enveloped = content.inside(0xA0).inside(der.SEQUENCE)
    enveloped.integer()
    recipient = enveloped.inside(0x31).inside(der.SEQUENCE)
    recipient.integer()
    recipient.take(0x80)
    recipient.take(der.SEQUENCE)
    key = sm2.decrypt(private, recipient.take(der.OCTETS))
    sealed = enveloped.inside(der.SEQUENCE)
    sealed.take(der.OID)
    algorithm = sealed.inside(der.SEQUENCE)
    algorithm.take(der.OID)
    iv = algorithm.take(der.OCTETS)
    plaintext = sm4.cbc_decrypt(key, iv, sealed.take(0x80))
    assert plaintext == case["expected_plaintext_ascii"].encode()
