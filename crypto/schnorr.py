"""A proof that somebody knows the secret number behind a point, without telling it.

Scheme     Schnorr's proof (RFC 8235) on the SM2 curve with SM3 for the challenge: T = t*G,
           c = SM3(domain || role || context || X || T) mod n, z = t + c*x; z*G = T + c*X.
Proof      T || z, 96 bytes. Role (one byte) and context (32 bytes, a value used once) keep a
           proof from being shown again by another party or at another time.
Errors     InvalidSignature("proof_mismatch"); InvalidKey where T is no point or z no scalar;
           ValueError for a proof, role or context of another length.
"""

from typing import Final

from crypto import group, sm3
from crypto.entropy import Random
from crypto.errors import InvalidKey, InvalidSignature
from crypto.group import Scalar
from crypto.keys import PublicKey

PROOF_SIZE: Final = 96
CONTEXT_SIZE: Final = 32
_DOMAIN: Final = b"KEXIN-PROOF-V1\0"


def prove(secret: Scalar, *, role: int, context: bytes, random: Random) -> bytes:
    """Return a proof of knowing `secret`, whose point is secret * G."""
    once = group.choose(random)
    commitment = group.base(once)
    challenge = _challenge(group.base(secret), commitment, role, context)
    answer = group.add(once, group.multiply(challenge, secret))
    return commitment.xy + answer.export()


def verify(point: PublicKey, proof: bytes, *, role: int, context: bytes) -> None:
    """Check that the prover knows the number behind `point`. Raises InvalidSignature."""
    if len(proof) != PROOF_SIZE:
        raise ValueError(f"a proof has 96 bytes, not {len(proof)}")
    commitment, answer = PublicKey(proof[:64]), Scalar(proof[64:])
    challenge = _challenge(point, commitment, role, context)
    try:
        expected = group.plus(commitment, group.multiple(challenge, point))
    except InvalidKey as error:  # infinity, which no z reaches
        raise InvalidSignature("proof_mismatch") from error
    if group.base(answer) != expected:
        raise InvalidSignature("proof_mismatch")


def _challenge(point: PublicKey, commitment: PublicKey, role: int, context: bytes) -> Scalar:
    if len(context) != CONTEXT_SIZE:
        raise ValueError(f"a context has 32 bytes, not {len(context)}")
    said = _DOMAIN + bytes((role,)) + context + point.xy + commitment.xy
    return Scalar(group.reduced(sm3.digest(said)))
