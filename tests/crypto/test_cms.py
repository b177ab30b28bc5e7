"""Detached SM2 signatures in the form of GM/T 0010."""

import binascii
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto import cms, der, sm2, sm3, x509
from crypto.cms import SignedData
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.keys import PrivateKey
from tests.crypto.samples import ID_OPTION, PRIVATE, PUBLIC, openssl, vectors

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
DIGEST = sm3.digest(b"the file")
OTHER = PrivateKey.from_scalar(bytes(31) + b"\7")


def sign_with(key: PrivateKey) -> x509.SignBytes:
    return lambda message: sm2.sign(key, message)


CERTIFICATE = x509.issue("kexin.zz.example", PUBLIC, NOW, sign_with(PRIVATE))


def signed(key: PrivateKey = PRIVATE) -> SignedData:
    return cms.sign(CERTIFICATE, DIGEST, signed_at=NOW, sign=sign_with(key))


DATA = signed().der()


def test_a_signature_comes_back_and_verifies() -> None:
    read = cms.parse(DATA)

    assert (read.certificate, read.digest, read.signed_at) == (CERTIFICATE, DIGEST, NOW)
    assert read.der() == DATA
    cms.verify(read, DIGEST)


def test_another_content_is_refused() -> None:
    with pytest.raises(InvalidSignature, match="content_mismatch"):
        cms.verify(cms.parse(DATA), sm3.digest(b"another file"))


def test_another_keys_signature_is_refused() -> None:
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        cms.verify(cms.parse(signed(OTHER).der()), DIGEST)


def test_a_certificate_that_its_key_did_not_sign_is_refused() -> None:
    certificate = x509.issue("kexin.zz.example", PUBLIC, NOW, sign_with(OTHER))
    forged = cms.sign(certificate, DIGEST, signed_at=NOW, sign=sign_with(PRIVATE))
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        cms.verify(cms.parse(forged.der()), DIGEST)


def test_no_bit_can_be_changed() -> None:
    for at in range(len(DATA)):
        changed = DATA[:at] + bytes([DATA[at] ^ 1]) + DATA[at + 1 :]
        with pytest.raises((InvalidEncoding, InvalidSignature)):
            cms.verify(cms.parse(changed), DIGEST)


@pytest.mark.parametrize("data", [b"", DATA[:-1], DATA + b"\0", DATA[:300], CERTIFICATE.der()])
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidEncoding, match="signed_data_form"):
        cms.parse(data)


def test_a_digest_of_another_length_is_refused() -> None:
    short = cms.sign(CERTIFICATE, DIGEST[:20], signed_at=NOW, sign=sign_with(PRIVATE))
    with pytest.raises(InvalidEncoding, match="signed_data_form"):
        cms.parse(short.der())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("1.2.156.10197.6.1.4.2.2", "1.2.840.113549.1.7.2"),
        ("1.2.156.10197.1.401", "2.16.840.1.101.3.4.2.1"),
        ("1.2.156.10197.1.301.1", "1.2.156.10197.1.301"),
    ],
    ids=["PKCS#7's own identifier", "SHA-256", "another SM2 identifier"],
)
def test_other_identifiers_are_refused(ours: str, theirs: str) -> None:
    assert der.oid(ours) in DATA
    with pytest.raises(InvalidEncoding, match="signed_data_form"):
        cms.parse(DATA.replace(der.oid(ours), der.oid(theirs)))


def test_the_identifiers_are_those_of_other_implementations() -> None:
    oids = vectors("gm_identifiers.json")["oids"]
    named = {value: key for key, value in oids["cms"].items()}

    assert der.oid(named["signedData"]) in DATA
    assert DATA.count(der.oid(named["data"])) == 2
    theirs = vectors("sm2_pki.json")["signed_and_enveloped"]["pem"]
    other = der.element(der.SEQUENCE, der.oid("1.2.156.10197.1.301.1"))
    assert other in DATA
    assert other in contents(theirs)


def contents(pem: str) -> bytes:

    return binascii.a2b_base64("".join(pem.strip().splitlines()[1:-1]))


def test_openssl_takes_it_apart_and_verifies_the_signature(tmp_path: Path) -> None:
    text = openssl("asn1parse", "-inform", "DER", data=DATA).decode()
    assert ":1.2.156.10197.6.1.4.2.2" in text
    assert "signingTime" in text
    (tmp_path / "key.pem").write_text(PUBLIC.pem)
    (tmp_path / "signature").write_bytes(sm2.to_der(cms.parse(DATA).signature))
    key, signature = tmp_path / "key.pem", tmp_path / "signature"
    assert b"Verified OK" in openssl(
        "dgst", "-sm3", "-verify", key, "-sigopt", ID_OPTION, "-signature", signature,
        data=cms.attributes(DIGEST, NOW),
    )  # fmt: skip


def test_openssl_reads_it_as_a_pkcs7_message() -> None:
    """Under the identifiers it knows, the structure is one that it prints."""
    swaps = (
        ("1.2.156.10197.6.1.4.2.2", "1.2.840.113549.1.7.2"),
        ("1.2.156.10197.6.1.4.2.1", "1.2.840.113549.1.7.1"),
    )
    body = signed_data_with(dict(swaps))
    text = openssl("cms", "-cmsout", "-print", "-inform", "DER", data=body).decode()

    assert "CN=kexin.zz.example" in text.replace("CN = ", "CN=")
    assert "messageDigest" in text


def signed_data_with(names: dict[str, str]) -> bytes:
    """Return the message with other identifiers, and the lengths that follow from them."""

    def rebuilt(reader: bytes) -> bytes:
        out, rest = b"", reader
        while rest:
            tag, content, rest = split(rest)
            out += der.element(tag, rebuilt(content) if tag & 0x20 else renamed(tag, content))
        return out

    def renamed(tag: int, content: bytes) -> bytes:
        for ours, theirs in names.items():
            if der.element(tag, content) == der.oid(ours):
                return der.oid(theirs)[2:]
        return content

    return rebuilt(DATA)


def split(data: bytes) -> tuple[int, bytes, bytes]:
    reader = der.Reader(data)
    content = reader.take(data[0])
    used = len(der.element(data[0], content))
    return data[0], content, data[used:]
