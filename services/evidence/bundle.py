"""The bundle: everything a stranger needs to judge one credential, in one file.

Format     kexin/bundle/v1, canonical JSON (RFC 8785), docs/formats/bundle-v1.md
Size       MAX_SIZE = 64 KiB; about 8 KB for a young node, under 12 KB for a very large one
Issuer     the member `issuer` is also a document of its own: what a node answers when it is
           asked for the newest record of an institution
Record     its entry's digest is SM3 of the canonical {"digest", "salt"}: digest of the record
           document and 16 random bytes, so that the log tells nothing that can be guessed
Errors     UnreadableBundle: too_large, not_ours, unreadable (part)

Here only the form is read: nothing is verified, and no part is believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from crypto import canonical, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding
from crypto.jws import b64u, unb64u
from ledger import entry as entries
from ledger.entry import Entry
from ledger.errors import InvalidEntry
from services.evidence.errors import UnreadableBundle

FORMAT: Final = "kexin/bundle/v1"
MAX_SIZE: Final = 64 * 1024
SALT_SIZE: Final = 16
RECEIPT: Final = "receipt"
"""The one kind of anchor evidence that a bundle can carry today."""

MAX_INDEX: Final = 2**53 - 2
MAX_HASHES: Final = 53
_HASH_SIZE = 32


@dataclass(frozen=True, slots=True)
class Place:
    """An entry, its way to the root of a log, and what anchors that root."""

    entry: Entry
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    receipt: Json
    """The sealed anchor receipt; None where the checkpoint is not anchored yet."""


@dataclass(frozen=True, slots=True)
class IssuerPart:
    """An issuer record with its place in the node's registry log."""

    record: Json
    salt: bytes
    place: Place


@dataclass(frozen=True, slots=True)
class Bundle:
    """The parts of a bundle, as texts and documents."""

    credential: str
    place: Place
    issuer: IssuerPart
    status: str


def record_digest(digest: bytes, salt: bytes) -> bytes:
    """Return what the registry log keeps of the record with this digest (entry-v1)."""
    content = {"digest": b64u(digest), "salt": b64u(salt)}
    return sm3.digest(canonical.dumps(content))


def build(bundle: Bundle) -> bytes:
    """Return the bytes of a bundle. Raises UnreadableBundle for one that could not be read."""
    data = canonical.dumps(
        {
            "credential": bundle.credential,
            "format": FORMAT,
            "issuer": _issuer_json(bundle.issuer),
            "renewals": [],
            "status": bundle.status,
            **_place_json(bundle.place),
        }
    )
    parse(data)
    return data


def parse(data: bytes) -> Bundle:
    """Return the bundle of exactly the bytes that `build` would write."""
    members = _object(data)
    if members.pop("format", None) != FORMAT:
        raise UnreadableBundle("not_ours")
    credential, status = members.pop("credential", None), members.pop("status", None)
    issuer, renewals = members.pop("issuer", None), members.pop("renewals", None)
    if not isinstance(credential, str) or not isinstance(status, str) or renewals != []:
        _unreadable("bundle")
    return Bundle(credential, _take_place(members), _issuer(issuer), status)


def build_issuer(part: IssuerPart) -> bytes:
    """Return the member `issuer` as a document of its own."""
    data = canonical.dumps(_issuer_json(part))
    parse_issuer(data)
    return data


def parse_issuer(data: bytes) -> IssuerPart:
    """Return the issuer part of exactly the bytes that `build_issuer` would write."""
    return _issuer(_object(data))


def _object(data: bytes) -> dict[str, Json]:
    if len(data) > MAX_SIZE:
        raise UnreadableBundle("too_large", limit_kb=MAX_SIZE // 1024)
    try:
        value = canonical.loads(data)
    except InvalidEncoding as error:
        raise UnreadableBundle("unreadable", part="bundle") from error
    if not isinstance(value, dict):
        raise UnreadableBundle("not_ours")
    return value


def _issuer_json(part: IssuerPart) -> dict[str, Json]:
    return {"record": part.record, "salt": b64u(part.salt), **_place_json(part.place)}


def _place_json(place: Place) -> dict[str, Json]:
    return {
        "checkpoint": place.checkpoint,
        "entry": place.entry.to_json(),
        "evidence": [] if place.receipt is None else [{"document": place.receipt, "kind": RECEIPT}],
        "proof": {"hashes": [b64u(each) for each in place.hashes], "index": place.index},
    }


def _issuer(value: Json) -> IssuerPart:
    if not isinstance(value, dict):
        _unreadable("issuer")
    members = dict(value)
    record, salt = members.pop("record", None), members.pop("salt", None)
    return IssuerPart(record, _octets(salt, SALT_SIZE, "issuer"), _take_place(members))


def _take_place(members: Mapping[str, Json]) -> Place:
    """Read the four members of a place, which must be all that is left."""
    match members:
        case {"checkpoint": str(checkpoint), "entry": entry, "evidence": list(evidence), **rest}:
            index, hashes = _proof(rest)
        case _:
            _unreadable("bundle")
    try:
        read = entries.parse(entry)
    except InvalidEntry as error:
        raise UnreadableBundle("unreadable", part="entry") from error
    return Place(read, index, hashes, checkpoint, _receipt(evidence))


def _proof(rest: Mapping[str, Json]) -> tuple[int, tuple[bytes, ...]]:
    match rest:
        case {"proof": {"hashes": list(hashes), "index": int(index), **more}, **others} if (
            not more and not others and not isinstance(index, bool)
        ):
            pass
        case _:
            _unreadable("proof")
    if not 0 <= index <= MAX_INDEX or len(hashes) > MAX_HASHES:
        _unreadable("proof")
    return index, tuple(_octets(each, _HASH_SIZE, "proof") for each in hashes)


def _receipt(evidence: list[Json]) -> Json:
    """Read what anchors the checkpoint: nothing yet, or one item of each kind there is."""
    if not evidence:
        return None
    match evidence:
        case [{"document": dict(document), "kind": str(kind), **rest}] if not rest:
            if kind == RECEIPT:
                return document
    raise UnreadableBundle("unreadable", part="evidence")


def _octets(value: Json, size: int, part: str) -> bytes:
    if not isinstance(value, str):
        _unreadable(part)
    try:
        data = unb64u(value)
    except InvalidEncoding as error:
        raise UnreadableBundle("unreadable", part=part) from error
    if len(data) != size:
        _unreadable(part)
    return data


def _unreadable(part: str) -> NoReturn:
    raise UnreadableBundle("unreadable", part=part)
