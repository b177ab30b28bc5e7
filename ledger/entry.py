"""An entry: what a log keeps of one signed thing. Format kexin/entry/v1, docs/formats/entry-v1.md.

Bytes      RFC 8785 JSON of format, kind, issuer, time, approval (some kinds), digest
Time       never goes back within a log and never runs ahead of the clock: see next_time
Privacy    no personal data: the digest covers content with random salts in it
Errors     InvalidEntry: entry_members, entry_format, entry_kind, entry_issuer, entry_time,
           entry_digest, entry_approval; entry_encoding for bytes that are not canonical
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import InvalidEncoding
from crypto.jws import b64u, unb64u
from ledger import times
from ledger.errors import InvalidEntry

FORMAT = "kexin/entry/v1"
CLOSE = "close"
WITH_APPROVAL = frozenset({"credential", "status", "approval"})
KINDS = WITH_APPROVAL | {"record", "key", CLOSE}
DIGEST_SIZE = 32

ISSUER = re.compile(r"[A-Za-z0-9_]{1,64}")

_MEMBERS = frozenset({"format", "kind", "issuer", "time", "digest"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a log. Making one checks it, so whoever holds one may append it."""

    kind: str
    issuer: str
    time: datetime
    digest: bytes
    approval: bytes | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidEntry("entry_kind")
        if not ISSUER.fullmatch(self.issuer):
            raise InvalidEntry("entry_issuer")
        if len(self.digest) != DIGEST_SIZE:
            raise InvalidEntry("entry_digest", length=len(self.digest))
        length = None if self.approval is None else len(self.approval)
        if length != (DIGEST_SIZE if self.kind in WITH_APPROVAL else None):
            raise InvalidEntry("entry_approval", kind=self.kind, length=length)
        try:
            times.to_text(self.time)
        except ValueError as error:
            raise InvalidEntry("entry_time") from error

    def to_json(self) -> dict[str, Json]:
        """Return the entry's members; `approval` is absent where the kind has none."""
        members: dict[str, Json] = {
            "format": FORMAT,
            "kind": self.kind,
            "issuer": self.issuer,
            "time": times.to_text(self.time),
            "digest": b64u(self.digest),
        }
        if self.approval is not None:
            members["approval"] = b64u(self.approval)
        return members

    def encode(self) -> bytes:
        """Return the canonical bytes, which the leaf hash covers."""
        return canonical.dumps(self.to_json())


def parse(members: object) -> Entry:
    """Return the entry of exactly the members that `to_json` writes. Raises InvalidEntry."""
    if not isinstance(members, dict) or not _MEMBERS <= set(members) <= _MEMBERS | {"approval"}:
        raise InvalidEntry("entry_members")
    for name, value in members.items():
        if not isinstance(value, str):
            raise InvalidEntry(f"entry_{name}")
    if members["format"] != FORMAT:
        raise InvalidEntry("entry_format")
    try:
        time = times.from_text(members["time"])
    except ValueError as error:
        raise InvalidEntry("entry_time") from error
    approval = _octets(members, "approval") if "approval" in members else None
    return Entry(members["kind"], members["issuer"], time, _octets(members, "digest"), approval)


def decode(data: bytes) -> Entry:
    """Return the entry of its canonical bytes. Raises InvalidEntry."""
    try:
        members = canonical.loads(data)
    except InvalidEncoding as error:
        raise InvalidEntry("entry_encoding") from error
    return parse(members)


def next_time(last: datetime | None, now: datetime, period_seconds: int) -> datetime:
    """Return the time of an entry appended `now` to a log whose last entry's time is `last`.

    That is `now` floored to the anchor period, so that times tell no more than anchors do, but
    never before the last entry's.
    """
    seconds = int(now.timestamp())
    floored = datetime.fromtimestamp(seconds - seconds % period_seconds, UTC)
    return floored if last is None else max(last, floored)


def _octets(members: dict[str, str], name: str) -> bytes:
    try:
        return unb64u(members[name])
    except InvalidEncoding as error:
        raise InvalidEntry(f"entry_{name}") from error
