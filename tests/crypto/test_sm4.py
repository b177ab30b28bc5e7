"""SM4 against RFC 8998, the IETF draft's CBC examples and MACs built from CBC."""

from typing import Any

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import crypto as newer

from crypto import sm4
from crypto.certificate import Certificate
from crypto.errors import CryptoUnavailable, InvalidCiphertext
from tests.crypto import authority
from tests.crypto.samples import vectors

CASES = vectors("sm4.json")["vectors"]
MACS = vectors("sm4_mac.json")["vectors"]
KEY = bytes(range(16))


def parts(case: dict[str, str], *names: str) -> list[bytes]:
    return [bytes.fromhex(case[f"{name}_hex"]) for name in names]


@pytest.mark.parametrize("case", [case for case in CASES if case["mode"] == "GCM"])
def test_gcm_matches_the_vector(case: dict[str, str]) -> None:
    key, iv, aad, plaintext, ciphertext, tag = parts(case, "key", "iv", "aad", "pt", "ct", "tag")
    sealed = sm4.seal_with_nonce(key, iv, plaintext, aad)
    assert sealed == iv + ciphertext + tag
    assert sm4.unseal(key, sealed, aad) == plaintext


@pytest.mark.parametrize("case", [case for case in CASES if case["mode"] == "CBC"])
def test_cbc_matches_the_vector(case: dict[str, str]) -> None:
    key, iv, plaintext, ciphertext = parts(case, "key", "iv", "pt", "ct")
    sealed = sm4.cbc_encrypt(key, iv, plaintext)
    assert sealed[:-16] == ciphertext  # the vectors have no padding block
    assert sm4.cbc_decrypt(key, iv, sealed) == plaintext


@pytest.mark.parametrize("case", [case for case in CASES if case["mode"] == "ECB"])
def test_one_block_of_cbc_is_the_block_cipher(case: dict[str, str]) -> None:
    key, plaintext, ciphertext = parts(case, "key", "pt", "ct")
    assert sm4.cbc_encrypt(key, bytes(16), plaintext)[:16] == ciphertext


@pytest.mark.parametrize("case", [case for case in MACS if case["name"] in ("cbc-mac", "emac")])
def test_cbc_gives_the_macs_of_the_standard(case: dict[str, Any]) -> None:
    message = case["msg_ascii"].encode()
    size = len(message)
    if case["padding_method"] == 2:
        message += b"\x80"
        message += bytes(-len(message) % 16)
    else:
        message = (size * 8).to_bytes(16) + message + bytes(-size % 16)
    tag = sm4.cbc_encrypt(bytes.fromhex(case["key1_hex"]), bytes(16), message)[-32:-16]
    if case["name"] == "emac":
        tag = sm4.cbc_encrypt(bytes.fromhex(case["key2_hex"]), bytes(16), tag)[:16]
    assert tag.hex() == case["tag_hex"]


@given(plaintext=st.binary(max_size=100), aad=st.binary(max_size=50))
def test_what_was_sealed_opens(plaintext: bytes, aad: bytes) -> None:
    sealed = sm4.seal(KEY, plaintext, aad)
    assert len(sealed) == len(plaintext) + 28
    assert sm4.unseal(KEY, sealed, aad) == plaintext


@given(plaintext=st.binary(max_size=40), data=st.data())
def test_one_flipped_bit_is_refused(plaintext: bytes, data: st.DataObject) -> None:
    sealed = sm4.seal(KEY, plaintext, b"aad")
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    altered = (int.from_bytes(sealed) ^ (1 << bit)).to_bytes(len(sealed))
    with pytest.raises(InvalidCiphertext, match="sealed_mismatch"):
        sm4.unseal(KEY, altered, b"aad")


def test_two_seals_of_one_text_differ() -> None:
    assert sm4.seal(KEY, b"text", b"") != sm4.seal(KEY, b"text", b"")


@pytest.mark.parametrize("size", [0, 12, 27])
def test_a_box_without_room_for_nonce_and_tag_is_refused(size: int) -> None:
    with pytest.raises(InvalidCiphertext, match="sealed_too_short"):
        sm4.unseal(KEY, bytes(size), b"")


@given(plaintext=st.binary(max_size=60), iv=st.binary(min_size=16, max_size=16))
def test_cbc_comes_back(plaintext: bytes, iv: bytes) -> None:
    assert sm4.cbc_decrypt(KEY, iv, sm4.cbc_encrypt(KEY, iv, plaintext)) == plaintext


@pytest.mark.parametrize("size", [0, 1, 15, 17])
def test_cbc_refuses_a_broken_block(size: int) -> None:
    with pytest.raises(InvalidCiphertext, match="cbc_length"):
        sm4.cbc_decrypt(KEY, bytes(16), bytes(size))


def test_cbc_refuses_wrong_padding() -> None:
    sealed = sm4.cbc_encrypt(KEY, bytes(16), bytes(16))
    with pytest.raises(InvalidCiphertext, match="cbc_padding"):
        sm4.cbc_decrypt(KEY, bytes(16), sealed[:16])


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_key_of_another_length_is_a_mistake(size: int) -> None:
    with pytest.raises(ValueError):
        sm4.seal(bytes(size), b"", b"")


def test_a_library_without_sm4_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoCipher:
        def __init__(self, *_: object) -> None:
            pass

        def encryptor(self) -> None:
            raise UnsupportedAlgorithm("no SM4")

    monkeypatch.setattr(sm4, "Cipher", NoCipher)
    with pytest.raises(CryptoUnavailable, match="sm4_missing"):
        sm4.seal(KEY, b"", b"")


def test_an_error_that_others_left_unread_changes_nothing() -> None:
    """A checker of certificates uses the same library and does not clear up after itself."""
    root = newer.load_certificate(newer.FILETYPE_PEM, authority.root().certificate.pem.encode())
    forged = Certificate.issue(authority.person().certificate.fields, authority.root().sign)
    leaf = newer.load_certificate(newer.FILETYPE_PEM, forged.pem.encode())
    issuing = authority.issuing().certificate.pem.encode()
    store = newer.X509Store()
    store.add_cert(root)
    store.set_time(authority.NOW.replace(tzinfo=None))
    between = [newer.load_certificate(newer.FILETYPE_PEM, issuing)]
    with pytest.raises(newer.X509StoreContextError):
        newer.X509StoreContext(store, leaf, between).verify_certificate()

    sealed = sm4.seal(bytes(16), b"text", b"")
    with pytest.raises(InvalidCiphertext, match="sealed_mismatch"):
        sm4.unseal(bytes(16), sealed[:-1] + bytes((sealed[-1] ^ 1,)), b"")
    assert sm4.unseal(bytes(16), sealed, b"") == b"text"
