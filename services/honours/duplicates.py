"""Find rows of one roster that are about one person, by any identifier that they share.

duplicate_in_file    the same person and the same award twice; two different awards are fine
identity_conflict    two rows share an identifier but not the name, or differ in another
                     identifier that both have: one of the two belongs to somebody else
Both rows are named: which one is wrong only the school knows. Linear in the number of rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.honours.roster import RosterRow
from services.honours.titles import Field


@dataclass(frozen=True, slots=True)
class Clash:
    """What a row has against another one, and in which column."""

    code: str
    field: Field
    other_row: int


def clashes(rows: Iterable[RosterRow]) -> dict[int, Clash]:
    """Return the first clash of every row that has one, by row number."""
    found: dict[int, Clash] = {}
    first_of_person: dict[object, RosterRow] = {}
    first_of_award: dict[object, RosterRow] = {}
    for row in rows:
        for key in row.identities:
            other = first_of_person.setdefault(key, row)
            if other is not row and _conflict(row, other):
                _note(found, "identity_conflict", key.kind, row, other)
            twin = first_of_award.setdefault((key, row.award), row)
            if twin is not row:
                _note(found, "duplicate_in_file", key.kind, row, twin)
    return found


def _note(
    found: dict[int, Clash], code: str, kind: Field, row: RosterRow, other: RosterRow
) -> None:
    found.setdefault(row.row, Clash(code, kind, other.row))
    found.setdefault(other.row, Clash(code, kind, row.row))


def _conflict(row: RosterRow, other: RosterRow) -> bool:
    if row.name != other.name:
        return True
    theirs = {key.kind: key.value for key in other.identities}
    return any(theirs.get(key.kind, key.value) != key.value for key in row.identities)
