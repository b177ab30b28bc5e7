"""Every SELECT about uploads, and how their rows change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.orm import Session

from services.uploads.tables import UPLOAD

Row = Mapping[Any, Any]
_SMALL = tuple(column for column in UPLOAD.c if column.name != "file_sealed")
"""Everything but the file, which may have megabytes."""


def upload(session: Session, upload_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return an upload; `lock` holds its row until the commit."""
    asked = select(UPLOAD).where(UPLOAD.c.id == upload_id)
    return session.execute(asked.with_for_update() if lock else asked).mappings().one_or_none()


def uploads_of(session: Session, owner_id: str, kind: str) -> Sequence[RowMapping]:
    """Return the uploads of one person without their files, the newest first."""
    asked = select(*_SMALL).where(UPLOAD.c.owner_id == owner_id, UPLOAD.c.kind == kind)
    return session.execute(asked.order_by(UPLOAD.c.changed_at.desc(), UPLOAD.c.id)).mappings().all()


def add_upload(session: Session, row: Row) -> None:
    """Insert an upload."""
    session.execute(insert(UPLOAD), [dict(row)])


def change_upload(session: Session, upload_id: str, values: Row) -> None:
    """Change columns of an upload."""
    session.execute(update(UPLOAD).where(UPLOAD.c.id == upload_id).values(**values))


def delete_uploads(session: Session, upload_ids: Sequence[str]) -> None:
    """Delete uploads."""
    session.execute(delete(UPLOAD).where(UPLOAD.c.id.in_(upload_ids)))


def expired(session: Session, instant: datetime, *, limit: int) -> Sequence[str]:
    """Return the ids of uploads that expired before an instant."""
    asked = select(UPLOAD.c.id).where(UPLOAD.c.expires_at <= instant).limit(limit)
    return session.execute(asked).scalars().all()
