"""the look of paper"""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of looks."""
    op.create_table(
        "paper_look",
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("design", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=True),
        sa.Column("signatories", sa.Text(), nullable=False),
        sa.Column("offset_x", sa.Integer(), nullable=False),
        sa.Column("offset_y", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_paper_look_institution_id"),
        ),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_paper_look")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("paper_look")
