"""Every SELECT about the look of paper."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select
from sqlalchemy.orm import Session

from services.honours.paper.tables import PAPER_LOOK


def looks(session: Session, subject_ids: Sequence[str]) -> dict[str, RowMapping]:
    """Return the looks of these institutions and programmes."""
    asked = select(PAPER_LOOK).where(PAPER_LOOK.c.subject_id.in_(subject_ids))
    return {row["subject_id"]: row for row in session.execute(asked).mappings()}


def replace_look(session: Session, row: Mapping[Any, Any]) -> None:
    """Store a look in the place of the one before it."""
    session.execute(delete(PAPER_LOOK).where(PAPER_LOOK.c.subject_id == row["subject_id"]))
    session.execute(insert(PAPER_LOOK), [dict(row)])
