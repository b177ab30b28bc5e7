"""Node-wide status lists: which place belongs to which credential, and what it says now."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ledger.tables import UtcTime
from services.platform.db import METADATA

STATUS_LIST = Table(
    "status_list",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("uri", String(200), nullable=False, unique=True),
    Column("capacity", Integer, nullable=False),
    Column("changes", BigInteger, nullable=False),
    Column("changed_mac", LargeBinary(32), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""A list, whose address is under the row's MAC. `changed_mac` is over all its entries that say
anything but valid, at version `changes`: an entry that was set back by hand is missed."""

STATUS_ENTRY = Table(
    "status_entry",
    METADATA,
    Column("credential", LargeBinary(32), primary_key=True),
    Column("list_number", ForeignKey("status_list.number"), nullable=False),
    Column("idx", Integer, nullable=False),
    Column("value", Integer, nullable=False),
    Column("since", UtcTime, nullable=True),
    Column("reason", String(40), nullable=True),
    Column("successor", String(22), nullable=True),
    Column("version", Integer, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    UniqueConstraint("list_number", "idx"),
)
"""The status of one credential, by the SM3 of its issuer-signed JWT."""

STATUS_PUBLICATION = Table(
    "status_publication",
    METADATA,
    Column("list_number", ForeignKey("status_list.number"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("changes", BigInteger, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("token", Text, nullable=False),
)
"""The newest signed list; replaced in place, `seq` only grows. `changes` tells how many changes
of the list it shows: while that is fewer than the list has, it is due."""
