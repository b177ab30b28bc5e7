"""the first steps of a school"""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of first steps."""
    op.create_table(
        "first_step",
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_first_step_institution_id"),
        ),
        sa.PrimaryKeyConstraint("institution_id", "step", name=op.f("pk_first_step")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("first_step")
