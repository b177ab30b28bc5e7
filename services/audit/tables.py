"""What was done, by whom: a row MAC at once, the chain a moment later (engineering G9)."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from ledger.tables import UtcTime
from services.platform.db import METADATA

AUDIT_EVENT = Table(
    "audit_event",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(40), nullable=False),
    Column("action", String(40), nullable=False),
    Column("object", String(80), nullable=False),
    Column("result", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)

AUDIT_OUTBOX = Table(
    "audit_outbox",
    METADATA,
    Column("event_id", ForeignKey("audit_event.id"), primary_key=True),
)
"""Events that are not in the chain yet: what the sealer looks at, however long the trail is."""

AUDIT_SEAL = Table(
    "audit_seal",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("event_id", ForeignKey("audit_event.id"), nullable=False, unique=True),
    Column("mac", LargeBinary(32), nullable=False),
)
"""The chain: each link is HMAC-SM3 over the event and the link before it."""

AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("mac", LargeBinary(32), nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("log_origin", String(200), nullable=False),
    Column("log_index", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""A head of the chain that became an entry of the registry log, and so is anchored."""

ALARM = Table(
    "alarm",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("raised_at", UtcTime, nullable=False),
    Column("cleared_at", UtcTime, nullable=True),
)
