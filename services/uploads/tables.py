"""Uploads that wait: a file and what was said about it, until it becomes something or expires."""

from sqlalchemy import Column, Index, LargeBinary, String, Table

from services.platform.db import METADATA, UtcTime

UPLOAD = Table(
    "upload",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("tenant", String(40), nullable=False),
    Column("owner_id", String(40), nullable=False),
    Column("file_sealed", LargeBinary, nullable=False),
    Column("said_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_upload_owner", "owner_id", "kind"),
    Index("ix_upload_expires", "expires_at"),
)
"""Both sealed columns are under the upload's own record key: destroying it forgets the file."""
