"""Programmes, batches, their rows, certificates, and changes of status.

Exactly once is the database's job (design 5): the unique constraints below hold whatever the
code does. Personal values are sealed under the record's own key or the column's key; a person
is found by the HMAC-SM3 indexes of all identifiers within the institution. What decides who may
approve what (programme, batch, approval, request) carries a row MAC.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ledger.tables import UtcTime
from services.platform.db import METADATA

PROGRAMME = Table(
    "programme",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("category", String(20), nullable=False),
    Column("level", String(20), nullable=False),
    Column("awards", Text, nullable=False),
    Column("statement", String(300), nullable=True),
    Column("contest", Boolean, nullable=False),
    Column("approval_number", String(80), nullable=True),
    Column("notice_days", Integer, nullable=False),
    Column("open_from", String(10), nullable=False),
    Column("open_to", String(10), nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    UniqueConstraint("institution_id", "name"),
)
"""A template: what every certificate of it says. `awards` is a JSON list; empty means any."""

BATCH = Table(
    "batch",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("programme_id", ForeignKey("programme.id"), nullable=False),
    Column("period", String(40), nullable=False),
    Column("award_on", String(10), nullable=False),
    Column("notice_place", String(120), nullable=False),
    Column("notice_from", String(10), nullable=False),
    Column("notice_to", String(10), nullable=False),
    Column("state", String(12), nullable=False),
    Column("preparer_id", String(40), nullable=False),
    Column("preparer_edu_id", String(18), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("excluded", Integer, nullable=False),
    Column("corrected", Integer, nullable=False),
    Column("note_sealed", LargeBinary, nullable=True),
    Column("exclusions_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("returned_sealed", LargeBinary, nullable=True),
    Column("mac", LargeBinary(32), nullable=False),
)
"""A roster on its way. `corrected` counts the cells that were corrected in the page, `note` is what
the preparer tells the approver. The MAC holds who prepared it: another person must approve."""

APPROVAL = Table(
    "approval",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("subject_id", String(40), nullable=False, unique=True),
    Column("document", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("preparer_edu_id", String(18), nullable=False),
    Column("approver_edu_id", String(18), nullable=False),
    Column("approver_kid", String(43), nullable=False),
    Column("ground", String(12), nullable=False),
    Column("delegation_id", String(40), nullable=True),
    Column("salt", LargeBinary(16), nullable=False),
    Column("log_origin", String(200), nullable=False),
    Column("log_index", Integer, nullable=False),
    Column("bound_at", UtcTime, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    CheckConstraint("approver_edu_id <> preparer_edu_id", name="two_persons"),
)
"""What the approver signed; `subject_id` is a batch or a change request, bound at `bound_at`.
`ground` says why the approver might (own, delegated, superior) and `delegation_id` by which
delegation; the entry in the log is SM3 of both, the document's digest and the salt."""

BATCH_ROW = Table(
    "batch_row",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("batch_id", ForeignKey("batch.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("sheet_row", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("person_index", LargeBinary(32), nullable=False),
    Column("award_index", LargeBinary(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("number", String(22), nullable=True, unique=True),
    Column("void_reason", String(40), nullable=True),
    Column("void_content", Text, nullable=True),
    Column("supersedes", String(22), nullable=True),
    Column("credential", LargeBinary(32), nullable=True),
    Column("persons_mac", LargeBinary(32), nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    UniqueConstraint("batch_id", "position"),
)
"""One pupil's row; `sealed` is {"claims", "salt"} under the row's own record key. `void_content` is
what the entry of a void number is the digest of, `credential` the digest of what was signed: so a
number belongs to a credential by this row's MAC. `persons_mac` is over its row_persons."""

ROW_PERSON = Table(
    "row_person",
    METADATA,
    Column("row_id", ForeignKey("batch_row.id"), primary_key=True),
    Column("person_index", LargeBinary(32), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("programme_id", ForeignKey("programme.id"), nullable=False),
    Column("period", String(40), nullable=False),
    Column("award_index", LargeBinary(32), nullable=False),
    Column("live", Boolean, nullable=False),
    Index("ix_row_person_person", "person_index"),
    Index(
        "uq_row_person_live",
        "institution_id",
        "programme_id",
        "period",
        "person_index",
        "award_index",
        unique=True,
        sqlite_where=text("live"),
        postgresql_where=text("live"),
    ),
)
"""All identifiers of a row's pupil, so that whoever shares any of them is found. `live` while
the row's certificate is: one person, by whatever identifier, has an award once."""

NUMBER_SERIES = Table(
    "number_series",
    METADATA,
    Column("prefix", String(10), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("letter", String(1), primary_key=True),
    Column("last", Integer, nullable=False),
)

CERTIFICATE = Table(
    "certificate",
    METADATA,
    Column("number", String(22), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("programme_id", ForeignKey("programme.id"), nullable=False),
    Column("batch_id", ForeignKey("batch.id"), nullable=False),
    Column("row_id", ForeignKey("batch_row.id"), nullable=False, unique=True),
    Column("position", Integer, nullable=False),
    Column("period", String(40), nullable=False),
    Column("person_index", LargeBinary(32), nullable=False),
    Column("award_index", LargeBinary(32), nullable=False),
    Column("state", String(12), nullable=False),
    Column("sealed", LargeBinary, nullable=True),
    Column("credential", LargeBinary(32), nullable=False, unique=True),
    Column("record_digest", LargeBinary(32), nullable=False),
    Column("log_origin", String(200), nullable=False),
    Column("log_index", Integer, nullable=False),
    Column("code_digest", LargeBinary(32), nullable=False, unique=True),
    Column("supersedes", String(22), nullable=True, unique=True),
    Column("issued_at", UtcTime, nullable=False),
    UniqueConstraint("batch_id", "position"),
    UniqueConstraint("log_origin", "log_index"),
    Index(
        "uq_certificate_live",
        "institution_id",
        "programme_id",
        "period",
        "person_index",
        "award_index",
        unique=True,
        sqlite_where=text("state IN ('SIGNED', 'ISSUED', 'SUSPENDED')"),
        postgresql_where=text("state IN ('SIGNED', 'ISSUED', 'SUSPENDED')"),
    ),
)
"""An issued certificate; `sealed` holds the SD-JWT with its disclosures and the paper's code."""

STATUS_REQUEST = Table(
    "status_request",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("institution_id", ForeignKey("institution.id"), nullable=False),
    Column("action", String(12), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("numbers", Text, nullable=False),
    Column("salts", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("preparer_id", String(40), nullable=False),
    Column("preparer_edu_id", String(18), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
)
"""A request to revoke, suspend or lift, waiting for or done by a second person."""

STATUS_CHANGE = Table(
    "status_change",
    METADATA,
    Column("request_id", String(40), primary_key=True),
    Column("number", ForeignKey("certificate.number"), primary_key=True),
    Column("action", String(12), nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("content", Text, nullable=False),
    Column("log_origin", String(200), nullable=False),
    Column("log_index", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""A change that happened, and the entry that says so."""
