"""Files of private keys: there and back, with OpenSSL in both directions, and refused."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import curve, der, kdf, keys, pkcs8, sm2, sm4
from crypto.errors import CryptoError, InvalidKey
from crypto.keys import PrivateKey
from tests.crypto.samples import PRIVATE, openssl, vectors

PLAIN = pkcs8.dump(PRIVATE)
PASSWORD = "口令 pass".encode()
ENCRYPTED = pkcs8.dump(PRIVATE, PASSWORD, rounds=1)
OIDS = vectors("gm_identifiers.json")["oids"]


def plain(
    scalar: bytes = PRIVATE.export_scalar(),
    *,
    version: int = 0,
    algorithm: bytes = pkcs8._EC_KEY,
    inner_version: int = 1,
    rest: bytes = b"",
    after: bytes = b"",
) -> str:
    inner = der.element(
        der.SEQUENCE, der.integer(inner_version), der.element(der.OCTETS, scalar), rest
    )
    body = der.element(
        der.SEQUENCE,
        der.integer(version),
        der.element(der.SEQUENCE, algorithm),
        der.element(der.OCTETS, inner + after),
    )
    return keys.to_pem("PRIVATE KEY", body)


def encrypted(
    *,
    scheme: str = "1.2.840.113549.1.5.13",
    slow: str = "1.2.840.113549.1.5.12",
    cipher: str = "1.2.156.10197.1.104.2",
    prf: bytes = der.oid(pkcs8.Prf.GMT),
    rounds: int = 1,
    length: int | None = None,
    iv: bytes = bytes(16),
    content: bytes | None = None,
) -> str:
    key = kdf.pbkdf2(PASSWORD, b"salt", rounds=1, length=16)
    if content is None:
        content = sm4.cbc_encrypt(key, bytes(16), keys.from_pem("PRIVATE KEY", PLAIN))
    parameters = der.element(
        der.SEQUENCE,
        der.element(der.OCTETS, b"salt"),
        der.integer(rounds),
        b"" if length is None else der.integer(length),
        der.element(der.SEQUENCE, prf),
    )
    both = der.element(
        der.SEQUENCE,
        der.element(der.SEQUENCE, der.oid(slow), parameters),
        der.element(der.SEQUENCE, der.oid(cipher), der.element(der.OCTETS, iv)),
    )
    algorithm = der.element(der.SEQUENCE, der.oid(scheme), both)
    body = der.element(der.SEQUENCE, algorithm, der.element(der.OCTETS, content))
    return keys.to_pem("ENCRYPTED PRIVATE KEY", body)


def same(private: PrivateKey) -> bool:
    return private.export_scalar() == PRIVATE.export_scalar() and private.public == PRIVATE.public


def test_a_plain_file_comes_back() -> None:
    assert same(pkcs8.load(PLAIN))
    assert same(pkcs8.load(PLAIN, b"a password that is not needed"))


@pytest.mark.parametrize("prf", pkcs8.Prf)
def test_an_encrypted_file_comes_back(prf: pkcs8.Prf) -> None:
    text = pkcs8.dump(PRIVATE, PASSWORD, rounds=10, prf=prf)
    assert same(pkcs8.load(text, PASSWORD))
    assert pkcs8.dump(PRIVATE, PASSWORD, rounds=10) != pkcs8.dump(PRIVATE, PASSWORD, rounds=10)


@pytest.mark.parametrize(
    "prf", [der.oid(prf) + null for prf in pkcs8.Prf for null in (b"", b"\5\0")]
)
def test_both_names_of_hmac_sm3_are_read_with_and_without_null(prf: bytes) -> None:
    assert same(pkcs8.load(encrypted(prf=prf), PASSWORD))
    assert same(pkcs8.load(encrypted(prf=prf, length=16), PASSWORD))


def test_the_names_are_those_of_the_standards() -> None:
    assert set(pkcs8.Prf) == {name for name, what in OIDS["hash_mac"].items() if "HMAC-SM3" in what}
    assert OIDS["symmetric"]["1.2.156.10197.1.104.2"] == "SM4-CBC"
    assert der.oid("1.2.156.10197.1.104.2") == pkcs8._SM4_CBC


def test_openssl_reads_our_plain_file_and_we_its() -> None:
    assert openssl("pkey", data=PLAIN.encode()).decode() == PLAIN
    theirs = pkcs8.load(openssl("genpkey", "-algorithm", "SM2").decode())
    sm2.verify(theirs.public, b"text", sm2.sign(theirs, b"text"))


def test_openssl_opens_our_encrypted_file_step_by_step(tmp_path: Path) -> None:
    """OpenSSL 3.0 knows each step but not the name of the PRF, so it is led by the hand."""
    salt, iv = bytes(range(16)), bytes(range(16, 32))
    given = iter([salt, iv])
    text = pkcs8.dump(PRIVATE, b"secret", rounds=1000, random=lambda _: next(given))
    sealed = keys.from_pem("ENCRYPTED PRIVATE KEY", text)
    options = ["digest:SM3", "pass:secret", f"hexsalt:{salt.hex()}", "iter:1000"]
    arguments = [part for option in options for part in ("-kdfopt", option)]
    key = openssl("kdf", "-keylen", "16", *arguments, "-binary", "PBKDF2")
    inner = tmp_path / "inner.der"
    inner.write_bytes(sealed[-144:])  # the last element: nine blocks
    plain_der = openssl("enc", "-d", "-sm4-cbc", "-K", key.hex(), "-iv", iv.hex(), "-in", inner)
    assert openssl("pkey", "-inform", "DER", data=plain_der).decode() == PLAIN


def test_we_refuse_a_file_under_a_foreign_hash() -> None:
    text = openssl(
        "pkcs8", "-topk8", "-v2", "sm4-cbc", "-v2prf", "hmacWithSHA256", "-passout", "pass:x",
        data=PLAIN.encode(),
    ).decode()  # fmt: skip
    with pytest.raises(InvalidKey, match="pkcs8_algorithm"):
        pkcs8.load(text, b"x")


@pytest.mark.parametrize("d", [0, curve.N - 1, curve.N, 2**256 - 1])
def test_a_scalar_out_of_range_is_refused(d: int) -> None:
    with pytest.raises(InvalidKey, match="scalar_range"):
        pkcs8.load(plain(d.to_bytes(32)))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (plain(version=1), "pkcs8_algorithm"),
        (plain(algorithm=der.oid("1.2.840.10045.2.1")), "pkcs8_algorithm"),
        (plain(algorithm=der.oid("1.2.156.10197.1.301")), "pkcs8_algorithm"),
        (plain(inner_version=2), "pkcs8_structure"),
        (plain(after=b"\5\0"), "pkcs8_structure"),
        (plain(rest=b"\5\0"), "pkcs8_structure"),
        (plain(rest=der.element(0xA0, der.oid("1.2.840.10045.3.1.7"))), "pkcs8_algorithm"),
        (plain(PRIVATE.export_scalar()[1:]), "scalar_range"),
        (plain(rest=der.element(0xA1, der.element(3, b"\0\4" + bytes(64)))), "pkcs8_point"),
        (plain(rest=der.element(0xA1, der.element(3, b"\0\2" + bytes(32)))), "pkcs8_point"),
        (PLAIN.replace("PRIVATE KEY", "EC PRIVATE KEY"), "pem"),
        ("", "pem"),
    ],
)
def test_another_plain_file_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidKey, match=code):
        pkcs8.load(text)


def test_a_file_that_names_the_curve_twice_or_no_point_is_read() -> None:
    assert same(pkcs8.load(plain()))
    assert same(pkcs8.load(plain(rest=der.element(0xA0, der.oid("1.2.156.10197.1.301")))))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (encrypted(scheme="1.2.840.113549.1.5.3"), "pkcs8_algorithm"),
        (encrypted(slow="1.2.840.113549.1.5.3"), "pkcs8_algorithm"),
        (encrypted(cipher="2.16.840.1.101.3.4.1.2"), "pkcs8_algorithm"),
        (encrypted(prf=der.oid("1.2.840.113549.2.9")), "pkcs8_algorithm"),
        (encrypted(length=32), "pkcs8_algorithm"),
        (encrypted(rounds=0), "pkcs8_rounds"),
        (encrypted(rounds=2_000_001), "pkcs8_rounds"),
        (encrypted(rounds=2**64), "pkcs8_rounds"),
        (encrypted(iv=bytes(12)), "pkcs8_structure"),
        (encrypted(content=b""), "password_wrong"),
        (encrypted(content=bytes(32)), "password_wrong"),
    ],
)
def test_another_encrypted_file_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidKey, match=code):
        pkcs8.load(text, PASSWORD)


def test_a_missing_password_is_asked_for() -> None:
    with pytest.raises(InvalidKey, match="password_needed"):
        pkcs8.load(ENCRYPTED)


@given(st.binary(max_size=20).filter(lambda password: password != PASSWORD))
def test_a_wrong_password_is_refused(password: bytes) -> None:
    with pytest.raises(InvalidKey):
        pkcs8.load(ENCRYPTED, password)


def test_a_wrong_password_that_looks_padded_is_refused() -> None:
    key = kdf.pbkdf2(PASSWORD, b"salt", rounds=1, length=16)
    with pytest.raises(InvalidKey, match="password_wrong"):
        pkcs8.load(encrypted(content=sm4.cbc_encrypt(key, bytes(16), b"noise")), PASSWORD)


@settings(max_examples=150)
@given(data=st.data(), whole=st.sampled_from([PLAIN, ENCRYPTED]))
def test_one_altered_byte_is_refused(data: st.DataObject, whole: str) -> None:
    label = "PRIVATE KEY" if whole == PLAIN else "ENCRYPTED PRIVATE KEY"
    altered = bytearray(keys.from_pem(label, whole))
    at = data.draw(st.integers(0, len(altered) - 1))
    altered[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CryptoError):
        pkcs8.load(keys.to_pem(label, bytes(altered)), PASSWORD)
