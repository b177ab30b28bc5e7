"""Finding persons without reading them: keyed indexes of identifiers within an institution."""

from services.honours.roster import PersonKey
from services.platform.work import Work


def index(work: Work, institution_id: str, key: PersonKey) -> bytes:
    """Return the HMAC-SM3 index of an identifier; only the institution's own rows share it."""
    return work.protect.index(institution_id, "person", f"{key.kind}\x1f{key.value}")


def award_index(work: Work, institution_id: str, award: str) -> bytes:
    """Return the HMAC-SM3 index of an award's name."""
    return work.protect.index(institution_id, "award", award)
