"""certification authority"""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the node's own certification authority."""
    op.create_table(
        "authority",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", UtcTime(), nullable=False),
        sa.Column("valid_to", UtcTime(), nullable=False),
        sa.Column("revoked_version", sa.Integer(), nullable=False),
        sa.Column("revoked_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_authority")),
        sa.UniqueConstraint("kind", "seq", name=op.f("uq_authority_kind_seq")),
    )
    op.create_table(
        "authority_certificate",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("issuer", sa.String(length=43), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=23), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=True),
        sa.Column("valid_from", UtcTime(), nullable=False),
        sa.Column("valid_to", UtcTime(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.Column("reason", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority_certificate")),
        sa.UniqueConstraint(
            "issuer", "serial", name=op.f("uq_authority_certificate_issuer_serial")
        ),
    )
    op.create_index("ix_authority_certificate_key", "authority_certificate", ["key"])
    op.create_index("ix_authority_certificate_subject", "authority_certificate", ["subject"])
    op.create_table(
        "authority_list",
        sa.Column("issuer", sa.String(length=43), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("this_update", UtcTime(), nullable=False),
        sa.Column("next_update", UtcTime(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer"], ["authority.kid"], name=op.f("fk_authority_list_issuer")
        ),
        sa.PrimaryKeyConstraint("issuer", "number", name=op.f("pk_authority_list")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("authority_list")
    op.drop_table("authority_certificate")
    op.drop_table("authority")
