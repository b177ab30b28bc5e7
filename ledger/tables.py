"""Tables of the ledger: logs, entries, node hashes, checkpoints, anchors and their transactions.

Portable   SQLite and PostgreSQL hold the same rows; every constraint has a name
Ids        made by the application: a log's id is the first 16 bytes of SM3(origin)
Times      UtcTime: aware UTC to the second in Python, RFC 3339 text or timestamptz below
Hashes     32 raw bytes; a log's entries keep their leaf hash, `log_node` the levels above it
Exactly once is the database's word: one entry an index and a digest, one anchor a number and
in flight, one transaction a nonce. METADATA is the ledger's own; migrations join it with others.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

from ledger import times
from ledger.errors import LogInconsistent

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An instant: aware UTC, whole seconds. Text sorts like time, so comparing works on both."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose text of 20 characters on SQLite, timestamptz elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(20))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive and fractional instants with ValueError before they are stored."""
        if value is None:
            return None
        written = times.to_text(value)
        return written if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC, whatever time zone the connection speaks.

        Raises LogInconsistent for what is no instant.
        """
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        try:
            return times.from_text(str(value))
        except ValueError as error:  # SQLite keeps whatever somebody writes into the column
            raise LogInconsistent("time_altered") from error


LOG = Table(
    "log",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("origin", String(160), nullable=False, unique=True),
    Column("institution", String(64), nullable=False),
    Column("year", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("last_time", UtcTime),
    Column("closed", Boolean, nullable=False),
    Column("signed_size", BigInteger, nullable=False),
    CheckConstraint("size >= signed_size AND signed_size >= 0", name="sizes"),
    Index("ix_log_institution_year", "institution", "year"),
    # The logs that await a checkpoint: few, found without reading the others.
    Index(
        "ix_log_unsigned",
        "id",
        sqlite_where=text("size > signed_size"),
        postgresql_where=text("size > signed_size"),
    ),
)

LOG_ENTRY = Table(
    "log_entry",
    METADATA,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("leaf", LargeBinary(32), nullable=False),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("log_id", "digest"),
)

LOG_NODE = Table(
    "log_node",
    METADATA,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)

CHECKPOINT = Table(
    "checkpoint",
    METADATA,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("size > 0", name="size"),
)

ANCHOR_TX = Table(
    "anchor_tx",
    METADATA,
    Column("id", LargeBinary(16), primary_key=True),
    Column("chain", String(80), nullable=False),
    Column("sender", String(80), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("signed_at", UtcTime, nullable=False),
    UniqueConstraint("chain", "sender", "nonce"),
)

_IN_FLIGHT = text("state <> 'final'")

ANCHOR = Table(
    "anchor",
    METADATA,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("chain", String(80), nullable=False),
    Column("state", String(8), nullable=False),
    Column("planned_at", UtcTime, nullable=False),
    Column("tx_id", ForeignKey("anchor_tx.id")),
    Column("block_number", BigInteger),
    Column("block_hash", LargeBinary(32)),
    Column("block_time", UtcTime),
    Column("tx_hash", LargeBinary(32)),
    Column("final_at", UtcTime),
    Column("receipt", Text),
    ForeignKeyConstraint(
        ["log_id", "size"], ["checkpoint.log_id", "checkpoint.size"], name="fk_anchor_checkpoint"
    ),
    UniqueConstraint("log_id", "size"),
    CheckConstraint("state IN ('planned', 'signed', 'final', 'diverged')", name="state"),
    CheckConstraint("state <> 'signed' OR tx_id IS NOT NULL", name="signed"),
    CheckConstraint(
        "state <> 'final' OR (block_hash IS NOT NULL AND block_number IS NOT NULL"
        " AND block_time IS NOT NULL AND tx_hash IS NOT NULL AND final_at IS NOT NULL)",
        name="final",
    ),
    CheckConstraint("seq > 0", name="seq"),
    Index("ix_anchor_tx_id", "tx_id"),
    Index(
        "ix_anchor_without_receipt",
        "final_at",
        sqlite_where=text("receipt IS NULL"),
        postgresql_where=text("receipt IS NULL"),
    ),
    Index(
        "uq_anchor_in_flight",
        "log_id",
        unique=True,
        sqlite_where=_IN_FLIGHT,
        postgresql_where=_IN_FLIGHT,
    ),
)

# The chain of a node without a chain: one row a block, each naming the hash of the one before.
LOCAL_CHAIN = Table(
    "local_chain",
    METADATA,
    Column("chain", String(80), primary_key=True),
    Column("height", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("prev", LargeBinary(32), nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("tx", LargeBinary, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
    UniqueConstraint("chain", "prev"),
    CheckConstraint("height > 0", name="height"),
)

LOCAL_ANCHOR = Table(
    "local_anchor",
    METADATA,
    Column("chain", String(80), primary_key=True),
    Column("log_id", LargeBinary(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("height", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    ForeignKeyConstraint(
        ["chain", "height"], ["local_chain.chain", "local_chain.height"], name="fk_local_anchor"
    ),
)
