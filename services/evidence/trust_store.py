"""The trust root and list on a verifier's disk, and the newest list he has accepted.

Root       pinned: a file that the verifier chose, never fetched, never out of a list or bundle
List       opened under that root and today's date; why it cannot be used becomes the reason of
           the check `issuer`, so that no file is judged by a list that is not in force
Seen       {"digest","seq"} of the highest list accepted, one file for each root, replaced as a
           whole; a list that is older, or another of the same number, is refused by it
Errors     UnusableRoot: what only the person at the keyboard can put right
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from crypto import canonical
from crypto.errors import InvalidEncoding
from crypto.jws import b64u, unb64u
from identity import trust_list, trust_root
from identity.errors import InvalidTrust
from identity.trust_list import Seen, TrustList
from identity.trust_root import TrustRoot
from services.evidence.errors import EvidenceError
from services.evidence.terms import NoTrust

MAX_FILE: Final = 4 * 1024 * 1024


class UnusableRoot(EvidenceError):
    """The root, or what was kept under it, cannot be read."""


def read_root(path: Path) -> TrustRoot:
    """Return the pinned root. Raises UnusableRoot root_missing, root_unreadable."""
    try:
        return trust_root.parse(_bytes(path))
    except OSError as error:
        raise UnusableRoot("root_missing", path=str(path)) from error
    except (InvalidTrust, ValueError) as error:
        raise UnusableRoot("root_unreadable", path=str(path)) from error


def read_list(path: Path, root: TrustRoot, *, now: datetime, state: Path) -> TrustList | NoTrust:
    """Return the list in force, or why there is none; remember the newest.

    Raises UnusableRoot seen_unreadable, seen_unwritable: without the memory a rollback would go
    unnoticed.
    """
    kept = state / f"trust-{b64u(root.fingerprint)}.json"
    seen = _read_seen(kept)
    try:
        document = canonical.loads(_bytes(path))
        opened = trust_list.open(document, root, now=now, seen=seen)
    except OSError:
        return NoTrust("trust_list_missing")
    except (InvalidEncoding, ValueError):
        return NoTrust("trust_list_unreadable")
    except InvalidTrust as error:
        return NoTrust(error.code)
    if seen is None or opened.seq > seen.seq:
        _keep(kept, Seen(opened.seq, trust_list.digest(document)))
    return opened


def _bytes(path: Path) -> bytes:
    """Return a file's bytes; ValueError if it is larger than any of ours."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
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
    """Write the file beside its place and move it there: it is whole at any moment."""
    beside = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(canonical.dumps({"digest": b64u(seen.digest), "seq": seen.seq}))
        beside.replace(path)
    except OSError as error:
        raise UnusableRoot("seen_unwritable", path=str(path)) from error
