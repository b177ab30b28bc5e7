"""The trust root and list on a verifier's disk, and the newest list he has accepted.

Root       pinned: a file that the verifier chose, never fetched, never out of a list or bundle
List       opened under that root and today's date; why it cannot be used becomes the reason of
           the check `issuer`, so that no file is judged by a list that is not in force
Seen       {"digest","seq"} of the highest list accepted, one file for each root, replaced as a
           whole; a list that is older, or another of the same number, is refused by it
Pack       a status pack may bring a copy of the trust list: opened like the list on disk, and
           used where its number is higher
Errors     UnusableRoot, UnusablePack: what only the person at the keyboard can put right
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import InvalidEncoding
from crypto.jws import b64u, unb64u
from identity import status_pack, trust_list, trust_root
from identity.errors import InvalidStatus, InvalidTrust
from identity.status_pack import StatusPack
from identity.trust_list import Seen, TrustList
from identity.trust_root import TrustRoot
from services.evidence.errors import EvidenceError
from services.evidence.terms import NoTrust
from services.platform import files

MAX_FILE: Final = 4 * 1024 * 1024
_MISSING: Final = "trust_list_missing"


class UnusableRoot(EvidenceError):
    """The root, or what was kept under it, cannot be read."""


class UnusablePack(EvidenceError):
    """A status pack that was named cannot be read."""


def read_root(path: Path) -> TrustRoot:
    """Return the pinned root. Raises UnusableRoot root_missing, root_unreadable."""
    try:
        return trust_root.parse(_bytes(path))
    except OSError as error:
        raise UnusableRoot("root_missing", path=str(path)) from error
    except (InvalidTrust, ValueError) as error:
        raise UnusableRoot("root_unreadable", path=str(path)) from error


def read_pack(path: Path) -> StatusPack:
    """Return a status pack, unverified. Raises UnusablePack pack_unreadable."""
    try:
        return status_pack.parse(_bytes(path, status_pack.MAX_SIZE))
    except (OSError, InvalidStatus, ValueError) as error:
        raise UnusablePack("pack_unreadable", path=str(path)) from error


def read_list(
    path: Path, root: TrustRoot, *, now: datetime, state: Path, packs: Sequence[StatusPack] = ()
) -> TrustList | NoTrust:
    """Return the list in force, or why there is none; remember the newest.

    Raises UnusableRoot seen_unreadable, seen_unwritable: without the memory a rollback would go
    unnoticed.
    """
    kept = state / f"trust-{b64u(root.fingerprint)}.json"
    before = seen = _read_seen(kept)
    best: TrustList | NoTrust = NoTrust(_MISSING)
    for document in (_read_document(path), *(pack.trust for pack in packs if pack.trust)):
        found = _open(document, root, now, seen)
        if not isinstance(found, NoTrust):
            best, seen = found
        elif isinstance(best, NoTrust) and best.reason == _MISSING:
            best = found
    if seen is not None and seen != before:
        _keep(kept, seen)
    return best


def _read_document(path: Path) -> "Json | NoTrust":
    try:
        return canonical.loads(_bytes(path))
    except OSError:
        return NoTrust(_MISSING)
    except (InvalidEncoding, ValueError):
        return NoTrust("trust_list_unreadable")


def _open(
    document: "Json | NoTrust", root: TrustRoot, now: datetime, seen: Seen | None
) -> tuple[TrustList, Seen] | NoTrust:
    if isinstance(document, NoTrust):
        return document
    try:
        opened = trust_list.open(document, root, now=now, seen=seen)
        return opened, Seen(opened.seq, trust_list.digest(document))
    except InvalidTrust as error:
        return NoTrust(error.code)


def _bytes(path: Path, most: int = MAX_FILE) -> bytes:
    """Return a file's bytes; ValueError if it is larger than any of ours."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError("too large")
    return data


def _read_seen(path: Path) -> Seen | None:
    try:
        match canonical.loads(_bytes(path)):
            case {"digest": str(digest), "seq": int(seq)}:
                return Seen(seq, unb64u(digest))
    except FileNotFoundError:
        return None
    except (OSError, InvalidEncoding, ValueError) as error:
        raise UnusableRoot("seen_unreadable", path=str(path)) from error
    raise UnusableRoot("seen_unreadable", path=str(path))


def _keep(path: Path, seen: Seen) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(path, canonical.dumps({"digest": b64u(seen.digest), "seq": seen.seq}))
    except OSError as error:
        raise UnusableRoot("seen_unwritable", path=str(path)) from error
