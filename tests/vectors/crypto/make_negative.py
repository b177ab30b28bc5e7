"""Write hmac_sm3.json and sm4_gcm.json beside this file: right tags, and wrong ones of each kind.

Everything is derived from labels by SM3, so a second run writes the same bytes, which a test
checks. That the right tags are right is not taken from here: tests/crypto/test_negative_vectors.py
recomputes them with OpenSSL's command line.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crypto import sm3, sm4

HERE = Path(__file__).parent
SOURCES = [{"path": "tests/vectors/crypto/make_negative.py", "note": "made for this project"}]


def material(label: str, size: int) -> bytes:
    """Return `size` bytes that look random and are the same every time."""
    blocks = -(-size // 32)
    return b"".join(sm3.digest(f"{label}/{at}".encode()) for at in range(blocks))[:size]


def flipped(data: bytes, bit: int) -> bytes:
    """Return `data` with one bit changed; bit 0 is the highest bit of the first byte."""
    value = int.from_bytes(data) ^ 1 << (8 * len(data) - 1 - bit)
    return value.to_bytes(len(data))


def wrong_tags(tag: bytes) -> list[tuple[str, bytes]]:
    """Return what a careless comparison would accept."""
    last = 8 * len(tag) - 1
    return [
        *((f"bit {bit} of the tag flipped", flipped(tag, bit)) for bit in (0, 7, 63, 64, last)),
        ("all bits of the tag flipped", bytes(byte ^ 0xFF for byte in tag)),
        ("tag of zeros", bytes(len(tag))),
        ("tag cut to half", tag[: len(tag) // 2]),
        ("tag cut by one byte", tag[:-1]),
        ("empty tag", b""),
        ("tag with a byte after it", tag + b"\0"),
        ("halves of the tag swapped", tag[len(tag) // 2 :] + tag[: len(tag) // 2]),
    ]


def hmac_tests() -> list[dict[str, Any]]:
    """Keys around the block length, messages around the block length, then wrong tags."""
    tests: list[dict[str, Any]] = []

    def add(comment: str, key: bytes, message: bytes, tag: bytes, *, valid: bool) -> None:
        tests.append(
            {
                "tcId": len(tests) + 1,
                "comment": comment,
                "key": key.hex(),
                "msg": message.hex(),
                "tag": tag.hex(),
                "result": "valid" if valid else "invalid",
            }
        )

    for key_size in (0, 1, 16, 32, 63, 64, 65, 128):
        for size in (0, 1, 55, 56, 63, 64, 65, 200):
            key, message = material(f"hmac key {key_size}", key_size), material("message", size)
            comment = f"key of {key_size}, message of {size} bytes"
            add(comment, key, message, sm3.hmac(key, message), valid=True)
    key, message = material("hmac key", 32), material("message", 40)
    tag = sm3.hmac(key, message)
    for comment, wrong in wrong_tags(tag):
        add(comment, key, message, wrong, valid=False)
    add("bit of the key flipped", flipped(key, 5), message, tag, valid=False)
    add("bit of the message flipped", key, flipped(message, 5), tag, valid=False)
    add("message cut by one byte", key, message[:-1], tag, valid=False)
    add("the bare hash, without a key", key, message, sm3.digest(message), valid=False)
    add("hash of key and message joined", key, message, sm3.digest(key + message), valid=False)
    return tests


def wrong_parts(
    key: bytes, iv: bytes, aad: bytes, ct: bytes, tag: bytes
) -> list[tuple[str, tuple[bytes, ...]]]:
    """Return the box with one thing but the tag changed."""
    return [
        ("bit of the key flipped", (flipped(key, 3), iv, aad, ct, tag)),
        ("bit of the nonce flipped", (key, flipped(iv, 95), aad, ct, tag)),
        ("bit of the aad flipped", (key, iv, flipped(aad, 0), ct, tag)),
        ("first bit of the ciphertext flipped", (key, iv, aad, flipped(ct, 0), tag)),
        ("last bit of the ciphertext flipped", (key, iv, aad, flipped(ct, 8 * len(ct) - 1), tag)),
        ("ciphertext cut by one byte", (key, iv, aad, ct[:-1], tag)),
        ("ciphertext empty", (key, iv, aad, b"", tag)),
        ("ciphertext a block longer", (key, iv, aad, ct + bytes(16), tag)),
        ("aad left out", (key, iv, b"", ct, tag)),
        ("a byte moved from aad to ciphertext", (key, iv, aad[:-1], aad[-1:] + ct, tag)),
    ]


def gcm_tests() -> list[dict[str, Any]]:
    """Lengths around the block length, then wrong tags and wrong everything else."""
    tests: list[dict[str, Any]] = []

    def add(comment: str, parts: tuple[bytes, ...], *, message: bytes, valid: bool) -> None:
        names = ("key", "iv", "aad", "ct", "tag")
        tests.append(
            {
                "tcId": len(tests) + 1,
                "comment": comment,
                **{name: part.hex() for name, part in zip(names, parts, strict=True)},
                "msg": message.hex(),
                "result": "valid" if valid else "invalid",
            }
        )

    def sealed(aad: bytes, message: bytes, iv: bytes) -> tuple[bytes, ...]:
        key = material("gcm key", 16)
        box = sm4.seal_with_nonce(key, iv, message, aad)
        return key, iv, aad, box[12:-16], box[-16:]

    for aad_size in (0, 1, 16, 20):
        for size in (0, 1, 15, 16, 17, 32, 100):
            iv = material(f"iv {aad_size} {size}", 12)
            aad, message = material("aad", aad_size), material("message", size)
            comment = f"aad of {aad_size}, message of {size} bytes"
            add(comment, sealed(aad, message, iv), message=message, valid=True)
    message = material("message", 33)
    key, iv, aad, ct, tag = sealed(material("aad", 20), message, material("iv", 12))
    for comment, wrong in wrong_tags(tag):
        add(comment, (key, iv, aad, ct, wrong), message=message, valid=False)
    for comment, parts in wrong_parts(key, iv, aad, ct, tag):
        add(comment, parts, message=message, valid=False)
    return tests


def text(algorithm: str, tests: list[dict[str, Any]]) -> str:
    """Return the file: what it is, then one test a line."""
    lines = ",\n".join(f"  {json.dumps(test)}" for test in tests)
    head = f'"algorithm": {json.dumps(algorithm)},\n "sources": {json.dumps(SOURCES)}'
    return f'{{\n {head},\n "tests": [\n{lines}\n ]\n}}\n'


FILES: dict[str, Callable[[], str]] = {
    "hmac_sm3.json": lambda: text("HMAC-SM3 (RFC 2104, GB/T 32905), 32-byte tags", hmac_tests()),
    "sm4_gcm.json": lambda: text("SM4-GCM (RFC 8998), 12-byte nonces, 16-byte tags", gcm_tests()),
}

if __name__ == "__main__":
    for name, make in FILES.items():
        (HERE / name).write_text(make(), "utf-8")
