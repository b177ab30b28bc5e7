"""What a person may do, how sure we are of him, and which honours an institution may grant.

Roles             who prepares, approves, registers, reads
Assurance (acr)   computed from the kinds of factor that were used, never from their number
Award levels      an issuer grants its own level and those below, never above
"""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What an operator may do in one institution, or on the node."""

    PREPARER = "preparer"
    APPROVER = "approver"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"


class Factor(StrEnum):
    """Kinds of proof. Two of the same kind are worth one."""

    PASSWORD = "password"  # noqa: S105  (the name of a factor)
    TOTP = "totp"


class Acr(StrEnum):
    """Authentication context of a session."""

    AAL1 = "aal1"
    AAL2 = "aal2"


class InstitutionKind(StrEnum):
    """Whose institution this is. An exam office has the kind of the authority it belongs to."""

    SCHOOL = "school"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    NATION = "nation"


AWARD_LEVELS = ("school", "county", "city", "provincial", "national", "international")
"""From the lowest to the highest."""

AWARD_RANKS = ("special", "first", "second", "third", "merit", "none")

_HIGHEST = {
    InstitutionKind.SCHOOL: "school",
    InstitutionKind.COUNTY: "county",
    InstitutionKind.CITY: "city",
    InstitutionKind.PROVINCE: "provincial",
    InstitutionKind.NATION: "international",
}


def grantable(kind: InstitutionKind) -> tuple[str, ...]:
    """Return the award levels an institution of this kind may be accredited for."""
    return AWARD_LEVELS[: AWARD_LEVELS.index(_HIGHEST[kind]) + 1]


def assurance(factors: Iterable[Factor]) -> Acr:
    """Return the level that these factors, one or more, reach together."""
    return Acr.AAL2 if len(set(factors)) > 1 else Acr.AAL1
