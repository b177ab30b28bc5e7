"""HMAC-SM3 and SM4-GCM: every right tag is right by another program, every wrong one refused."""

from typing import Any

import pytest

from crypto import sm3, sm4
from crypto.errors import InvalidCiphertext, InvalidSignature
from tests.crypto.samples import VECTORS, openssl, vectors
from tests.vectors.crypto import make_negative

HMAC = vectors("hmac_sm3.json")["tests"]
GCM = vectors("sm4_gcm.json")["tests"]


def valid(tests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [test for test in tests if test["result"] == "valid"]


def invalid(tests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [test for test in tests if test["result"] == "invalid"]


def parts(test: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(test[name]) for name in names]


@pytest.mark.parametrize("name", make_negative.FILES)
def test_the_script_writes_the_file_that_is_here(name: str) -> None:
    assert (VECTORS / name).read_text("utf-8") == make_negative.FILES[name]()


@pytest.mark.parametrize("test", HMAC, ids=lambda test: test["comment"])
def test_hmac(test: dict[str, Any]) -> None:
    key, message, tag = parts(test, "key", "msg", "tag")
    if test["result"] == "valid":
        sm3.verify_hmac(key, message, tag)
    else:
        with pytest.raises(InvalidSignature, match="mac_mismatch"):
            sm3.verify_hmac(key, message, tag)


@pytest.mark.parametrize("test", GCM, ids=lambda test: test["comment"])
def test_gcm(test: dict[str, Any]) -> None:
    key, iv, aad, ciphertext, tag, message = parts(test, "key", "iv", "aad", "ct", "tag", "msg")
    sealed = iv + ciphertext + tag
    if test["result"] == "valid":
        assert sm4.unseal(key, sealed, aad) == message
    else:
        with pytest.raises(InvalidCiphertext):
            sm4.unseal(key, sealed, aad)


def test_both_files_have_both_kinds() -> None:
    assert (len(valid(HMAC)), len(invalid(HMAC))) == (64, 17)
    assert (len(valid(GCM)), len(invalid(GCM))) == (28, 22)


@pytest.mark.parametrize("test", valid(HMAC)[8::3], ids=lambda test: test["comment"])
def test_openssl_agrees_with_the_hmacs(test: dict[str, Any]) -> None:
    key, message, tag = parts(test, "key", "msg", "tag")
    options = ["-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"]
    assert openssl("dgst", "-sm3", *options, data=message) == tag


@pytest.mark.parametrize("test", valid(GCM), ids=lambda test: test["comment"])
def test_openssl_and_ghash_agree_with_the_gcms(test: dict[str, Any]) -> None:
    """OpenSSL 3.0 has no SM4-GCM, so it gives the counter mode and GHASH is done here."""
    key, iv, aad, ciphertext, tag, message = parts(test, "key", "iv", "aad", "ct", "tag", "msg")
    # One call: the hash key's block is not in the counter sequence, so ECB gives that one.
    stream = openssl(
        "enc", "-sm4-ctr", "-K", key.hex(), "-iv", (iv + (1).to_bytes(4)).hex(),
        data=bytes(16) + message,
    )  # fmt: skip
    hash_key = openssl("enc", "-sm4-ecb", "-nopad", "-K", key.hex(), data=bytes(16))
    assert stream[16:] == ciphertext
    assert xor(ghash(hash_key, aad, ciphertext), stream[:16]) == tag


def xor(first: bytes, second: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(first, second, strict=True))


def ghash(hash_key: bytes, aad: bytes, ciphertext: bytes) -> bytes:
    """NIST SP 800-38D clause 6.4, bit by bit."""
    padded = b"".join(part + bytes(-len(part) % 16) for part in (aad, ciphertext))
    blocks = padded + (8 * len(aad)).to_bytes(8) + (8 * len(ciphertext)).to_bytes(8)
    key, state = int.from_bytes(hash_key), 0
    for at in range(0, len(blocks), 16):
        state = multiply(state ^ int.from_bytes(blocks[at : at + 16]), key)
    return state.to_bytes(16)


def multiply(first: int, second: int) -> int:
    """The product in GF(2**128) of GCM; the highest bit is the coefficient of 1."""
    product = 0
    for bit in range(127, -1, -1):
        if first >> bit & 1:
            product ^= second
        second = second >> 1 ^ (0xE1 << 120 if second & 1 else 0)
    return product
