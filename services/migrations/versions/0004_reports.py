"""reports of suspicious certificates"""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of reports."""
    op.create_table(
        "report",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("ticket", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("handler", sa.String(length=40), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'read', 'closed')", name=op.f("ck_report_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("ticket", name=op.f("uq_report_ticket")),
    )
    op.create_index("ix_report_state", "report", ["state", "created_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("report")
