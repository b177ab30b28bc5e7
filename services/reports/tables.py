"""What people report about certificates: sealed, found by a ticket that only they hold."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, String, Table

from services.platform.db import METADATA, UtcTime

REPORT = Table(
    "report",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("ticket", LargeBinary(32), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),
    Column("answer_sealed", LargeBinary, nullable=True),
    Column("handler", String(40), nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    CheckConstraint("state IN ('open', 'read', 'closed')", name="state"),
    Index("ix_report_state", "state", "created_at"),
)
"""`ticket` is a keyed digest (HMAC-SM3) of the ticket. Both sealed columns are under the report's
own record key: destroying it forgets who wrote and what."""
