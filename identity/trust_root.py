"""The trust root: the operators' keys that sign trust lists, pinned by every verifier.

File         canonical JSON, docs/formats/trust-root-v1.md; not signed, because nothing is above it
Fingerprint  SM3 of the file, shown to people as base64url
Errors       InvalidTrust: trust_root_unreadable (member)

A root comes from the verifier's own disk. It is never taken from a list or a bundle, and never
fetched: who can replace it can make anything valid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crypto import canonical, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding
from crypto.keys import PublicKey
from identity import instants
from identity.errors import IdentityError, InvalidTrust
from identity.members import Members

FORMAT = "kexin/trust-root/v1"
MAX_KEYS = 16


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """Who signs trust lists, and how many of them it takes: two at least."""

    name: str
    issued_at: datetime
    threshold: int
    keys: tuple[PublicKey, ...]
    """In ascending order of kid."""

    def to_bytes(self) -> bytes:
        """Return the file."""
        payload: dict[str, Json] = {
            "format": FORMAT,
            "issued": instants.write(self.issued_at),
            "keys": [{**key.jwk()} for key in self.keys],
            "name": self.name,
            "threshold": self.threshold,
        }
        return canonical.dumps(payload)

    @property
    def fingerprint(self) -> bytes:
        """SM3 of the file."""
        return sm3.digest(self.to_bytes())

    @property
    def by_kid(self) -> Mapping[str, PublicKey]:
        """The keys under their names."""
        return {key.kid: key for key in self.keys}


def make(
    *, name: str, issued_at: datetime, threshold: int, keys: tuple[PublicKey, ...]
) -> TrustRoot:
    """Return a new root; the keys are put in order. Raises InvalidTrust."""
    ordered = tuple(sorted(keys, key=lambda key: key.kid))
    return parse(TrustRoot(name, issued_at, threshold, ordered).to_bytes())


def parse(data: bytes) -> TrustRoot:
    """Read a root file. Raises InvalidTrust."""
    try:
        read = Members(canonical.loads(data), _wrong)
    except InvalidEncoding as error:
        raise _wrong("file") from error
    read.constant("format", FORMAT)
    items = read.array("keys", 2, MAX_KEYS)
    root = TrustRoot(
        name=read.text("name", 120),
        issued_at=read.instant("issued"),
        threshold=read.integer("threshold", 2, len(items)),
        keys=tuple(read.as_key("keys", item) for item in items),
    )
    read.end()
    kids = [key.kid for key in root.keys]
    if kids != sorted(set(kids)):
        raise _wrong("keys")
    return root


def _wrong(member: str) -> IdentityError:
    return InvalidTrust("trust_root_unreadable", member=member)
