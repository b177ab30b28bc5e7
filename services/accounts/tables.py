"""Persons who act in the node, their operator accounts, roles, keys and sessions.

Every row here decides what somebody may do, so each carries a row MAC, and roles and keys a
set MAC per operator besides (design 5): a row changed, added or deleted by hand is noticed at
its next use and refused.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from ledger.tables import UtcTime
from services.platform.db import METADATA

PERSON = Table(
    "person",
    METADATA,
    Column("edu_id", String(18), primary_key=True),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("document_type", String(20), nullable=False),
    Column("document_sealed", LargeBinary, nullable=False),
    Column("document_index", LargeBinary(32), nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
)
"""One human; the number is random, the dedup index is keyed (identity.md 1.4)."""

OPERATOR = Table(
    "operator",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("edu_id", ForeignKey("person.edu_id"), nullable=False),
    Column("password", LargeBinary, nullable=False),
    Column("totp_sealed", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    Column("roles_version", Integer, nullable=False),
    Column("roles_mac", LargeBinary(32), nullable=False),
    Column("keys_version", Integer, nullable=False),
    Column("keys_mac", LargeBinary(32), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

LOGIN_COUNTER = Table(
    "login_counter",
    METADATA,
    Column("operator_id", ForeignKey("operator.id"), primary_key=True),
    Column("totp_step", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("last_failure_at", UtcTime, nullable=True),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""What moves at every sign-in, apart from the operator's own row (engineering G9); `version` only
grows."""

ROLE_GRANT = Table(
    "role_grant",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("operator_id", ForeignKey("operator.id"), nullable=False),
    Column("role", String(20), nullable=False),
    Column("scope", String(40), nullable=False),
    Column("granted_by", String(40), nullable=False),
    Column("granted_at", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    Index("uq_role_grant_operator_role_scope", "operator_id", "role", "scope", unique=True),
)
"""A role of an operator in a scope: an institution id, or `node`."""

OPERATOR_KEY = Table(
    "operator_key",
    METADATA,
    Column("kid", String(43), primary_key=True),
    Column("operator_id", ForeignKey("operator.id"), nullable=False),
    Column("use", String(12), nullable=False),
    Column("public", LargeBinary(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime, nullable=True),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""A personal SM2 key (approval or registrar), wrapped under the password and then the node."""

SESSION = Table(
    "session",
    METADATA,
    Column("token_digest", LargeBinary(32), primary_key=True),
    Column("operator_id", ForeignKey("operator.id"), nullable=False),
    Column("acr", String(20), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("last_seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)

DELEGATION = Table(
    "delegation",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("scope", String(40), nullable=False),
    Column("within", String(40), nullable=True),
    Column("from_operator_id", ForeignKey("operator.id"), nullable=False),
    Column("from_edu_id", String(18), nullable=False),
    Column("to_operator_id", ForeignKey("operator.id"), nullable=False),
    Column("to_edu_id", String(18), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=True),
    Column("mac", LargeBinary(32), nullable=False),
    Index("ix_delegation_to", "to_operator_id"),
)
"""A role lent for a time: `within` narrows the scope to one thing in it, such as a programme. A
deleted row only takes a right away, so there is no MAC over the set."""
