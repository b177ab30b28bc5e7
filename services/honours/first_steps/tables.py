"""Which of the first steps that leave no other trace an institution has done."""

from sqlalchemy import Column, ForeignKey, String, Table

from ledger.tables import UtcTime
from services.platform.db import METADATA

FIRST_STEP = Table(
    "first_step",
    METADATA,
    Column("institution_id", ForeignKey("institution.id"), primary_key=True),
    Column("step", String(12), primary_key=True),
    Column("at", UtcTime, nullable=False),
)
"""Nothing rests on it but a list on a page, so it carries no MAC."""
