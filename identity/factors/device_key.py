"""An SM2 key that a device holds and its owner unlocks: enrolment and challenge-response.

Bytes      docs/formats/device-key-v1.md; the first line says what the signature is for
Key        made on the device; we see the point, which is checked to be on the curve
Answer     r||s, 64 bytes, over site, origin, challenge, session, time, action and payload: each
           is in the signature, so one changed on the way refuses it
Life       a sign-in is answered within SIGN_IN_LIFE, an act within the life of its challenge
Two-party  the same answer by a key whose shares are on the telephone and on the node
           (crypto.two_party): only the kind differs
Errors     LoginRefused("login_refused"); for enrolment InvalidFactor: device_name, device_kind
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crypto.jws import b64u
from crypto.keys import PublicKey
from identity import challenges, instants
from identity.challenges import Challenge, Purpose
from identity.errors import InvalidFactor, LoginRefused
from identity.factors import signed_lines
from identity.factors.protocol import Attempt, Proof, Site
from identity.factors.signed_lines import NOTHING, Domain
from identity.levels import FactorKind
from identity.members import is_plain

SIGN_IN_LIFE = timedelta(seconds=60)
MOST_NAME = 60
KINDS = (FactorKind.DEVICE_KEY, FactorKind.TWO_PARTY)


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """What is stored of a device. It does not change when it is used."""

    public: PublicKey
    name: str
    """What its owner calls the device."""
    kind: FactorKind
    enrolled_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """The factor, at one site."""

    site: Site

    def verify(self, stored: DeviceKey, answer: bytes, attempt: Attempt) -> Proof[DeviceKey]:
        """Return the proof for a signature over `auth_message`."""
        challenge = _required(attempt)
        challenges.check(
            challenge,
            purpose=attempt.purpose,
            session=attempt.session,
            account=attempt.account,
            now=attempt.now,
            life=SIGN_IN_LIFE if attempt.purpose is Purpose.SIGN_IN else challenges.LIFE,
        )
        signed = auth_message(self.site, challenge, action=attempt.action, payload=attempt.payload)
        signed_lines.verify(stored.public, signed, answer)
        return Proof(stored.kind, stored, attempt.now)


def enrol_message(challenge: Challenge, *, account: str, name: str) -> bytes:
    """Return what a new device signs, to prove that it holds the key it names."""
    return signed_lines.message(Domain.ENROL, b64u(challenge.value), account, name)


def auth_message(
    site: Site, challenge: Challenge, *, action: str = "", payload: bytes | None = None
) -> bytes:
    """Return what a device signs to sign in, or to confirm an act."""
    return signed_lines.message(
        Domain.AUTH,
        site.rp_id,
        site.origin,
        b64u(challenge.value),
        b64u(challenge.session),
        instants.write(challenge.issued_at),
        action or NOTHING,
        NOTHING if payload is None else b64u(payload),
    )


def enrol(
    public: PublicKey,
    signature: bytes,
    attempt: Attempt,
    *,
    name: str,
    kind: FactorKind = FactorKind.DEVICE_KEY,
) -> DeviceKey:
    """Return what to store of a new device. Raises InvalidFactor, LoginRefused."""
    if kind not in KINDS:
        raise InvalidFactor("device_kind")
    if not is_plain(name, MOST_NAME):
        raise InvalidFactor("device_name", most=MOST_NAME)
    challenge = _required(attempt)
    challenges.check(
        challenge,
        purpose=Purpose.ENROL,
        session=attempt.session,
        account=attempt.account,
        now=attempt.now,
    )
    signed = enrol_message(challenge, account=attempt.account, name=name)
    signed_lines.verify(public, signed, signature)
    return DeviceKey(public, name, kind, attempt.now)


def _required(attempt: Attempt) -> Challenge:
    if attempt.challenge is None:
        raise LoginRefused("login_refused")
    return attempt.challenge
