"""Status of credentials: lists of two bits each, and signed words about one of them.

Standard   IETF Token Status List: packed from the least significant bit, zlib, base64url
Values     0 valid, 1 invalid (revoked), 2 suspended, 3 superseded (the application-specific one)
List       JWT, typ statuslist+jwt; lives 24 h, may be cached for `ttl`; docs/formats/status-v1.md
Assertion  JWT, typ kexin-status+jwt: the status of one credential, for bundles that stay offline
Index      random, so that neighbours in a list tell nothing about neighbours in a batch
Errors     InvalidStatus: status_unreadable (member), status_signature, status_uri,
           status_not_yet, status_expired, status_stale, status_list_full. Each of them means
           that the status is unknown, never that a credential is valid.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Self

from crypto import canonical, jws
from crypto.canonical import Json
from crypto.entropy import Random
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.jws import SignBytes, b64u, unb64u
from crypto.keys import PublicKey
from identity import codes, instants
from identity.credential import MAX_INDEX, URI
from identity.errors import IdentityError, InvalidStatus
from identity.members import Members

LIST_TYP = "statuslist+jwt"
ASSERTION_TYP = "kexin-status+jwt"

LIST_SIZE = 131_072
"""Places in a new list; those without a credential are decoys."""
TTL = timedelta(minutes=15)
LIFE = timedelta(hours=24)
SKEW = timedelta(seconds=60)
"""How far the clocks of node and verifier may differ."""

REASON = "[a-z_]{1,40}"
_MAX_BYTES = (MAX_INDEX + 1) // 4
_DRAWS = 128


class Status(IntEnum):
    """What a status list says of one credential."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    SUPERSEDED = 3


class StatusList:
    """A packed array of statuses, `bits` each (1, 2, 4 or 8)."""

    __slots__ = ("_data", "bits")

    def __init__(self, data: bytes, bits: int = 2) -> None:
        if bits not in (1, 2, 4, 8):
            raise ValueError(f"a status has 1, 2, 4 or 8 bits, not {bits}")
        self._data = bytearray(data)
        self.bits = bits

    @classmethod
    def empty(cls, size: int = LIST_SIZE) -> Self:
        """Return a list of `size` valid credentials (a multiple of four)."""
        return cls(bytes(size // 4))

    @classmethod
    def decode(cls, text: str, bits: int = 2) -> Self:
        """Read the member `lst`. Raises InvalidEncoding, ValueError; inflates 4 MiB at most."""
        inflate = zlib.decompressobj()
        try:
            data = inflate.decompress(unb64u(text), _MAX_BYTES)
        except zlib.error as error:
            raise ValueError("not a zlib stream") from error
        if not inflate.eof or inflate.unused_data or not data:
            raise ValueError("cut short, too long, or followed by something")
        return cls(data, bits)

    def encode(self) -> str:
        """Return the member `lst`."""
        return b64u(zlib.compress(self._data, 9))

    def __len__(self) -> int:
        return len(self._data) * 8 // self.bits

    def get(self, index: int) -> int:
        """Return the status at a place. Raises IndexError."""
        place, shift = self._place(index)
        return self._data[place] >> shift & self._mask

    def set(self, index: int, status: int) -> None:
        """Write the status at a place. Raises IndexError."""
        place, shift = self._place(index)
        if not 0 <= status <= self._mask:
            raise ValueError("the status does not fit its bits")
        self._data[place] = self._data[place] & ~(self._mask << shift) | status << shift

    @property
    def _mask(self) -> int:
        return (1 << self.bits) - 1

    def _place(self, index: int) -> tuple[int, int]:
        if not 0 <= index < len(self):
            raise IndexError("no such place in the list")
        return divmod(index * self.bits, 8)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A verified status list and when it may be used."""

    uri: str
    seq: int
    issued_at: datetime
    expires_at: datetime
    ttl: timedelta
    statuses: StatusList

    def status(self, index: int) -> Status:
        """Return the status at a place; InvalidStatus if the list does not have it."""
        if not index < len(self.statuses):
            raise InvalidStatus("status_unreadable", member="idx")
        return Status(self.statuses.get(index))

    def check_current(self, now: datetime) -> None:
        """Check that the list has been issued and is not over: enough for an offline answer."""
        _check_current(self.issued_at, self.expires_at, now)

    def check_fresh(self, now: datetime) -> None:
        """Check that the list is current and at most `ttl` old: what an online answer needs."""
        self.check_current(now)
        if now - self.issued_at > self.ttl:
            raise InvalidStatus("status_stale", age_seconds=_age(self.issued_at, now))


@dataclass(frozen=True, slots=True)
class Assertion:
    """The node's signed word on one credential."""

    uri: str
    index: int
    status: Status
    credential: bytes
    """Digest of the issuer-signed JWT."""
    seq: int
    issued_at: datetime
    expires_at: datetime
    since: datetime | None = None
    """When it left VALID."""
    reason: str | None = None
    successor: str | None = None
    """Number of the credential that replaces a superseded one."""

    def check_current(self, now: datetime) -> None:
        """Check that the assertion has been issued and is not over."""
        _check_current(self.issued_at, self.expires_at, now)

    def to_json(self) -> dict[str, Json]:
        """Return the payload."""
        members: dict[str, Json] = {
            "credential": b64u(self.credential),
            "exp": instants.seconds(self.expires_at),
            "iat": instants.seconds(self.issued_at),
            "idx": self.index,
            "seq": self.seq,
            "status": int(self.status),
            "uri": self.uri,
        }
        if self.since is not None:
            members["since"] = instants.seconds(self.since)
        if self.reason is not None:
            members["reason"] = self.reason
        if self.successor is not None:
            members["successor"] = self.successor
        return members


def sign_list(
    statuses: StatusList, *, uri: str, seq: int, now: datetime, kid: str, sign: SignBytes
) -> str:
    """Return the list as a token that lives for LIFE and may be cached for TTL."""
    payload: dict[str, Json] = {
        "exp": instants.seconds(now + LIFE),
        "iat": instants.seconds(now),
        "seq": seq,
        "status_list": {"bits": statuses.bits, "lst": statuses.encode()},
        "sub": uri,
        "ttl": int(TTL.total_seconds()),
    }
    return jws.sign_compact(payload=canonical.dumps(payload), typ=LIST_TYP, kid=kid, sign=sign)


def verify_list(token: str, key: PublicKey, *, uri: str) -> Snapshot:
    """Return the list published at `uri` after checking that `key` signed it.

    Whether it is fresh, the snapshot answers. Raises InvalidStatus.
    """
    read = Members(_verified(token, key, LIST_TYP), _wrong)
    if read.match("sub", URI) != uri:
        raise InvalidStatus("status_uri")
    issued_at, expires_at = _read_life(read)
    ttl = timedelta(seconds=read.integer("ttl", 1, int(LIFE.total_seconds())))
    packed = read.object("status_list")
    packed.constant("bits", 2)
    statuses = packed.converted("lst", StatusList.decode)
    packed.end()
    seq = read.integer("seq", 1)
    read.end()
    return Snapshot(uri, seq, issued_at, expires_at, ttl, statuses)


def sign_assertion(assertion: Assertion, *, kid: str, sign: SignBytes) -> str:
    """Return the assertion as a token."""
    payload = canonical.dumps(assertion.to_json())
    return jws.sign_compact(payload=payload, typ=ASSERTION_TYP, kid=kid, sign=sign)


def open_assertion(token: str) -> tuple[Assertion, str]:
    """Return an unverified assertion and the kid of its signature."""
    try:
        parsed = jws.parse_compact(token)
        if parsed.typ != ASSERTION_TYP:
            raise _wrong("typ")
        return _read_assertion(canonical.loads(parsed.payload)), parsed.kid
    except InvalidEncoding as error:
        raise _wrong("jws") from error


def verify_assertion(token: str, key: PublicKey) -> Assertion:
    """Return the assertion after checking that `key` signed it. Raises InvalidStatus."""
    return _read_assertion(_verified(token, key, ASSERTION_TYP))


def choose_index(random: Random, *, size: int, taken: Callable[[int], bool]) -> int:
    """Return a random free place. InvalidStatus where the list is (almost) full: open another.

    Lists are meant to stay half empty; then all draws fail once in 2^128.
    """
    for _ in range(_DRAWS):
        index = int.from_bytes(random(8)) % size
        if not taken(index):
            return index
    raise InvalidStatus("status_list_full")


def _verified(token: str, key: PublicKey, typ: str) -> Json:
    try:
        return canonical.loads(jws.verify_compact(token, key, typ=typ))
    except InvalidEncoding as error:
        raise _wrong("jws") from error
    except InvalidSignature as error:
        raise InvalidStatus("status_signature") from error


def _read_life(read: Members) -> tuple[datetime, datetime]:
    issued_at, expires_at = read.seconds("iat"), read.seconds("exp")
    if not issued_at < expires_at or expires_at - issued_at > LIFE:
        read.refuse("exp")
    return issued_at, expires_at


def _read_assertion(payload: Json) -> Assertion:
    read = Members(payload, _wrong)
    issued_at, expires_at = _read_life(read)
    assertion = Assertion(
        uri=read.match("uri", URI),
        index=read.integer("idx", 0, MAX_INDEX),
        status=Status(read.integer("status", 0, 3)),
        credential=read.octets("credential", 32),
        seq=read.integer("seq", 1),
        issued_at=issued_at,
        expires_at=expires_at,
        since=read.or_absent("since", read.seconds),
        reason=read.or_absent("reason", lambda name: read.match(name, REASON)),
        successor=read.or_absent(
            "successor", lambda name: read.code(name, codes.validate_certificate_number)
        ),
    )
    read.end()
    _check_change(assertion)
    return assertion


def _check_change(assertion: Assertion) -> None:
    """A valid credential has no change to tell of; the others say when, superseded ones by what."""
    changed = assertion.status is not Status.VALID
    if changed != (assertion.since is not None):
        raise _wrong("since")
    if assertion.reason is not None and not changed:
        raise _wrong("reason")
    if (assertion.status is Status.SUPERSEDED) != (assertion.successor is not None):
        raise _wrong("successor")


def _check_current(issued_at: datetime, expires_at: datetime, now: datetime) -> None:
    if now < issued_at - SKEW:
        raise InvalidStatus("status_not_yet")
    if now >= expires_at:
        raise InvalidStatus("status_expired", age_seconds=_age(issued_at, now))


def _age(issued_at: datetime, now: datetime) -> int:
    return int((now - issued_at).total_seconds())


def _wrong(member: str) -> IdentityError:
    return InvalidStatus("status_unreadable", member=member)
