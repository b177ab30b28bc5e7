"""Roles, assurance and award levels."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.levels import (
    AWARD_LEVELS,
    Acr,
    FactorKind,
    InstitutionKind,
    Role,
    assurance,
    grantable,
    has_national_factor,
    methods,
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
        ("password", "aal1"),
        ("password password", "aal1"),
        ("totp totp", "aal1"),
        ("sm3_otp", "aal1"),
        ("totp sm3_otp", "aal1"),
        ("outside", "aal1"),
        ("outside password", "aal1"),
        ("outside totp", "aal1"),
        ("recovery_code", "aal1"),
        ("recovery_code recovery_code", "aal1"),
        ("recovery_code password", "recovery"),
        ("recovery_code totp", "recovery"),
        ("recovery_code password totp", "aal2"),
        ("password totp", "aal2"),
        ("password sm3_otp", "aal2"),
        ("device_key", "aal2"),
        ("two_party", "aal2"),
        ("outside_two", "aal2"),
        ("passkey", "aal2pr"),
        ("passkey password", "aal2pr"),
        ("passkey device_key", "aal2pr"),
        ("hardware_key", "aal3"),
        ("hardware_key passkey", "aal3"),
        ("qr", "qr"),
        ("qr password totp", "qr"),
        ("qr device_key two_party outside_two", "qr"),
        ("qr recovery_code password", "qr"),
        ("qr passkey", "aal2pr"),
        ("qr hardware_key", "aal3"),
    ],
)
def test_kinds_of_factor_count_not_their_number(factors: str, level: str) -> None:
    assert assurance([FactorKind(each) for each in factors.split()]).value == level


@given(kinds=st.sets(st.sampled_from(FactorKind), min_size=1))
def test_a_further_factor_never_weakens_a_session_that_no_code_began(
    kinds: set[FactorKind],
) -> None:
    if FactorKind.QR not in kinds:
        assert all(assurance(kinds) >= assurance({each}) for each in kinds)


def test_without_a_factor_there_is_no_level() -> None:
    with pytest.raises(ValueError, match="without a factor"):
        assurance([])


def test_levels_of_assurance_are_in_order() -> None:
    order = [Acr.AAL1, Acr.RECOVERY, Acr.QR, Acr.AAL2, Acr.AAL2PR, Acr.AAL3]

    assert sorted(order, reverse=True) == order[::-1]
    for weaker, stronger in pairwise(order):
        assert weaker < stronger
        assert weaker <= stronger
        assert stronger > weaker
        assert stronger >= weaker
        assert not stronger < weaker
        assert not weaker > stronger
    assert Acr.QR < "aal2"


def test_other_systems_are_told_the_level_and_the_methods() -> None:
    assert [each.urn for each in Acr] == [
        f"urn:cn-edu:aal:{level}" for level in ("1", "1", "2", "2", "2pr", "3")
    ]
    assert methods([FactorKind.TOTP, FactorKind.PASSWORD]) == ("otp", "pwd")
    assert methods([FactorKind.PASSKEY, FactorKind.DEVICE_KEY]) == ("pop", "swk", "user")
    assert methods([FactorKind.QR]) == ("qr",)
    assert all(methods([each]) for each in FactorKind)


def test_national_factors_rest_on_sm2_or_sm3() -> None:
    national = {each for each in FactorKind if has_national_factor([each])}

    assert national == {"sm3_otp", "device_key", "two_party", "qr"}
    assert has_national_factor([FactorKind.PASSWORD, FactorKind.SM3_OTP])
    assert not has_national_factor([])


def test_the_four_roles() -> None:
    assert {*Role} == {"preparer", "approver", "registrar", "auditor"}
