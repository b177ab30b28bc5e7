"""Who was left out of a batch: found again only by his identifiers, so that he can be forgotten."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table

from services.platform.db import METADATA

EXCLUDED_PERSON = Table(
    "excluded_person",
    METADATA,
    Column("batch_id", ForeignKey("batch.id"), primary_key=True),
    Column("person_index", LargeBinary(32), primary_key=True),
    Index("ix_excluded_person_person", "person_index"),
)
"""Identifiers of rows that were left out, as keyed indexes; the rows themselves are not kept."""
