"""Every SELECT and INSERT about persons who were left out of batches."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from services.honours.remarks.tables import EXCLUDED_PERSON


def add(session: Session, batch_id: str, indexes: Collection[bytes]) -> None:
    """Keep who was left out of a batch."""
    if indexes:
        rows = [{"batch_id": batch_id, "person_index": index} for index in sorted(indexes)]
        session.execute(insert(EXCLUDED_PERSON), rows)


def batches_without(session: Session, index: bytes) -> Sequence[str]:
    """Return the batches that this person was left out of."""
    asked = select(EXCLUDED_PERSON.c.batch_id).where(EXCLUDED_PERSON.c.person_index == index)
    return session.execute(asked.order_by(EXCLUDED_PERSON.c.batch_id)).scalars().all()


def drop(session: Session, batch_ids: Collection[str]) -> None:
    """Take away who was left out of these batches."""
    session.execute(delete(EXCLUDED_PERSON).where(EXCLUDED_PERSON.c.batch_id.in_(batch_ids)))
