"""One person, which duties: every pair, every scope, and who gives, confirms and lends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from identity import roles
from identity.errors import GrantRefused
from identity.levels import Role
from identity.roles import APART, GIVEN_BY, NODE, Duty, Grant, Post
from tests.identity.samples import BUREAU, NOW, SCHOOL

DAY = timedelta(days=1)
DUTIES: list[Duty] = [*Role, *Post]


def grant(duty: Duty, **changes: Any) -> Grant:
    known: dict[str, Any] = {
        "person": "E41A",
        "duty": duty,
        "scope": SCHOOL,
        "valid_from": NOW,
        "valid_to": NOW + 30 * DAY if duty is Post.ASSESSOR else None,
        "given_by": "E41S",
    }
    return Grant(**{**known, **changes})


def refusal(act: Callable[[], None]) -> GrantRefused:
    with pytest.raises(GrantRefused) as caught:
        act()
    return caught.value


def told(act: Callable[[], None]) -> tuple[str, dict[str, str | int]]:
    try:
        act()
    except GrantRefused as error:
        return error.code, error.params
    return "", {}


def code(held: Grant, new: Grant) -> str:
    refused, params = told(lambda: roles.check_grant([held], new, now=NOW))
    assert params == ({"duty": new.duty.value, "held": held.duty.value} if refused else {})
    return refused


# Written out anew, as the standards put it; not read from the table.
TOGETHER = {
    frozenset(pair.split())
    for pair in [
        "preparer approver",
        "preparer registrar",
        "preparer auditor",
        "approver registrar",
        "approver auditor",
        "registrar auditor",
        "auditor auditadmin",
        "sysadmin key_admin",
        "sysadmin key_operator",
        "secadmin key_admin",
        "secadmin key_operator",
        "preparer key_admin",
        "preparer key_operator",
        "approver key_admin",
        "approver key_operator",
        "registrar key_admin",
        "registrar key_operator",
    ]
}


@pytest.mark.parametrize("pair", list(combinations(DUTIES, 2)), ids="-".join)
def test_every_pair_of_duties(pair: tuple[Duty, Duty]) -> None:
    may = frozenset(each.value for each in pair) in TOGETHER
    for held, new in (pair, pair[::-1]):
        assert code(grant(held), grant(new)) == ("" if may else "grant_conflict")


@pytest.mark.parametrize("duty", DUTIES)
def test_a_duty_does_not_exclude_itself(duty: Duty) -> None:
    assert code(grant(duty), grant(duty)) == ""
    assert duty not in APART[duty]


def test_no_administrator_issues_signs_or_registers() -> None:
    for post in (Post.SYSADMIN, Post.SECADMIN, Post.AUDITADMIN):
        for role in (Role.PREPARER, Role.APPROVER, Role.REGISTRAR):
            assert code(grant(post), grant(role)) == "grant_conflict"


def test_two_institutions_are_apart_and_the_node_covers_both() -> None:
    here, there = grant(Post.SYSADMIN), grant(Post.AUDITADMIN, scope=BUREAU)

    assert code(here, there) == ""
    assert code(here, replace(there, scope=NODE)) == "grant_conflict"
    assert code(replace(here, scope=NODE), there) == "grant_conflict"


@pytest.mark.parametrize(
    ("held", "new"),
    [
        (Post.KEY_ADMIN, Post.KEY_OPERATOR),
        (Post.CRYPTO_AUDITOR, Post.KEY_ADMIN),
        (Post.CRYPTO_AUDITOR, Role.PREPARER),
        (Role.PREPARER, Post.ASSESSOR),
    ],
)
def test_posts_around_keys_are_apart_wherever_they_are(held: Duty, new: Duty) -> None:
    assert code(grant(held), grant(new, scope=BUREAU)) == "grant_conflict"


def test_another_person_is_no_conflict_and_a_second_account_is_no_other_person() -> None:
    assert code(grant(Post.SYSADMIN, person="E41B"), grant(Post.AUDITADMIN)) == ""
    assert code(grant(Post.SYSADMIN), grant(Post.AUDITADMIN)) == "grant_conflict"


@pytest.mark.parametrize(
    ("first", "second", "meets"),
    [
        ((0, None), (5, None), True),
        ((0, 5), (5, None), False),
        ((5, None), (0, 5), False),
        ((0, 6), (5, 9), True),
        ((5, 9), (0, 6), True),
        ((0, 9), (2, 3), True),
    ],
)
def test_grants_conflict_where_they_hold_at_one_moment(
    first: tuple[int, int | None], second: tuple[int, int | None], meets: bool
) -> None:
    def dated(duty: Duty, span: tuple[int, int | None]) -> Grant:
        end = None if span[1] is None else NOW + span[1] * DAY
        return grant(duty, valid_from=NOW + span[0] * DAY, valid_to=end)

    held, new = dated(Post.SYSADMIN, first), dated(Post.SECADMIN, second)
    assert held.meets(new) is new.meets(held) is meets
    assert code(held, new) == ("grant_conflict" if meets else "")


def test_a_grant_holds_from_and_until() -> None:
    dated = grant(Role.PREPARER, valid_to=NOW + DAY)

    assert dated.holds_at(NOW)
    assert not dated.holds_at(NOW - DAY)
    assert not dated.holds_at(NOW + DAY)
    assert grant(Role.PREPARER).holds_at(NOW + 9999 * DAY)


@pytest.mark.parametrize("duty", DUTIES)
def test_nobody_gives_himself_anything(duty: Duty) -> None:
    """Also an administrator of the node, and above all not a post around keys."""
    own = grant(duty, given_by="E41A")
    assert refusal(lambda: roles.check_grant([], own, now=NOW)).code == "grant_for_oneself"


@pytest.mark.parametrize(
    ("start", "end"), [(NOW, NOW), (NOW - 2 * DAY, NOW), (NOW + 2 * DAY, NOW + DAY)]
)
def test_a_grant_that_never_holds_is_refused(start: Any, end: Any) -> None:
    dated = grant(Role.PREPARER, valid_from=start, valid_to=end)
    assert refusal(lambda: roles.check_grant([], dated, now=NOW)).code == "grant_dates"


@pytest.mark.parametrize("days", [None, 91])
def test_an_assessor_leaves_again(days: int | None) -> None:
    end = None if days is None else NOW + days * DAY
    error = refusal(lambda: roles.check_grant([], grant(Post.ASSESSOR, valid_to=end), now=NOW))
    assert (error.code, error.params) == ("grant_expiry", {"days": 90})
    roles.check_grant([], grant(Post.ASSESSOR, valid_to=NOW + 90 * DAY), now=NOW)


def giver(duty: Duty, **changes: Any) -> Grant:
    return grant(duty, **{"person": "E41S", "given_by": "E41X", **changes})


@pytest.mark.parametrize("duty", DUTIES)
def test_who_gives_what(duty: Duty) -> None:
    may = {each.value for each in DUTIES if gives(each, duty)}

    assert may == ({"secadmin", "registrar"} if isinstance(duty, Role) else {"secadmin"})
    assert set(GIVEN_BY) == set(DUTIES)


def gives(by: Duty, duty: Duty, **changes: Any) -> bool:
    held = giver(by, **changes)
    refused, params = told(lambda: roles.check_giver([held], grant(duty), now=NOW))
    assert refused in ("", "grant_not_yours")
    assert params == ({"duty": duty.value} if refused else {})
    return not refused


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"scope": NODE}, True),
        ({"scope": BUREAU}, False),
        ({"person": "E41Y"}, False),
        ({"lent_by": "E41Z"}, False),
        ({"valid_from": NOW + DAY}, False),
        ({"valid_from": NOW - DAY, "valid_to": NOW}, False),
    ],
)
def test_a_giver_gives_where_and_while_he_is_one(changes: dict[str, Any], may: bool) -> None:
    assert gives(Post.SECADMIN, Role.PREPARER, **changes) is may


def confirmed(new: Grant, **changes: Any) -> bool:
    known = grant(Post.AUDITADMIN, person="E41C", given_by="E41X")
    held = replace(known, **changes)
    refused, params = told(lambda: roles.check_confirmed([held], new, now=NOW))
    assert (refused, params) in (("", {}), ("grant_unconfirmed", {}))
    return not refused


@pytest.mark.parametrize("post", Post)
def test_a_post_is_confirmed_by_a_third_person(post: Post) -> None:
    new = grant(post)

    assert confirmed(new)
    assert confirmed(new, scope=NODE)
    assert not confirmed(new, person="E41A")
    assert not confirmed(new, person="E41S")
    assert not confirmed(new, duty=Post.SECADMIN)
    assert not confirmed(new, lent_by="E41Z")
    assert not confirmed(new, scope=BUREAU)
    assert not confirmed(new, valid_from=NOW + DAY)


def test_a_role_of_the_trade_needs_no_confirmation() -> None:
    roles.check_confirmed([], grant(Role.APPROVER), now=NOW)
    assert (
        refusal(lambda: roles.check_confirmed([], grant(Post.KEY_ADMIN), now=NOW)).code
        == "grant_unconfirmed"
    )


HELD = grant(Role.APPROVER, valid_to=NOW + 200 * DAY)
LENT = replace(HELD, person="E41B", valid_to=NOW + 7 * DAY, given_by="E41A", lent_by="E41A")


def lend(held: Grant = HELD, lent: Grant = LENT, *others: Grant) -> str:
    return told(lambda: roles.check_delegation(held, lent, others, now=NOW))[0]


def test_a_role_is_lent_for_days() -> None:
    assert lend() == ""
    assert lend(replace(HELD, valid_to=None)) == ""
    assert lend(replace(HELD, valid_to=LENT.valid_to)) == ""
    assert lend(lent=replace(LENT, valid_to=NOW + 92 * DAY)) == ""


@pytest.mark.parametrize(
    ("held", "lent", "expected"),
    [
        ({}, {"person": "E41A"}, "delegation_to_oneself"),
        ({"duty": Post.KEY_ADMIN}, {"duty": Post.KEY_ADMIN}, "delegation_of_post"),
        ({"lent_by": "E41Z"}, {}, "delegation_of_lent"),
        ({}, {"lent_by": "E41Z"}, "delegation_of_lent"),
        ({}, {"lent_by": None}, "delegation_of_lent"),
        ({}, {"duty": Role.REGISTRAR}, "delegation_scope"),
        ({}, {"scope": NODE}, "delegation_scope"),
        ({}, {"valid_to": None}, "delegation_dates"),
        ({}, {"valid_to": NOW + 93 * DAY}, "delegation_dates"),
        ({"valid_to": NOW + 6 * DAY}, {}, "delegation_dates"),
        ({"valid_from": NOW + DAY}, {}, "delegation_dates"),
        ({}, {"valid_to": NOW}, "grant_dates"),
        ({}, {"given_by": "E41B"}, "grant_for_oneself"),
    ],
)
def test_what_is_not_lent(held: dict[str, Any], lent: dict[str, Any], expected: str) -> None:
    assert lend(replace(HELD, **held), replace(LENT, **lent)) == expected


def test_a_borrower_keeps_duties_apart_too() -> None:
    auditor = grant(Post.AUDITADMIN, person="E41B")
    assert lend(HELD, LENT, auditor) == "grant_conflict"
    assert lend(HELD, LENT, grant(Role.PREPARER, person="E41B")) == ""


def test_who_only_reads() -> None:
    assert roles.is_read_only([grant(Post.ASSESSOR)], now=NOW)
    assert roles.is_read_only([grant(Role.AUDITOR), grant(Post.AUDITADMIN)], now=NOW)
    assert roles.is_read_only([], now=NOW)
    assert not roles.is_read_only([grant(Post.ASSESSOR), grant(Role.PREPARER)], now=NOW)
    ended = grant(Role.PREPARER, valid_from=NOW - 2 * DAY, valid_to=NOW - DAY)
    assert roles.is_read_only([grant(Post.ASSESSOR), ended], now=NOW)
