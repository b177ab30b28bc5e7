"""every table of the spine"""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "alarm",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.Column("cleared_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_table(
        "anchor_tx",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("sender", sa.String(length=80), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchor_tx")),
        sa.UniqueConstraint(
            "chain", "sender", "nonce", name=op.f("uq_anchor_tx_chain_sender_nonce")
        ),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("preparer_edu_id", sa.String(length=18), nullable=False),
        sa.Column("approver_edu_id", sa.String(length=18), nullable=False),
        sa.Column("approver_kid", sa.String(length=43), nullable=False),
        sa.Column("ground", sa.String(length=12), nullable=False),
        sa.Column("delegation_id", sa.String(length=40), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("log_origin", sa.String(length=200), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("bound_at", UtcTime(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint(
            "approver_edu_id <> preparer_edu_id", name=op.f("ck_approval_two_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("digest", name=op.f("uq_approval_digest")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_approval_subject_id")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object", sa.String(length=80), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_table(
        "audit_head",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("log_origin", sa.String(length=200), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "institution",
        sa.Column("id", sa.String(length=23), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("telephone", sa.String(length=30), nullable=False),
        sa.Column("superior_id", sa.String(length=23), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("codes_version", sa.Integer(), nullable=False),
        sa.Column("codes_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("keys_version", sa.Integer(), nullable=False),
        sa.Column("keys_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("accreditations_version", sa.Integer(), nullable=False),
        sa.Column("accreditations_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["superior_id"], ["institution.id"], name=op.f("fk_institution_superior_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("uscc", name=op.f("uq_institution_uscc")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("not_before", UtcTime(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("error_code", sa.String(length=60), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.CheckConstraint("(state = 'running') = (owner IS NOT NULL)", name=op.f("ck_job_owner")),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_job_state")
        ),
        sa.CheckConstraint("(owner IS NULL) = (lease_until IS NULL)", name=op.f("ck_job_lease")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            "ix_job_open",
            ["not_before"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.create_index(
            "uq_job_open_kind_subject",
            ["kind", "subject"],
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )

    op.create_table(
        "local_chain",
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("height", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prev", sa.LargeBinary(length=32), nullable=False),
        sa.Column("time", UtcTime(), nullable=False),
        sa.Column("tx", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.CheckConstraint("height > 0", name=op.f("ck_local_chain_height")),
        sa.PrimaryKeyConstraint("chain", "height", name=op.f("pk_local_chain")),
        sa.UniqueConstraint("chain", "prev", name=op.f("uq_local_chain_chain_prev")),
        sa.UniqueConstraint("hash", name=op.f("uq_local_chain_hash")),
    )
    op.create_table(
        "log",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("origin", sa.String(length=160), nullable=False),
        sa.Column("institution", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("last_time", UtcTime(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("signed_size", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("size >= signed_size AND signed_size >= 0", name=op.f("ck_log_sizes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log")),
        sa.UniqueConstraint("origin", name=op.f("uq_log_origin")),
    )
    with op.batch_alter_table("log", schema=None) as batch_op:
        batch_op.create_index("ix_log_institution_year", ["institution", "year"], unique=False)
        batch_op.create_index(
            "ix_log_unsigned",
            ["id"],
            unique=False,
            sqlite_where=sa.text("size > signed_size"),
            postgresql_where=sa.text("size > signed_size"),
        )

    op.create_table(
        "node_key",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("use", sa.String(length=12), nullable=False),
        sa.Column("public", sa.LargeBinary(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", UtcTime(), nullable=False),
        sa.Column("valid_to", UtcTime(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_node_key")),
    )
    op.create_table(
        "node_set",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_node_set")),
    )
    op.create_table(
        "number_series",
        sa.Column("prefix", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(length=1), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", "letter", name=op.f("pk_number_series")),
    )
    op.create_table(
        "person",
        sa.Column("edu_id", sa.String(length=18), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("document_type", sa.String(length=20), nullable=False),
        sa.Column("document_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("document_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("edu_id", name=op.f("pk_person")),
        sa.UniqueConstraint("document_index", name=op.f("uq_person_document_index")),
    )
    op.create_table(
        "record_key",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("destroyed_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "(wrapped IS NULL) = (destroyed_at IS NOT NULL)", name=op.f("ck_record_key_destroyed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_key")),
    )
    op.create_table(
        "status_list",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(length=200), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("changed_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_status_list")),
        sa.UniqueConstraint("uri", name=op.f("uq_status_list_uri")),
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("file_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("said_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index("ix_upload_expires", ["expires_at"], unique=False)
        batch_op.create_index("ix_upload_owner", ["owner_id", "kind"], unique=False)

    op.create_table(
        "accreditation",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("levels", sa.String(length=200), nullable=False),
        sa.Column("valid_from", UtcTime(), nullable=False),
        sa.Column("valid_to", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_accreditation_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation")),
    )
    op.create_table(
        "audit_outbox",
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["audit_event.id"], name=op.f("fk_audit_outbox_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_audit_outbox")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["audit_event.id"], name=op.f("fk_audit_seal_event_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_seal_event_id")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("log_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("time", UtcTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_checkpoint_size")),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_checkpoint_log_id")),
        sa.PrimaryKeyConstraint("log_id", "size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "institution_key",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("use", sa.String(length=12), nullable=False),
        sa.Column("public", sa.LargeBinary(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", UtcTime(), nullable=False),
        sa.Column("valid_to", UtcTime(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_institution_key_institution_id")
        ),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_institution_key")),
    )
    op.create_table(
        "issuer_record",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("log_origin", sa.String(length=200), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_issuer_record_institution_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_issuer_record")),
        sa.UniqueConstraint(
            "institution_id", "seq", name=op.f("uq_issuer_record_institution_id_seq")
        ),
        sa.UniqueConstraint(
            "log_origin", "log_index", name=op.f("uq_issuer_record_log_origin_log_index")
        ),
    )
    op.create_table(
        "local_anchor",
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("log_id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["chain", "height"], ["local_chain.chain", "local_chain.height"], name="fk_local_anchor"
        ),
        sa.PrimaryKeyConstraint("chain", "log_id", "seq", name=op.f("pk_local_anchor")),
    )
    op.create_table(
        "log_entry",
        sa.Column("log_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_log_entry_log_id")),
        sa.PrimaryKeyConstraint("log_id", "index", name=op.f("pk_log_entry")),
        sa.UniqueConstraint("log_id", "digest", name=op.f("uq_log_entry_log_id_digest")),
    )
    op.create_table(
        "log_node",
        sa.Column("log_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_log_node_log_id")),
        sa.PrimaryKeyConstraint("log_id", "level", "index", name=op.f("pk_log_node")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("edu_id", sa.String(length=18), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("roles_version", sa.Integer(), nullable=False),
        sa.Column("roles_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("keys_version", sa.Integer(), nullable=False),
        sa.Column("keys_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["edu_id"], ["person.edu_id"], name=op.f("fk_operator_edu_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("login", name=op.f("uq_operator_login")),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("awards", sa.Text(), nullable=False),
        sa.Column("statement", sa.String(length=300), nullable=True),
        sa.Column("contest", sa.Boolean(), nullable=False),
        sa.Column("approval_number", sa.String(length=80), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("open_from", sa.String(length=10), nullable=False),
        sa.Column("open_to", sa.String(length=10), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_programme_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint(
            "institution_id", "name", name=op.f("uq_programme_institution_id_name")
        ),
    )
    op.create_table(
        "record_draft",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("registrar", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_record_draft_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_draft")),
        sa.UniqueConstraint("institution_id", name=op.f("uq_record_draft_institution_id")),
    )
    op.create_table(
        "school_code",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("valid_from", UtcTime(), nullable=False),
        sa.Column("valid_to", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_school_code_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_code")),
    )
    with op.batch_alter_table("school_code", schema=None) as batch_op:
        batch_op.create_index(
            "uq_school_code_code",
            ["code"],
            unique=True,
            sqlite_where=sa.text("reason <> 'reopened'"),
            postgresql_where=sa.text("reason <> 'reopened'"),
        )
        batch_op.create_index(
            "uq_school_code_current",
            ["institution_id"],
            unique=True,
            sqlite_where=sa.text("valid_to IS NULL"),
            postgresql_where=sa.text("valid_to IS NULL"),
        )

    op.create_table(
        "status_entry",
        sa.Column("credential", sa.LargeBinary(length=32), nullable=False),
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("since", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("successor", sa.String(length=22), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_number"], ["status_list.number"], name=op.f("fk_status_entry_list_number")
        ),
        sa.PrimaryKeyConstraint("credential", name=op.f("pk_status_entry")),
        sa.UniqueConstraint("list_number", "idx", name=op.f("uq_status_entry_list_number_idx")),
    )
    op.create_table(
        "status_publication",
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_number"], ["status_list.number"], name=op.f("fk_status_publication_list_number")
        ),
        sa.PrimaryKeyConstraint("list_number", name=op.f("pk_status_publication")),
    )
    op.create_table(
        "status_request",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("salts", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("preparer_id", sa.String(length=40), nullable=False),
        sa.Column("preparer_edu_id", sa.String(length=18), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_status_request_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_request")),
    )
    op.create_table(
        "anchor",
        sa.Column("log_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("planned_at", UtcTime(), nullable=False),
        sa.Column("tx_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("block_time", UtcTime(), nullable=True),
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("final_at", UtcTime(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state <> 'final' OR (block_hash IS NOT NULL AND block_number IS NOT NULL AND block_time IS NOT NULL AND tx_hash IS NOT NULL AND final_at IS NOT NULL)",
            name=op.f("ck_anchor_final"),
        ),
        sa.CheckConstraint("state <> 'signed' OR tx_id IS NOT NULL", name=op.f("ck_anchor_signed")),
        sa.CheckConstraint(
            "state IN ('planned', 'signed', 'final', 'diverged')", name=op.f("ck_anchor_state")
        ),
        sa.CheckConstraint("seq > 0", name=op.f("ck_anchor_seq")),
        sa.ForeignKeyConstraint(
            ["log_id", "size"],
            ["checkpoint.log_id", "checkpoint.size"],
            name="fk_anchor_checkpoint",
        ),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_anchor_log_id")),
        sa.ForeignKeyConstraint(["tx_id"], ["anchor_tx.id"], name=op.f("fk_anchor_tx_id")),
        sa.PrimaryKeyConstraint("log_id", "seq", name=op.f("pk_anchor")),
        sa.UniqueConstraint("log_id", "size", name=op.f("uq_anchor_log_id_size")),
    )
    with op.batch_alter_table("anchor", schema=None) as batch_op:
        batch_op.create_index("ix_anchor_tx_id", ["tx_id"], unique=False)
        batch_op.create_index(
            "ix_anchor_without_receipt",
            ["final_at"],
            unique=False,
            sqlite_where=sa.text("receipt IS NULL"),
            postgresql_where=sa.text("receipt IS NULL"),
        )
        batch_op.create_index(
            "uq_anchor_in_flight",
            ["log_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'final'"),
            postgresql_where=sa.text("state <> 'final'"),
        )

    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("award_on", sa.String(length=10), nullable=False),
        sa.Column("notice_place", sa.String(length=120), nullable=False),
        sa.Column("notice_from", sa.String(length=10), nullable=False),
        sa.Column("notice_to", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("preparer_id", sa.String(length=40), nullable=False),
        sa.Column("preparer_edu_id", sa.String(length=18), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("exclusions_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("returned_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_batch_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_batch_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_table(
        "delegation",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("within", sa.String(length=40), nullable=True),
        sa.Column("from_operator_id", sa.String(length=40), nullable=False),
        sa.Column("from_edu_id", sa.String(length=18), nullable=False),
        sa.Column("to_operator_id", sa.String(length=40), nullable=False),
        sa.Column("to_edu_id", sa.String(length=18), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("valid_from", UtcTime(), nullable=False),
        sa.Column("valid_to", UtcTime(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_operator_id"], ["operator.id"], name=op.f("fk_delegation_from_operator_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_operator_id"], ["operator.id"], name=op.f("fk_delegation_to_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.create_index("ix_delegation_to", ["to_operator_id"], unique=False)

    op.create_table(
        "login_counter",
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failure_at", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_login_counter_operator_id")
        ),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_login_counter")),
    )
    op.create_table(
        "operator_key",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("use", sa.String(length=12), nullable=False),
        sa.Column("public", sa.LargeBinary(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", UtcTime(), nullable=False),
        sa.Column("valid_to", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_operator_key_operator_id")
        ),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_operator_key")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("granted_by", sa.String(length=40), nullable=False),
        sa.Column("granted_at", UtcTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_role_grant_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(
            "uq_role_grant_operator_role_scope", ["operator_id", "role", "scope"], unique=True
        )

    op.create_table(
        "session",
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("operator_id", sa.String(length=40), nullable=False),
        sa.Column("acr", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("last_seen_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_session_operator_id")
        ),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_session")),
    )
    op.create_table(
        "batch_row",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sheet_row", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("person_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("award_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.String(length=22), nullable=True),
        sa.Column("void_reason", sa.String(length=40), nullable=True),
        sa.Column("void_content", sa.Text(), nullable=True),
        sa.Column("supersedes", sa.String(length=22), nullable=True),
        sa.Column("credential", sa.LargeBinary(length=32), nullable=True),
        sa.Column("persons_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_row_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_row")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_batch_row_batch_id_position")),
        sa.UniqueConstraint("number", name=op.f("uq_batch_row_number")),
    )
    op.create_table(
        "certificate",
        sa.Column("number", sa.String(length=22), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("row_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("person_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("award_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("credential", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("log_origin", sa.String(length=200), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("supersedes", sa.String(length=22), nullable=True),
        sa.Column("issued_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_certificate_batch_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_certificate_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_certificate_programme_id")
        ),
        sa.ForeignKeyConstraint(["row_id"], ["batch_row.id"], name=op.f("fk_certificate_row_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_certificate")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_certificate_batch_id_position")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_certificate_code_digest")),
        sa.UniqueConstraint("credential", name=op.f("uq_certificate_credential")),
        sa.UniqueConstraint(
            "log_origin", "log_index", name=op.f("uq_certificate_log_origin_log_index")
        ),
        sa.UniqueConstraint("row_id", name=op.f("uq_certificate_row_id")),
        sa.UniqueConstraint("supersedes", name=op.f("uq_certificate_supersedes")),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(
            "uq_certificate_live",
            ["institution_id", "programme_id", "period", "person_index", "award_index"],
            unique=True,
            sqlite_where=sa.text("state IN ('SIGNED', 'ISSUED', 'SUSPENDED')"),
            postgresql_where=sa.text("state IN ('SIGNED', 'ISSUED', 'SUSPENDED')"),
        )

    op.create_table(
        "row_person",
        sa.Column("row_id", sa.String(length=40), nullable=False),
        sa.Column("person_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("institution_id", sa.String(length=23), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("award_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_row_person_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_row_person_programme_id")
        ),
        sa.ForeignKeyConstraint(["row_id"], ["batch_row.id"], name=op.f("fk_row_person_row_id")),
        sa.PrimaryKeyConstraint("row_id", "person_index", name=op.f("pk_row_person")),
    )
    with op.batch_alter_table("row_person", schema=None) as batch_op:
        batch_op.create_index("ix_row_person_person", ["person_index"], unique=False)
        batch_op.create_index(
            "uq_row_person_live",
            ["institution_id", "programme_id", "period", "person_index", "award_index"],
            unique=True,
            sqlite_where=sa.text("live"),
            postgresql_where=sa.text("live"),
        )

    op.create_table(
        "status_change",
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=22), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("log_origin", sa.String(length=200), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["certificate.number"], name=op.f("fk_status_change_number")
        ),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_status_change")),
    )


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("status_change")
    with op.batch_alter_table("row_person", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_row_person_live", sqlite_where=sa.text("live"), postgresql_where=sa.text("live")
        )
        batch_op.drop_index("ix_row_person_person")

    op.drop_table("row_person")
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_certificate_live",
            sqlite_where=sa.text("state IN ('SIGNED', 'ISSUED', 'SUSPENDED')"),
            postgresql_where=sa.text("state IN ('SIGNED', 'ISSUED', 'SUSPENDED')"),
        )

    op.drop_table("certificate")
    op.drop_table("batch_row")
    op.drop_table("session")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index("uq_role_grant_operator_role_scope")

    op.drop_table("role_grant")
    op.drop_table("operator_key")
    op.drop_table("login_counter")
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.drop_index("ix_delegation_to")

    op.drop_table("delegation")
    op.drop_table("batch")
    with op.batch_alter_table("anchor", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_anchor_in_flight",
            sqlite_where=sa.text("state <> 'final'"),
            postgresql_where=sa.text("state <> 'final'"),
        )
        batch_op.drop_index(
            "ix_anchor_without_receipt",
            sqlite_where=sa.text("receipt IS NULL"),
            postgresql_where=sa.text("receipt IS NULL"),
        )
        batch_op.drop_index("ix_anchor_tx_id")

    op.drop_table("anchor")
    op.drop_table("status_request")
    op.drop_table("status_publication")
    op.drop_table("status_entry")
    with op.batch_alter_table("school_code", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_school_code_current",
            sqlite_where=sa.text("valid_to IS NULL"),
            postgresql_where=sa.text("valid_to IS NULL"),
        )
        batch_op.drop_index(
            "uq_school_code_code",
            sqlite_where=sa.text("reason <> 'reopened'"),
            postgresql_where=sa.text("reason <> 'reopened'"),
        )

    op.drop_table("school_code")
    op.drop_table("record_draft")
    op.drop_table("programme")
    op.drop_table("operator")
    op.drop_table("log_node")
    op.drop_table("log_entry")
    op.drop_table("local_anchor")
    op.drop_table("issuer_record")
    op.drop_table("institution_key")
    op.drop_table("checkpoint")
    op.drop_table("audit_seal")
    op.drop_table("audit_outbox")
    op.drop_table("accreditation")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index("ix_upload_owner")
        batch_op.drop_index("ix_upload_expires")

    op.drop_table("upload")
    op.drop_table("status_list")
    op.drop_table("record_key")
    op.drop_table("person")
    op.drop_table("number_series")
    op.drop_table("node_set")
    op.drop_table("node_key")
    with op.batch_alter_table("log", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_log_unsigned",
            sqlite_where=sa.text("size > signed_size"),
            postgresql_where=sa.text("size > signed_size"),
        )
        batch_op.drop_index("ix_log_institution_year")

    op.drop_table("log")
    op.drop_table("local_chain")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_job_open_kind_subject",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.drop_index(
            "ix_job_open",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )

    op.drop_table("job")
    op.drop_table("institution")
    op.drop_table("idempotency")
    op.drop_table("audit_head")
    op.drop_table("audit_event")
    op.drop_table("approval")
    op.drop_table("anchor_tx")
    op.drop_table("alarm")
