"""The node's status pack: all its status lists in one signed file (status-pack-v1).

Made      when somebody asks and something changed: a list was signed anew or the operators
          published another trust list; else the file that was signed last is handed out again,
          so that asking often costs neither signatures nor memory
Kept      by whoever fetched it until its oldest list is TTL old, as if he held the lists
Errors    Unavailable status_pack_stale: no list was signed for so long that nobody believes them
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from crypto import canonical, sm3
from crypto.canonical import Json
from crypto.provider import Use
from identity import status_pack
from identity.status_list import LIFE, TTL
from services.platform.clock import in_shanghai
from services.platform.errors import Unavailable
from services.platform.work import Runtime
from services.registry import keys, trust
from services.status import marks, queries

_Key = tuple[tuple[tuple[str, int], ...], bytes]


@dataclass(frozen=True, slots=True)
class Pack:
    """A signed pack as a file."""

    data: bytes
    name: str
    kept_until: datetime
    """Until when it is as good as the published lists."""
    expires_at: datetime
    """Until when offline verifiers believe it."""


class Packs:
    """Makes the packs of a process's node and remembers the newest. Safe between threads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = Lock()
        self._kept: tuple[_Key, Pack] | None = None

    def newest(self) -> Pack:
        """Return the pack of the lists that are published now. Raises Unavailable."""
        with self._runtime.reading() as work:
            rows, now = queries.publications(work.session), work.now
            marks.check_all(work)
        document = trust.newest(self._runtime.settings.trust_folder)
        key = _key(rows, document)
        with self._lock:
            if self._kept is None or self._kept[0] != key or not _is_fresh(rows, now):
                self._kept = key, make(self._runtime, rows, document, now)
            return self._kept[1]


def make(
    runtime: Runtime, rows: Sequence[Mapping[Any, Any]], document: Json, now: datetime
) -> Pack:
    """Sign a pack of these publications and this trust list. Raises Unavailable."""
    if not _is_fresh(rows, now):
        raise Unavailable("status_pack_stale")
    with runtime.reading() as work:
        ref = keys.node_ref(work, Use.STATUS)
    expires_at = min([now + LIFE, *(row["expires_at"] for row in rows)])
    data = status_pack.build(
        node=runtime.settings.node_name,
        lists={row["uri"]: row["token"] for row in rows},
        trust=document,
        now=now,
        expires_at=expires_at,
        kid=ref.kid,
        sign=runtime.provider.signer(ref, status_pack.TYP),
    )
    oldest = min((row["issued_at"] for row in rows), default=now)
    name = f"{runtime.settings.node_name}-{in_shanghai(now):%Y%m%d-%H%M}.kexin-pack.json"
    return Pack(data, name, oldest + TTL, expires_at)


def _key(rows: Sequence[Mapping[Any, Any]], document: Json) -> _Key:
    """Return what a pack is made of, in short."""
    lists = tuple((row["uri"], row["seq"]) for row in rows)
    return lists, sm3.digest(canonical.dumps(document))


def _is_fresh(rows: Sequence[Mapping[Any, Any]], now: datetime) -> bool:
    return all(row["expires_at"] > now for row in rows)
