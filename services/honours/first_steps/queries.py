"""Every SELECT about first steps, and how they are kept."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from services.honours.first_steps.tables import FIRST_STEP


def kept(session: Session, institution_id: str) -> frozenset[str]:
    """Return which steps an institution has done."""
    asked = select(FIRST_STEP.c.step).where(FIRST_STEP.c.institution_id == institution_id)
    return frozenset(session.execute(asked).scalars())


def keep(session: Session, row: Mapping[Any, Any]) -> None:
    """Insert a step."""
    session.execute(insert(FIRST_STEP), [dict(row)])
