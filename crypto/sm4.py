"""SM4, the national block cipher: sealed boxes by GCM, and CBC for files that ask for it.

Standard   GB/T 32907-2016; GCM as in RFC 8998 and GB/T 36624; CBC as in GB/T 17964, with
           PKCS#7 padding.
Key        KEY_SIZE = 16 bytes.
Sealed     nonce (12, random) || ciphertext || tag (16). One key seals at most 2**32 texts.
Errors     InvalidCiphertext: sealed_too_short, sealed_mismatch, cbc_length, cbc_padding;
           CryptoUnavailable("sm4_missing"); ValueError for a key or IV of the wrong length.
Backend    `cryptography`: OpenSSL 3.0 itself has no SM4-GCM.

CBC proves nothing about who wrote the text; new formats use `seal`.
"""

from collections.abc import Callable
from typing import TypeVar

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.padding import PKCS7

from crypto import entropy, gate
from crypto.errors import CryptoUnavailable, InvalidCiphertext

_Context = TypeVar("_Context", bound=CipherContext)

KEY_SIZE = 16
BLOCK_SIZE = 16
NONCE_SIZE = 12
TAG_SIZE = 16


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt `plaintext` and bind it to `aad`, which is not part of the result."""
    return seal_with_nonce(key, entropy.system(NONCE_SIZE), plaintext, aad)


def seal_with_nonce(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Seal under a given nonce, which must never meet the same key again."""
    encryptor = _start(Cipher(SM4(key), modes.GCM(nonce)).encryptor)
    encryptor.authenticate_additional_data(aad)
    return nonce + encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Return the plaintext. Raises InvalidCiphertext if one bit of anything changed."""
    if len(sealed) < NONCE_SIZE + TAG_SIZE:
        raise InvalidCiphertext("sealed_too_short", length=len(sealed))
    nonce, tag = sealed[:NONCE_SIZE], sealed[-TAG_SIZE:]
    decryptor = _start(Cipher(SM4(key), modes.GCM(nonce, tag)).decryptor)
    decryptor.authenticate_additional_data(aad)
    try:
        return decryptor.update(sealed[NONCE_SIZE:-TAG_SIZE]) + decryptor.finalize()
    except (InvalidTag, ValueError) as error:
        # ValueError: the backend reads the tag's refusal as something else while an error of
        # another user of the same library, such as a checker of certificates, lies unread.
        raise InvalidCiphertext("sealed_mismatch") from error


def cbc_encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """Encrypt with PKCS#7 padding."""
    padder = PKCS7(BLOCK_SIZE * 8).padder()
    encryptor = _start(Cipher(SM4(key), modes.CBC(iv)).encryptor)
    padded = padder.update(plaintext) + padder.finalize()
    return encryptor.update(padded) + encryptor.finalize()


def cbc_decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """Decrypt and take the padding off. Raises InvalidCiphertext if there is none."""
    if not ciphertext or len(ciphertext) % BLOCK_SIZE:
        raise InvalidCiphertext("cbc_length", length=len(ciphertext))
    decryptor = _start(Cipher(SM4(key), modes.CBC(iv)).decryptor)
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    unpadder = PKCS7(BLOCK_SIZE * 8).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise InvalidCiphertext("cbc_padding") from error


def _start(begin: Callable[[], _Context]) -> _Context:
    """Begin to encrypt or decrypt, unless the gate is closed or the library has no SM4."""
    gate.check()
    try:
        return begin()
    except UnsupportedAlgorithm as error:
        raise CryptoUnavailable("sm4_missing") from error
