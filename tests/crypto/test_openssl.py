"""What OpenSSL's command line makes, we accept; what we make, it accepts."""

from pathlib import Path

import pytest

from crypto import kdf, pkcs8, sm2, sm3, sm4
from crypto.errors import InvalidSignature
from crypto.keys import PrivateKey
from tests.crypto.samples import ID_OPTION, openssl

MESSAGES = [b"", b"text", "荣誉证书".encode(), bytes(range(256)) * 40]


@pytest.fixture(scope="module")
def private() -> PrivateKey:
    return sm2.generate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, private: PrivateKey) -> Path:
    """A folder with the key as files."""
    folder = tmp_path_factory.mktemp("openssl")
    (folder / "private.pem").write_text(pkcs8.dump(private), "ascii")
    (folder / "public.pem").write_text(private.public.pem, "ascii")
    return folder


@pytest.mark.parametrize("message", MESSAGES)
def test_openssl_verifies_ours(message: bytes, private: PrivateKey, folder: Path) -> None:
    signature = folder / "signature.der"
    signature.write_bytes(sm2.to_der(sm2.sign(private, message)))
    answer = openssl(
        "dgst", "-sm3", "-verify", folder / "public.pem", "-sigopt", ID_OPTION,
        "-signature", signature, data=message,
    )  # fmt: skip
    assert answer == b"Verified OK\n"


@pytest.mark.parametrize("message", MESSAGES)
def test_we_verify_openssls(message: bytes, private: PrivateKey, folder: Path) -> None:
    signature = openssl(
        "dgst", "-sm3", "-sign", folder / "private.pem", "-sigopt", ID_OPTION, data=message
    )
    sm2.verify(private.public, message, sm2.from_der(signature))


def test_another_id_in_both_directions(private: PrivateKey, folder: Path) -> None:
    message, signature = folder / "message", folder / "signature.der"
    message.write_bytes(b"text")
    options: list[str | Path] = [
        "-rawin",
        "-digest",
        "sm3",
        "-in",
        message,
        "-pkeyopt",
        "distid:ALICE123@YAHOO.COM",
    ]
    theirs = openssl("pkeyutl", "-sign", "-inkey", folder / "private.pem", *options)
    sm2.verify(private.public, b"text", sm2.from_der(theirs), ident=b"ALICE123@YAHOO.COM")
    with pytest.raises(InvalidSignature):
        sm2.verify(private.public, b"text", sm2.from_der(theirs))
    signature.write_bytes(sm2.to_der(sm2.sign(private, b"text", ident=b"ALICE123@YAHOO.COM")))
    public: list[str | Path] = ["-pubin", "-inkey", folder / "public.pem", "-sigfile", signature]
    assert b"Verified Successfully" in openssl("pkeyutl", "-verify", *public, *options)


@pytest.mark.parametrize("message", MESSAGES[1:])
def test_encryption_in_both_directions(message: bytes, private: PrivateKey, folder: Path) -> None:
    theirs = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", folder / "public.pem", data=message)
    assert sm2.decrypt(private, theirs) == message
    ours = sm2.encrypt(private.public, message)
    assert openssl("pkeyutl", "-decrypt", "-inkey", folder / "private.pem", data=ours) == message


@pytest.mark.parametrize("message", MESSAGES)
def test_digest_and_cbc(message: bytes) -> None:
    key, iv = bytes(range(16)), bytes(range(16, 32))
    assert openssl("dgst", "-sm3", "-binary", data=message) == sm3.digest(message)
    options = ["enc", "-sm4-cbc", "-K", key.hex(), "-iv", iv.hex()]
    assert openssl(*options, data=message) == sm4.cbc_encrypt(key, iv, message)


def test_key_derivation() -> None:
    options = ["-kdfopt", "digest:SM3", "-kdfopt", "hexsalt:00112233"]
    salt = bytes.fromhex("00112233")
    slow = [*options, "-kdfopt", "pass:pw", "-kdfopt", "iter:1000", "-binary", "PBKDF2"]
    expected = kdf.pbkdf2(b"pw", salt, rounds=1000, length=40)
    assert openssl("kdf", "-keylen", "40", *slow) == expected
    fast = [*options, "-kdfopt", "hexkey:0b0b", "-kdfopt", "hexinfo:f0f1", "-binary", "HKDF"]
    expected = kdf.hkdf(b"\x0b\x0b", salt=salt, info=b"\xf0\xf1", length=70)
    assert openssl("kdf", "-keylen", "70", *fast) == expected
