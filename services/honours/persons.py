"""Finding persons without reading them: keyed indexes of identifiers within an institution.

A person is whoever shares any identifier (学籍号, ID number, 学号): a roster may give another one
than the roster before, so every row keeps the indexes of all of them.
"""

from identity import codes
from services.honours.roster import PersonKey, RosterRow
from services.honours.titles import Field
from services.platform import clock
from services.platform.work import Work


def index(work: Work, institution_id: str, key: PersonKey) -> bytes:
    """Return the HMAC-SM3 index of an identifier; only the institution's own rows share it."""
    return work.protect.index(institution_id, "person", f"{key.kind}\x1f{key.value}")


def indexes(work: Work, institution_id: str, pupil: RosterRow) -> list[bytes]:
    """Return the indexes of all identifiers of a pupil, the strongest first."""
    return [index(work, institution_id, key) for key in pupil.identities]


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
