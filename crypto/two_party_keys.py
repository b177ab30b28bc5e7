"""Making and renewing an SM2 key in two halves, a phone's and a server's.

Making     P1 = d1^-1*G and P2 = d2^-1*G are exchanged, each with a proof of knowing the number
           behind it; P = d1^-1*P2 - G = d2^-1*P1 - G. Nobody ever holds d.
Renewing   d1' = d1*f and d2' = d2/f for a fresh secret f that both agree on: P stays, and a
           half that was stolen before no longer fits the other's.
Format     docs/formats/two-party-v1.md.
Errors     InvalidEncoding("two_party_message"); InvalidKey for points and numbers;
           InvalidSignature: proof_mismatch, joint_key_mismatch.
"""

from typing import Final

from crypto import group, kdf, schnorr
from crypto.entropy import Random
from crypto.errors import InvalidSignature
from crypto.group import Scalar
from crypto.keys import PublicKey
from crypto.schnorr import PROOF_SIZE
from crypto.two_party import POINT_SIZE, Kind, PhoneShare, ServerShare, parts

_PHONE, _SERVER = 1, 2  # who proves
_DOMAIN: Final = b"KEXIN-RENEWAL-V1\0"
_WIDE: Final = 48  # bytes reduced modulo n, so that no factor is likelier than another


class NewPhoneKey:
    """The phone's part in the making of a key: `offer`, then `complete` with the acceptance."""

    __slots__ = ("_context", "_d1", "offer")

    def __init__(self, context: bytes, random: Random) -> None:
        """Choose a half. `context` is 32 bytes that the server gave for this making alone."""
        self._context = context
        self._d1 = group.choose(random)
        self.offer = _half(Kind.OFFER, self._d1, _PHONE, context, random)

    def complete(self, acceptance: bytes) -> PhoneShare:
        """Return the phone's half of the key that both computed alike."""
        point, proof, stated = parts(
            acceptance, Kind.ACCEPTANCE, POINT_SIZE, PROOF_SIZE, POINT_SIZE
        )
        theirs = PublicKey(point)
        schnorr.verify(theirs, proof, role=_SERVER, context=self._context)
        public = _joint(self._d1, theirs)
        if public.xy != stated:
            raise InvalidSignature("joint_key_mismatch")
        return PhoneShare(self._d1, public)


def accept(offer: bytes, *, context: bytes, random: Random) -> tuple[ServerShare, bytes]:
    """Return the server's half of a new key and the acceptance for the phone."""
    point, proof = parts(offer, Kind.OFFER, POINT_SIZE, PROOF_SIZE)
    theirs = PublicKey(point)
    schnorr.verify(theirs, proof, role=_PHONE, context=context)
    d2 = group.choose(random)
    public = _joint(d2, theirs)
    answer = _half(Kind.ACCEPTANCE, d2, _SERVER, context, random)
    return ServerShare(d2, public), answer + public.xy


class PhoneRenewal:
    """The phone's part in renewing the halves: `offer`, then `complete` with the answer."""

    __slots__ = ("_once", "_share", "offer")

    def __init__(self, share: PhoneShare, *, random: Random) -> None:
        self._share = share
        self._once = group.choose(random)
        self.offer = bytes((Kind.RENEWAL_OFFER,)) + group.base(self._once).xy

    def complete(self, answer: bytes) -> PhoneShare:
        """Return the new half; keep the old one until a signature with the new one verified."""
        [point] = parts(answer, Kind.RENEWAL, POINT_SIZE)
        factor = _factor(self._once, PublicKey(point), self._share.public, self.offer + answer)
        return PhoneShare(group.multiply(self._share.d1, factor), self._share.public)


def renew(share: ServerShare, offer: bytes, *, random: Random) -> tuple[ServerShare, bytes]:
    """Return the server's new half and the answer; keep the old half until one signature."""
    [point] = parts(offer, Kind.RENEWAL_OFFER, POINT_SIZE)
    once = group.choose(random)
    answer = bytes((Kind.RENEWAL,)) + group.base(once).xy
    factor = _factor(once, PublicKey(point), share.public, offer + answer)
    d2 = group.multiply(share.d2, group.invert(factor))
    return ServerShare(d2, share.public), answer


def _factor(once: Scalar, theirs: PublicKey, public: PublicKey, said: bytes) -> Scalar:
    """Return what both compute from the point that only they share."""
    shared = group.multiple(once, theirs)
    return Scalar(group.reduced(kdf.sm2_kdf(_DOMAIN + shared.xy + public.xy + said, _WIDE)))


def _joint(own: Scalar, theirs: PublicKey) -> PublicKey:
    """Return P = own^-1 * theirs - G; infinity, which would be d = 0, is refused."""
    return group.minus(group.multiple(group.invert(own), theirs), _generator())


def _half(kind: Kind, own: Scalar, role: int, context: bytes, random: Random) -> bytes:
    """Return own^-1 * G with the proof of knowing own^-1."""
    inverse = group.invert(own)
    proof = schnorr.prove(inverse, role=role, context=context, random=random)
    return bytes((kind,)) + group.base(inverse).xy + proof


def _generator() -> PublicKey:
    return group.base(Scalar((1).to_bytes(group.SCALAR_SIZE)))
