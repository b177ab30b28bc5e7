"""Institutions as they are shown to people: one way from rows to answers."""

from collections.abc import Mapping
from typing import Any

from crypto.jws import b64u
from services.platform.work import Work
from services.registry import institutions, keys, queries
from services.registry.schemas import (
    AccreditationOut,
    CodeOut,
    InstitutionBrief,
    InstitutionOut,
    KeyOut,
    RecordOut,
)

_BRIEF = ("id", "kind", "name_zh", "name_en", "region", "state", "superior_id")
_SPAN = ("valid_from", "valid_to")


def brief(row: Mapping[Any, Any]) -> InstitutionBrief:
    """Return a line of a list."""
    return InstitutionBrief(**_only(row, *_BRIEF))


def institution(work: Work, institution_id: str) -> InstitutionOut:
    """Return an institution with its codes, keys, accreditations and newest record."""
    row = institutions.load(work, institution_id)
    record = queries.newest_record(work.session, institution_id)
    return InstitutionOut(
        **_only(row, *_BRIEF, "uscc", "telephone"),
        codes=[
            CodeOut(**_only(each, "code", "reason", *_SPAN))
            for each in institutions.code_history(work, row)
        ],
        keys=[
            KeyOut(**_only(each, "kid", "state", *_SPAN)) for each in keys.issuer_keys(work, row)
        ],
        accreditations=[
            AccreditationOut(**_only(each, "id", "type", *_SPAN), levels=each["levels"].split(","))
            for each in institutions.accreditations(work, row)
        ],
        record=None if record is None else _record(record),
    )


def _record(row: Mapping[Any, Any]) -> RecordOut:
    return RecordOut(seq=row["seq"], digest=b64u(row["digest"]), published=row["created_at"])


def _only(row: Mapping[Any, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
