"""Roles, assurance and award levels."""

import pytest

from identity.levels import (
    AWARD_LEVELS,
    Acr,
    Factor,
    InstitutionKind,
    Role,
    assurance,
    grantable,
)


@pytest.mark.parametrize(
    ("kind", "highest"),
    [
        (InstitutionKind.SCHOOL, "school"),
        (InstitutionKind.COUNTY, "county"),
        (InstitutionKind.CITY, "city"),
        (InstitutionKind.PROVINCE, "provincial"),
        (InstitutionKind.NATION, "international"),
    ],
)
def test_an_issuer_grants_its_own_level_and_those_below(
    kind: InstitutionKind, highest: str
) -> None:
    granted = grantable(kind)

    assert granted == AWARD_LEVELS[: len(granted)]
    assert granted[-1] == highest


def test_a_school_cannot_grant_a_provincial_honour() -> None:
    assert "provincial" not in grantable(InstitutionKind.SCHOOL)


@pytest.mark.parametrize(
    ("factors", "level"),
    [
        ([Factor.PASSWORD], Acr.AAL1),
        ([Factor.PASSWORD, Factor.PASSWORD], Acr.AAL1),
        ([Factor.TOTP, Factor.TOTP], Acr.AAL1),
        ([Factor.PASSWORD, Factor.TOTP], Acr.AAL2),
    ],
)
def test_kinds_of_factor_count_not_their_number(factors: list[Factor], level: Acr) -> None:
    assert assurance(factors) is level


def test_levels_of_assurance_are_in_order() -> None:
    assert Acr.AAL1 < Acr.AAL2


def test_the_four_roles() -> None:
    assert {*Role} == {"preparer", "approver", "registrar", "auditor"}
