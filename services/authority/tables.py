"""The node's own certification authority: its certificates and keys, what it issued, its lists."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ledger.tables import UtcTime
from services.platform.db import METADATA

AUTHORITY = Table(
    "authority",
    METADATA,
    Column("kid", String(43), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("public", LargeBinary(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime, nullable=False),
    Column("revoked_version", Integer, nullable=False),
    Column("revoked_mac", LargeBinary(32), nullable=False),
    Column("list_number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    UniqueConstraint("kind", "seq"),
)
"""Root, issuing authority and status responders; of a kind, the greatest `seq` is the present one.

`revoked_mac` is over all certificates of this issuer that were revoked, at `revoked_version`: one
that was set back by hand is missed. `list_number` is the number of its newest revocation list."""

AUTHORITY_CERTIFICATE = Table(
    "authority_certificate",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("issuer", String(43), nullable=False),
    Column("serial", String(40), nullable=False),
    Column("own", Boolean, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("subject", String(23), nullable=False),
    Column("key", String(43), nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("chain", Text, nullable=True),
    Column("valid_from", UtcTime, nullable=False),
    Column("valid_to", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime, nullable=True),
    Column("reason", Integer, nullable=True),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    UniqueConstraint("issuer", "serial"),
    Index("ix_authority_certificate_subject", "subject"),
    Index("ix_authority_certificate_key", "key"),
)
"""A certificate of a person or institution, issued by us (`own`) or imported.

`issuer` is the SM3 of the issuer's name, `serial` hexadecimal; `key` the kid of the certified key.
`chain` has the certificates above an imported one, PEM, up to the one that was trusted."""

AUTHORITY_LIST = Table(
    "authority_list",
    METADATA,
    Column("issuer", ForeignKey("authority.kid"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("changes", Integer, nullable=False),
    Column("this_update", UtcTime, nullable=False),
    Column("next_update", UtcTime, nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""Signed revocation lists. `changes` tells which `revoked_version` of the issuer a list shows."""
