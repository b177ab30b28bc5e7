"""Files that people sent and go on working with: kept sealed, for their owner, for some days.

Kept       the bytes, the file's name and what was said about it (canonical JSON), each sealed
           under the upload's own record key, so that nothing of it lies open anywhere
Seen       by its owner alone; for everybody else there is no such upload. Whose it is, is bound
           into both seals: a row that was given to somebody else in the database opens for nobody
Ends       when it became something else, was thrown away, or KEPT after the last change: the key
           is destroyed and the row deleted. A row that a restored backup brought back without its
           key is as good as gone
Errors     NotFound upload_unknown; Conflict uploads_too_many; InvalidCiphertext
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crypto import canonical, sm4
from crypto.canonical import Json
from services.platform.db import new_id
from services.platform.errors import Conflict, NotFound
from services.platform.record_keys import RecordKeys
from services.platform.work import Work
from services.uploads import queries

KEPT = timedelta(days=7)
MOST = 20
"""Uploads that one person may have waiting."""
CHUNK = 100

_WHOSE = ("id", "kind", "tenant", "owner_id")


@dataclass(frozen=True, slots=True)
class NewUpload:
    """What somebody sent."""

    kind: str
    tenant: str
    owner_id: str
    filename: str = field(repr=False)
    data: bytes = field(repr=False)
    said: Mapping[str, Json] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Brief:
    """An upload in a list, without its file."""

    id: str
    kind: str
    tenant: str
    owner_id: str
    filename: str = field(repr=False)
    said: Mapping[str, Any] = field(repr=False)
    created_at: datetime
    changed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Upload(Brief):
    """An upload with its file."""

    data: bytes = field(repr=False)


def keep(work: Work, given: NewUpload) -> str:
    """Keep an upload and return its id."""
    if len(_live(work, given.owner_id, given.kind)) >= MOST:
        raise Conflict("uploads_too_many", most=MOST)
    upload_id = new_id("upl", work.random)
    key = RecordKeys.of(work.runtime).create(work, [upload_id])[upload_id]
    said = {"filename": given.filename, "said": dict(given.said)}
    row = {
        "id": upload_id,
        "kind": given.kind,
        "tenant": given.tenant,
        "owner_id": given.owner_id,
        "created_at": work.now,
        "changed_at": work.now,
        "expires_at": work.now + KEPT,
    }
    sealed = {
        "file_sealed": sm4.seal(key, given.data, _place(row, "file")),
        "said_sealed": sm4.seal(key, canonical.dumps(said), _place(row, "said")),
    }
    queries.add_upload(work.session, row | sealed)
    return upload_id


def load(work: Work, owner_id: str, kind: str, upload_id: str, *, lock: bool = False) -> Upload:
    """Return an upload with its file. Raises NotFound."""
    row = queries.upload(work.session, upload_id, lock=lock)
    if row is None or (row["owner_id"], row["kind"]) != (owner_id, kind):
        raise NotFound("upload_unknown")
    if row["expires_at"] <= work.now:
        raise NotFound("upload_unknown")
    key = RecordKeys.of(work.runtime).open_existing(work.session, [upload_id]).get(upload_id)
    if key is None:
        raise NotFound("upload_unknown")
    brief = _brief(row, key)
    data = sm4.unseal(key, row["file_sealed"], _place(row, "file"))
    return Upload(**{name: getattr(brief, name) for name in Brief.__slots__}, data=data)


def of_owner(work: Work, owner_id: str, kind: str) -> list[Brief]:
    """Return somebody's waiting uploads, the newest first."""
    live = _live(work, owner_id, kind)
    ids = [row["id"] for row in live]
    keys = RecordKeys.of(work.runtime).open_existing(work.session, ids)
    known = ((row, keys.get(row["id"])) for row in live)
    return [_brief(row, key) for row, key in known if key is not None]


def change(work: Work, upload: Brief, said: Mapping[str, Json]) -> None:
    """Replace what is said about an upload that the caller holds; its time begins anew."""
    key = RecordKeys.of(work.runtime).open(work.session, upload.id)
    content = canonical.dumps({"filename": upload.filename, "said": dict(said)})
    whose = {name: getattr(upload, name) for name in _WHOSE}
    values = {
        "said_sealed": sm4.seal(key, content, _place(whose, "said")),
        "changed_at": work.now,
        "expires_at": work.now + KEPT,
    }
    queries.change_upload(work.session, upload.id, values)


def forget(work: Work, upload_ids: Sequence[str]) -> None:
    """Destroy the keys of uploads and delete them."""
    RecordKeys.of(work.runtime).destroy(work, upload_ids)
    queries.delete_uploads(work.session, upload_ids)


def forget_expired(work: Work) -> int:
    """Forget uploads whose time is over, a chunk of them; return how many."""
    found = queries.expired(work.session, work.now, limit=CHUNK)
    if found:
        forget(work, found)
    return len(found)


def _live(work: Work, owner_id: str, kind: str) -> list[Mapping[Any, Any]]:
    rows = queries.uploads_of(work.session, owner_id, kind)
    return [row for row in rows if row["expires_at"] > work.now]


def _brief(row: Mapping[Any, Any], key: bytes) -> Brief:
    content = canonical.loads(sm4.unseal(key, row["said_sealed"], _place(row, "said")))
    assert isinstance(content, dict)
    said = content["said"]
    assert isinstance(said, dict)
    open_names = (*_WHOSE, "created_at", "changed_at", "expires_at")
    shown = {name: row[name] for name in open_names}
    return Brief(**shown, filename=str(content["filename"]), said=said)


def _place(row: Mapping[Any, Any], part: str) -> bytes:
    """Return what a seal is bound to: which upload, of which kind, whose, and which part of it."""
    return "/".join([*(row[name] for name in _WHOSE), part]).encode()
