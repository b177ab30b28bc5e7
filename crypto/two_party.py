"""One SM2 key in two halves: a phone and a server sign together, neither can alone.

Scheme     multiplicative split with two nonces: (1+d)^-1 = d1*d2 for the phone's d1 and the
           server's d2; P = d1^-1*P2 - G = d2^-1*P1 - G. The signature is an ordinary one.
Format     docs/formats/two-party-v1.md: each message is a kind byte and fixed-length parts.
Rules      a  a nonce is made, used and forgotten inside one object or call; a session is taken
              out of its store before it is answered, and a device has one at a time
           b  the phone verifies before it releases anything
           c  the server computes e from the key, the ID, the type and the message
           d  points and numbers are checked; r, s and r + s are not zero modulo n
           e  both prove at the making of the key that they know their half:
              crypto.two_party_keys
           f  there is no decryption
Errors     InvalidEncoding("two_party_message"); InvalidKey for points and numbers;
           InvalidSignature("partner_signature");
           NotAuthorized: session_unknown, session_expired, session_spent, session_key,
           typ_mismatch and those of the caller's check.
Limits     Proven against an outsider and a curious partner, not against every deviation of a
           malicious one: the rules above are what stands in for that proof.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final, Protocol

from crypto import group, jws, sm2
from crypto.entropy import Random
from crypto.errors import InvalidEncoding, InvalidKey, InvalidSignature, NotAuthorized
from crypto.group import Scalar
from crypto.keys import PublicKey

SESSION_ID_SIZE: Final = 16
POINT_SIZE: Final = 64
_TEXT_TYP = re.compile(r"[A-Z][A-Z0-9-]*-V[1-9][0-9]*")


class Kind(IntEnum):
    """First byte of each message."""

    OFFER = 1
    ACCEPTANCE = 2
    REQUEST = 3
    ANSWER = 4
    RENEWAL_OFFER = 5
    RENEWAL = 6


@dataclass(frozen=True, slots=True)
class PhoneShare:
    """The phone's half, and the key that it is half of."""

    d1: Scalar
    public: PublicKey


@dataclass(frozen=True, slots=True)
class ServerShare:
    """The server's half, and the key that it is half of."""

    d2: Scalar
    public: PublicKey


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to be signed by which key. The message says its type itself.

    A type of JWS: the message begins with the header of exactly this type and key. Any other
    type is upper-case with a version, as KEXIN-AUTH-V1, and is the message's first line.
    """

    key: PublicKey
    typ: str
    message: bytes

    def __post_init__(self) -> None:
        if _TEXT_TYP.fullmatch(self.typ):
            opening = f"{self.typ}\n"
        else:
            opening = jws.header(kid=self.key.kid, typ=self.typ) + "."
        if not self.message.startswith(opening.encode("ascii")):
            raise NotAuthorized("typ_mismatch", typ=self.typ)

    def e(self) -> bytes:
        """Return the digest that is signed, with the default ID."""
        return sm2.e_value(self.key, self.message)


@dataclass(frozen=True, slots=True)
class Session:
    """One statement that the server will help one device to sign, once."""

    id: bytes
    device: str
    statement: Statement
    expires_at: datetime


class Sessions(Protocol):
    """Where open sessions are kept. Both calls are atomic for all processes of a node."""

    def put(self, session: Session) -> None:
        """Keep the session in place of any other of its device."""

    def take(self, session_id: bytes) -> Session | None:
        """Remove and return the session; None when there is none."""


Check = Callable[[Session], None]
"""Raises NotAuthorized unless policy lets this device sign this statement now."""


def open_session(
    sessions: Sessions, *, device: str, statement: Statement, expires_at: datetime, random: Random
) -> Session:
    """Open a session; what the device had open before can no longer be signed."""
    session = Session(random(SESSION_ID_SIZE), device, statement, expires_at)
    sessions.put(session)
    return session


class PhoneSigning:
    """The phone's part in one signature: send `request`, then `complete` with the answer."""

    __slots__ = ("_nonce", "_session_id", "_share", "_statement", "request")

    def __init__(
        self, share: PhoneShare, session_id: bytes, statement: Statement, *, random: Random
    ) -> None:
        """Begin to sign what the person was shown."""
        if statement.key != share.public:
            raise NotAuthorized("session_key")
        self._share, self._session_id, self._statement = share, session_id, statement
        self._nonce: Scalar | None = group.choose(random)
        self.request = bytes((Kind.REQUEST,)) + session_id + group.base(self._nonce).xy

    def complete(self, answer: bytes) -> bytes:
        """Return r||s, verified. Whatever happens, this object signs nothing again."""
        nonce, self._nonce = self._nonce, None
        if nonce is None:
            raise NotAuthorized("session_spent")
        session_id, r, s1 = parts(
            answer, Kind.ANSWER, SESSION_ID_SIZE, group.SCALAR_SIZE, group.SCALAR_SIZE
        )
        if session_id != self._session_id:
            raise NotAuthorized("session_unknown")
        signature = r + _finish(self._share.d1, nonce, r=Scalar(r), s1=Scalar(s1))
        try:
            sm2.verify_e(self._share.public, self._statement.e(), signature)
        except InvalidSignature as error:
            raise InvalidSignature("partner_signature") from error
        return signature


def answer(
    share: ServerShare,
    request: bytes,
    *,
    sessions: Sessions,
    check: Check,
    now: datetime,
    random: Random,
) -> bytes:
    """Return the server's half of the signature that the request's session is for."""
    session_id, point = parts(request, Kind.REQUEST, SESSION_ID_SIZE, POINT_SIZE)
    theirs = PublicKey(point)
    session = sessions.take(session_id)
    if session is None:
        raise NotAuthorized("session_unknown")
    if now >= session.expires_at:
        raise NotAuthorized("session_expired")
    if session.statement.key != share.public:
        raise NotAuthorized("session_key")
    check(session)
    r, s1 = _respond(share.d2, theirs, session.statement.e(), random)
    return bytes((Kind.ANSWER,)) + session_id + r + s1


def _respond(d2: Scalar, theirs: PublicKey, e: bytes, random: Random) -> tuple[bytes, bytes]:
    """Return r and s1 = d2 * (r + w2), with a nonce w2 that nobody sees again."""
    shifted = group.multiple(group.invert(d2), theirs)
    while True:
        nonce = group.choose(random)
        try:
            point = group.plus(group.base(nonce), shifted)
            r = Scalar(group.reduced(_sum(e, point.xy[:32])))
            s1 = group.multiply(d2, group.add(r, nonce))
        except InvalidKey:  # infinity, r = 0 or s1 = 0: one in 2^255; nothing has left
            continue
        return r.export(), s1.export()


def _finish(d1: Scalar, nonce: Scalar, *, r: Scalar, s1: Scalar) -> bytes:
    """Return s = d1 * (s1 + w1) - r."""
    try:
        return group.subtract(group.multiply(d1, group.add(s1, nonce)), r).export()
    except InvalidKey as error:  # s = 0 or s1 = -w1: no signature
        raise InvalidSignature("partner_signature") from error


def _sum(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) + int.from_bytes(right)).to_bytes(group.SCALAR_SIZE + 1)


def parts(message: bytes, kind: Kind, *sizes: int) -> list[bytes]:
    """Cut a message of exactly this kind and these parts."""
    if message[:1] != bytes((kind,)) or len(message) != 1 + sum(sizes):
        raise InvalidEncoding("two_party_message", wanted=kind.name.lower())
    found, at = [], 1
    for size in sizes:
        found.append(message[at : at + size])
        at += size
    return found
