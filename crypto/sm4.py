"""SM4, the national block cipher: sealed boxes by GCM, and CBC for files that ask for it.

Standard   GB/T 32907-2016; GCM as in RFC 8998 and GB/T 36624; CBC as in GB/T 17964, with
           PKCS#7 padding.
Key        KEY_SIZE = 16 bytes.
Sealed     nonce (12, random) || ciphertext || tag (16). One key seals at most 2**32 texts.
Errors     InvalidCiphertext; ValueError for a key or IV of the wrong length.
Backend    `cryptography`: OpenSSL 3.0 itself has no SM4-GCM. A build without SM4 raises its
           UnsupportedAlgorithm, which crypto.selftest reports at start-up.

CBC proves nothing about who wrote the text; new formats use `seal`.
"""

from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.padding import PKCS7

from crypto import entropy, gate
from crypto.errors import InvalidCiphertext

_Mode = TypeVar("_Mode", modes.GCM, modes.CBC)

KEY_SIZE = 16
BLOCK_SIZE = 16
NONCE_SIZE = 12
TAG_SIZE = 16


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt `plaintext` and bind it to `aad`, which is not part of the result."""
    return seal_with_nonce(key, entropy.system(NONCE_SIZE), plaintext, aad)


def seal_with_nonce(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Seal under a given nonce, which must never meet the same key again."""
    encryptor = _cipher(key, modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return nonce + encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Return the plaintext. Raises InvalidCiphertext if one bit of anything changed."""
    if len(sealed) < NONCE_SIZE + TAG_SIZE:
        raise InvalidCiphertext("sealed_too_short", length=len(sealed))
    nonce, tag = sealed[:NONCE_SIZE], sealed[-TAG_SIZE:]
    decryptor = _cipher(key, modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(aad)
    try:
        return decryptor.update(sealed[NONCE_SIZE:-TAG_SIZE]) + decryptor.finalize()
    except InvalidTag as error:
        raise InvalidCiphertext("sealed_mismatch") from error


def cbc_encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """Encrypt with PKCS#7 padding."""
    padder = PKCS7(BLOCK_SIZE * 8).padder()
    return _run(
        _cipher(key, modes.CBC(iv)).encryptor(), padder.update(plaintext) + padder.finalize()
    )


def cbc_decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """Decrypt and take the padding off. Raises InvalidCiphertext if there is none."""
    if not ciphertext or len(ciphertext) % BLOCK_SIZE:
        raise InvalidCiphertext("cbc_length", length=len(ciphertext))
    padded = _run(_cipher(key, modes.CBC(iv)).decryptor(), ciphertext)
    unpadder = PKCS7(BLOCK_SIZE * 8).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise InvalidCiphertext("cbc_padding") from error


def _cipher(key: bytes, mode: _Mode) -> Cipher[_Mode]:
    gate.check()
    return Cipher(SM4(key), mode)


def _run(context: CipherContext, data: bytes) -> bytes:
    return context.update(data) + context.finalize()
