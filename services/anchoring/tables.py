"""Receipts the node signed after an anchor was final, and the chain it pinned."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from ledger.tables import UtcTime
from services.platform.db import METADATA

receipt = Table(
    "receipt",
    METADATA,
    Column("origin", String(200), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    UniqueConstraint("origin", "size"),
)

chain_pin = Table(
    "chain_pin",
    METADATA,
    Column("chain", String(80), primary_key=True),
    Column("genesis", String(66), nullable=False),
    Column("contract", String(42), nullable=False),
    Column("code_digest", LargeBinary(32), nullable=False),
    Column("driver", String(8), nullable=False),
    Column("pinned_at", UtcTime, nullable=False),
)
"""What the first contact with the chain found; anything else later is refused."""
