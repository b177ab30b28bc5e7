"""The table of jobs: what is to be done, how far it is, and who holds it until when.

A job is open while queued or running, and there is one open job of a kind for a subject at
most. `attempt` is the fencing token: it grows with every claim, and a worker that lost its
lease meets no row when it writes under the old one. `deaths` counts the workers that vanished
since the job last moved.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, Table, text

from services.platform.db import METADATA, UtcTime

_OPEN = text("state IN ('queued', 'running')")

JOB = Table(
    "job",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("state", String(8), nullable=False),
    Column("owner", String(80), nullable=True),
    Column("lease_until", UtcTime, nullable=True),
    Column("not_before", UtcTime, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("deaths", Integer, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("error_code", String(60), nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
    CheckConstraint("(state = 'running') = (owner IS NOT NULL)", name="owner"),
    CheckConstraint("(owner IS NULL) = (lease_until IS NULL)", name="lease"),
    Index(
        "uq_job_open_kind_subject",
        "kind",
        "subject",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    Index("ix_job_open", "not_before", sqlite_where=_OPEN, postgresql_where=_OPEN),
)
