"""What pages of honours say about where one is: names of institutions."""

from collections.abc import Collection

from services.accounts.browser import Visitor
from services.accounts.operators import NODE
from services.platform.work import Work
from services.registry import institutions, queries


def name_of(work: Work, institution_id: str) -> str:
    """Return the name of an institution."""
    return names(work, [institution_id]).get(institution_id, "")


def names(work: Work, institution_ids: Collection[str]) -> dict[str, str]:
    """Return the names of institutions by id."""
    some = queries.some_institutions(work.session, sorted(institution_ids))
    found = institutions.checked(work, some)
    return {row["id"]: row["name_zh"] for row in found}


def places(work: Work, visitor: Visitor) -> str:
    """Return where somebody works; several places are only counted by their first."""
    scopes = {scope for _, scope in visitor.operator.roles} - {NODE}
    found = sorted(names(work, scopes).values())
    return found[0] + (" …" if len(found) > 1 else "") if found else ""
