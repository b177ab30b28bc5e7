"""What people are told, where else it goes, and where somebody can be reached."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from services.platform.db import METADATA, UtcTime

NOTICE = Table(
    "notice",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("edu_id", String(18), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("params_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("read_at", UtcTime, nullable=True),
    Index("ix_notice_edu_id", "edu_id", "created_at"),
)
"""One thing that one person is told. The row itself is the message inside Kexin."""

NOTICE_DELIVERY = Table(
    "notice_delivery",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("notice_id", ForeignKey("notice.id"), nullable=False),
    Column("contact_id", ForeignKey("contact.id"), nullable=True),
    Column("channel", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("done_at", UtcTime, nullable=True),
    Column("error_code", String(40), nullable=True),
    Index("uq_notice_delivery_notice_channel", "notice_id", "channel", unique=True),
    Index("ix_notice_delivery_due", "state", "due_at"),
)
"""A notice on its way over one channel; `due_at` is also the end of the lease of who sends it.

`contact_id` is null for a printed slip: it goes to the person through his class.
"""

CONTACT = Table(
    "contact",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("edu_id", String(18), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("address_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=True),
    Column("mac", LargeBinary(32), nullable=False),
    Index("ix_contact_edu_id", "edu_id"),
)
"""Where a person can be reached. Whoever could change it by hand would read another's notices."""
