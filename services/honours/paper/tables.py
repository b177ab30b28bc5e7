"""How the paper of an institution or of one of its programmes looks."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from ledger.tables import UtcTime
from services.platform.db import METADATA

PAPER_LOOK = Table(
    "paper_look",
    METADATA,
    Column("subject_id", String(40), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("design", String(20), nullable=False),
    Column("title", String(40), nullable=True),
    Column("signatories", Text, nullable=False),
    Column("offset_x", Integer, nullable=False),
    Column("offset_y", Integer, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""`subject_id` is an institution or a programme. `signatories` is a JSON list of {"name", "title"};
offsets in hundredths of a millimetre. The MAC: whose names stand on paper is nobody else's choice.
"""
