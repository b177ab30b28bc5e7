"""Tables of the platform itself: keys of single records, and answers that were given once."""

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, String, Table

from services.platform.db import METADATA, UtcTime

RECORD_KEY = Table(
    "record_key",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("wrapped", LargeBinary, nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("destroyed_at", UtcTime, nullable=True),
    CheckConstraint("(wrapped IS NULL) = (destroyed_at IS NOT NULL)", name="destroyed"),
)
"""The key of one record, by the record's id. A destroyed one leaves its row, without the key."""

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    Column("actor", String(64), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("status", Integer, nullable=True),
    Column("body_sealed", LargeBinary, nullable=True),
    Column("created_at", UtcTime, nullable=False),
)
"""What was answered to a request that carries an Idempotency-Key, by who asked."""
