"""Institutions, what they are called and may issue, their keys and the node's, over time."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ledger.tables import UtcTime
from services.platform.db import METADATA

INSTITUTION = Table(
    "institution",
    METADATA,
    Column("id", String(23), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("name_zh", String(120), nullable=False),
    Column("name_en", String(200), nullable=True),
    Column("region", String(6), nullable=False),
    Column("uscc", String(18), nullable=True, unique=True),
    Column("telephone", String(30), nullable=False),
    Column("superior_id", ForeignKey("institution.id"), nullable=True),
    Column("state", String(12), nullable=False),
    Column("codes_version", Integer, nullable=False),
    Column("codes_mac", LargeBinary(32), nullable=False),
    Column("keys_version", Integer, nullable=False),
    Column("keys_mac", LargeBinary(32), nullable=False),
    Column("accreditations_version", Integer, nullable=False),
    Column("accreditations_mac", LargeBinary(32), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""An institution, and the MACs over its codes, its keys and its accreditations."""

SCHOOL_CODE = Table(
    "school_code",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("code", String(10), nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime, nullable=True),
    Column("reason", String(12), nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    Index(
        "uq_school_code_code",
        "code",
        unique=True,
        sqlite_where=text("reason <> 'reopened'"),
        postgresql_where=text("reason <> 'reopened'"),
    ),
    Index(
        "uq_school_code_current",
        "institution_id",
        unique=True,
        sqlite_where=text("valid_to IS NULL"),
        postgresql_where=text("valid_to IS NULL"),
    ),
)
"""A code is an alias with a history; a void code is never given to another school."""

INSTITUTION_KEY = Table(
    "institution_key",
    METADATA,
    Column("kid", String(43), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("use", String(12), nullable=False),
    Column("public", LargeBinary(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime, nullable=True),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)

NODE_KEY = Table(
    "node_key",
    METADATA,
    Column("kid", String(43), primary_key=True),
    Column("use", String(12), nullable=False),
    Column("public", LargeBinary(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime, nullable=True),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""The node's log, receipt, status and document keys."""

NODE_SET = Table(
    "node_set",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""The MAC over a set of rows that belongs to the node itself: that of node_key."""

ACCREDITATION = Table(
    "accreditation",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("type", String(40), nullable=False),
    Column("levels", String(200), nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime, nullable=True),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""May this institution issue this type at these award levels (comma-separated), and when."""

ISSUER_RECORD = Table(
    "issuer_record",
    METADATA,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("log_origin", String(200), nullable=False),
    Column("log_index", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("institution_id", "seq"),
    UniqueConstraint("log_origin", "log_index"),
)
"""A record that two registrars signed; an entry of the node's registry log."""

RECORD_DRAFT = Table(
    "record_draft",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False, unique=True),
    Column("payload", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("registrar", String(40), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)
"""A record with its first registrar's signature, waiting for the second; one per institution."""
