"""Keys from passwords, from other keys and from SM2 points; all over SM3.

Standard   PBKDF2: RFC 8018 with HMAC-SM3 (GM/T 0091-2020); HKDF: RFC 5869 with HMAC-SM3;
           sm2_kdf: GB/T 32918.4-2016 clause 5.4.3.
Lengths    in bytes. PBKDF2: ROUNDS = 100,000 cost about 0.07 s.
Errors     ValueError for a length or a number of rounds that the standard excludes.
"""

from crypto import gate, sm3

ROUNDS = 100_000


def pbkdf2(password: bytes, salt: bytes, *, rounds: int = ROUNDS, length: int = 32) -> bytes:
    """Return `length` bytes derived slowly from a password."""
    # Not at the top: verifying programs never need it, and it costs them 20 ms to load.
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    gate.check()
    if rounds < 1:
        raise ValueError(f"PBKDF2 takes at least one round, not {rounds}")
    return PBKDF2HMAC(hashes.SM3(), length, salt, rounds).derive(password)


def hkdf(ikm: bytes, *, salt: bytes = b"", info: bytes, length: int) -> bytes:
    """Return `length` bytes for the purpose `info` from a key that is already strong."""
    if not 1 <= length <= 255 * sm3.DIGEST_SIZE:
        raise ValueError(f"HKDF gives 1 to 8,160 bytes, not {length}")
    extracted = sm3.hmac(salt, ikm)
    block = output = b""
    for counter in range(1, -(-length // sm3.DIGEST_SIZE) + 1):
        block = sm3.hmac(extracted, block + info + bytes((counter,)))
        output += block
    return output[:length]


def sm2_kdf(z: bytes, length: int) -> bytes:
    """Return the key stream of `length` bytes for a shared secret `z`."""
    if not 1 <= length < (2**32 - 1) * sm3.DIGEST_SIZE:
        raise ValueError(f"the SM2 key stream cannot have {length} bytes")
    start = sm3.new(z)
    blocks = []
    for counter in range(1, -(-length // sm3.DIGEST_SIZE) + 1):
        block = start.copy()
        block.update(counter.to_bytes(4))
        blocks.append(block.digest())
    return b"".join(blocks)[:length]
