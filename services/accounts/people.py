"""What people who act are called: their names stand sealed, and are opened for colleagues only."""

from collections.abc import Iterable

from services.accounts import queries
from services.platform.work import Work


def names(work: Work, edu_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of persons by their EDU-IDs; who is not there is called by the number."""
    found = {}
    for edu_id in sorted(set(edu_ids)):
        row = queries.person(work.session, edu_id)
        place = {"tenant": "node", "table": "person", "column": "name_sealed", "key": edu_id}
        found[edu_id] = (
            edu_id if row is None else work.protect.unseal(row["name_sealed"], **place).decode()
        )
    return found


def name(work: Work, edu_id: str) -> str:
    """Return one person's name."""
    return names(work, [edu_id])[edu_id]
