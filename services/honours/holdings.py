"""What pupils have of an award already, or are about to have, by any identifier.

Found by the indexes of row_person, judged by what carries MACs: the row's state, and whether
the status entry of the row's credential still counts. `row_person.live` only serves the unique
index of the database, so nobody has an award twice because somebody else set it back.

Errors     Tampered
"""

from collections.abc import Sequence
from dataclasses import dataclass

from identity.status_list import Status
from services.honours import queries, rows
from services.honours.workflow import SIGNED
from services.platform.errors import Tampered
from services.platform.work import Work
from services.status import lists

COUNTING = (Status.VALID, Status.SUSPENDED)
"""What the status of a certificate says while its person has the award."""


@dataclass(frozen=True, slots=True)
class Holding:
    """An award that a person has, or will have while the row is on its way."""

    person: bytes
    award: bytes
    batch_id: str
    number: str | None
    supersedes: str | None
    live: bool
    """Whether there is a certificate that counts."""


def of_persons(
    work: Work,
    programme_id: str,
    period: str,
    persons: Sequence[bytes],
    *,
    on_the_way: Sequence[str] = (),
) -> list[Holding]:
    """Return what these persons have of a programme and period, by index.

    Rows with a certificate that counts, and those in one of the states `on_the_way`.
    """
    states = (SIGNED, *on_the_way)
    found = queries.held_by(work.session, programme_id, period, persons, states=states)
    held = rows.checked(work, found)
    signed = [row["credential"] for row in held if row["state"] == SIGNED]
    said = lists.said_of(work, signed)
    if not said.keys() >= set(signed):
        raise Tampered("rows_altered", table="status_entry")
    return [
        Holding(
            person=row["held_by"],
            award=row["award_index"],
            batch_id=row["batch_id"],
            number=row["number"],
            supersedes=row["supersedes"],
            live=row["state"] == SIGNED,
        )
        for row in held
        if row["state"] != SIGNED or said[row["credential"]] in COUNTING
    ]


def taken(held: Sequence[Holding], *, live: bool) -> dict[tuple[bytes, bytes], str]:
    """Return by person and award what is in the way of another one: a number or a batch's id.

    Without `live`, certificates that count are not: they are about to be replaced.
    """
    return {
        (each.person, each.award): each.number or each.batch_id
        for each in held
        if live or not each.live
    }


def replaceable(held: Sequence[Holding]) -> dict[bytes, dict[str, bytes]]:
    """Return by person the certificates that nothing on its way replaces yet, with their awards."""
    replaced = {each.supersedes for each in held if not each.live}
    has: dict[bytes, dict[str, bytes]] = {}
    for each in held:
        if each.live and each.number is not None and each.number not in replaced:
            has.setdefault(each.person, {})[each.number] = each.award
    return has
