"""who was left out of a batch"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of excluded persons."""
    op.create_table(
        "excluded_person",
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("person_index", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_excluded_person_batch_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "person_index", name=op.f("pk_excluded_person")),
    )
    op.create_index("ix_excluded_person_person", "excluded_person", ["person_index"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("excluded_person")
