"""Finding persons without reading them: keyed indexes of identifiers within an institution.

A person is whoever shares any identifier (学籍号, ID number, 学号): a roster may give another one
than the roster before, so every row keeps the indexes of all of them.
"""

from collections.abc import Collection
from contextlib import suppress

from identity import codes
from identity.errors import InvalidCode
from services.honours.headings import Layout
from services.honours.roster import PersonKey, RosterRow
from services.honours.titles import IDENTIFIERS, Field
from services.platform import clock
from services.platform.work import Work


def index(work: Work, institution_id: str, key: PersonKey) -> bytes:
    """Return the HMAC-SM3 index of an identifier; only the institution's own rows share it."""
    return work.protect.index(institution_id, "person", f"{key.kind}\x1f{key.value}")


def indexes(work: Work, institution_id: str, pupil: RosterRow) -> list[bytes]:
    """Return the indexes of all identifiers of a pupil, the strongest first."""
    return [index(work, institution_id, key) for key in pupil.identities]


def indexes_in(
    work: Work, institution_id: str, layout: Layout, numbers: Collection[int]
) -> frozenset[bytes]:
    """Return the indexes of all identifiers in these rows of a sheet that can be read."""
    columns = [(column.index, kind) for kind in IDENTIFIERS if (column := layout.column(kind))]
    found = set()
    for row in layout.body:
        for place, kind in columns if row.number in numbers else ():
            with suppress(InvalidCode):
                key = key_of(work, kind, row.cell(place).text)
                found |= {index(work, institution_id, each) for each in _with_id(key) if each.value}
    return frozenset(found)


def _with_id(key: PersonKey) -> list[PersonKey]:
    """Return the identifier, and the ID number that a 学籍号 of the letter G is made of."""
    if key.kind is Field.XJH and key.value.startswith("G"):
        return [key, PersonKey(Field.ID_NUMBER, key.value[1:])]
    return [key]


def award_index(work: Work, institution_id: str, award: str) -> bytes:
    """Return the HMAC-SM3 index of an award's name."""
    return work.protect.index(institution_id, "award", award)


def key_of(work: Work, kind: Field, text: str) -> PersonKey:
    """Return an identifier as rosters have it, for looking somebody up. Raises InvalidCode."""
    today = clock.in_shanghai(work.now).date()
    stripped = text.strip()
    if kind is Field.XJH:
        return PersonKey(kind, codes.validate_student_register(stripped, today=today))
    if kind is Field.ID_NUMBER:
        return PersonKey(kind, codes.validate_id_number(stripped, today=today))
    return PersonKey(kind, stripped)
