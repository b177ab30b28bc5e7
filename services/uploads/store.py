"""Files that people sent and go on working with: kept sealed, for their owner, for some days.

Kept       the bytes, the file's name and what was said about it (canonical JSON), each sealed
           under the upload's own record key, so that nothing of it lies open anywhere
Seen       by its owner alone; for everybody else there is no such upload
Ends       when it became something else, was thrown away, or KEPT after the last change: the key
           is destroyed and the row deleted
Errors     NotFound upload_unknown; Conflict uploads_too_many
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
    tenant: str
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
    if len(queries.uploads_of(work.session, given.owner_id, given.kind)) >= MOST:
        raise Conflict("uploads_too_many", most=MOST)
    upload_id = new_id("upl", work.random)
    key = RecordKeys.of(work.runtime).create(work, [upload_id])[upload_id]
    said = {"filename": given.filename, "said": dict(given.said)}
    row = {
        "id": upload_id,
        "kind": given.kind,
        "tenant": given.tenant,
        "owner_id": given.owner_id,
        "file_sealed": sm4.seal(key, given.data, _place(upload_id, "file")),
        "said_sealed": sm4.seal(key, canonical.dumps(said), _place(upload_id, "said")),
        "created_at": work.now,
        "changed_at": work.now,
        "expires_at": work.now + KEPT,
    }
    queries.add_upload(work.session, row)
    return upload_id


def load(work: Work, owner_id: str, kind: str, upload_id: str, *, lock: bool = False) -> Upload:
    """Return an upload with its file. Raises NotFound."""
    row = queries.upload(work.session, upload_id, lock=lock)
    if row is None or (row["owner_id"], row["kind"]) != (owner_id, kind):
        raise NotFound("upload_unknown")
    if row["expires_at"] <= work.now:
        raise NotFound("upload_unknown")
    key = RecordKeys.of(work.runtime).open(work.session, upload_id)
    brief = _brief(row, key)
    data = sm4.unseal(key, row["file_sealed"], _place(upload_id, "file"))
    return Upload(**{name: getattr(brief, name) for name in Brief.__slots__}, data=data)


def of_owner(work: Work, owner_id: str, kind: str) -> list[Brief]:
    """Return somebody's waiting uploads, the newest first."""
    rows = queries.uploads_of(work.session, owner_id, kind)
    live = [row for row in rows if row["expires_at"] > work.now]
    keys = RecordKeys.of(work.runtime).open_many(work.session, [row["id"] for row in live])
    return [_brief(row, keys[row["id"]]) for row in live]


def change(work: Work, upload: Brief, said: Mapping[str, Json]) -> None:
    """Replace what is said about an upload that the caller holds; its time begins anew."""
    key = RecordKeys.of(work.runtime).open(work.session, upload.id)
    content = canonical.dumps({"filename": upload.filename, "said": dict(said)})
    values = {
        "said_sealed": sm4.seal(key, content, _place(upload.id, "said")),
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


def _brief(row: Mapping[Any, Any], key: bytes) -> Brief:
    content = canonical.loads(sm4.unseal(key, row["said_sealed"], _place(row["id"], "said")))
    assert isinstance(content, dict)
    said = content["said"]
    assert isinstance(said, dict)
    times = (row["created_at"], row["changed_at"], row["expires_at"])
    return Brief(row["id"], row["tenant"], str(content["filename"]), said, *times)


def _place(upload_id: str, part: str) -> bytes:
    return f"{upload_id}/{part}".encode()
