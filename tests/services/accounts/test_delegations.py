"""A role is lent for some days: by whom, to whom, for how long, and how it ends."""

import contextlib
from datetime import timedelta
from typing import Any

import pytest

from identity.levels import Role
from services.accounts import delegations, operators
from services.accounts import queries as accounts_queries
from services.accounts.delegations import LONGEST, NewDelegation
from services.accounts.operators import NODE
from services.accounts.tables import OPERATOR
from services.audit import queries as audit_queries
from services.platform import guarded
from services.platform.errors import Conflict, Invalid, NotFound, Refused, Tampered
from tests.services.honours import classes
from tests.services.nodes import Node

LENDER, DELEGATE = "school-a-approver", "school-b-preparer"
DAY = timedelta(days=1)


def order(node: Node, **changes: Any) -> NewDelegation:
    plain: dict[str, Any] = {
        "role": Role.APPROVER,
        "scope": node.ids["school-a"],
        "within": None,
        "to_operator_id": node.operator(DELEGATE).id,
        "reason": "leave",
        "valid_from": node.clock.now,
        "valid_to": node.clock.now + 7 * DAY,
    }
    return NewDelegation(**{**plain, **changes})


def lend(node: Node, by: str = LENDER, **changes: Any) -> str:
    with node.runtime.writing() as work:
        return delegations.lend(work, node.operator(by), order(node, **changes))


def end(node: Node, delegation_id: str, by: str = LENDER) -> None:
    with node.runtime.writing() as work:
        delegations.end(work, node.operator(by), delegation_id)


def lent(node: Node, login: str = DELEGATE) -> list[str]:
    """Return what is lent to somebody now."""
    with node.runtime.reading() as work:
        return [row["id"] for row in delegations.to_operator(work, node.operator(login))]


def test_what_is_lent_is_had_from_the_first_second_to_the_last(node: Node) -> None:
    start = node.clock.now + DAY
    made = lend(node, valid_from=start, valid_to=start + DAY)
    seen = []
    for moment in (-1, 0, 86_399, 86_400):
        node.clock.now = start + timedelta(seconds=moment)
        seen.append(lent(node))

    assert seen == [[], [made], [made], []]
    assert lent(node, LENDER) == []


def test_a_row_says_all_of_it(sqlite_node: Node) -> None:
    node = sqlite_node
    made = lend(node, within=node.programmes["school-a"])
    with node.runtime.reading() as work:
        row = delegations.load(work, made)
        [listed] = delegations.in_scopes(work, [node.ids["school-a"]])
        others = delegations.in_scopes(work, [node.ids["school-b"]])

    assert listed == row
    assert others == []
    assert (row["role"], row["within"]) == ("approver", node.programmes["school-a"])
    assert row["from_edu_id"] == node.operator(LENDER).edu_id
    assert row["to_edu_id"] == node.operator(DELEGATE).edu_id
    assert row["ended_at"] is None


@pytest.mark.parametrize("by", ["school-a-preparer", "registrar-1", "school-b-approver"])
def test_nobody_lends_what_he_has_not(sqlite_node: Node, by: str) -> None:
    with pytest.raises(Refused, match="role_missing"):
        lend(sqlite_node, by)


def test_what_is_lent_is_not_lent_on(sqlite_node: Node) -> None:
    node = sqlite_node
    lend(node)
    third = node.operator("school-b-approver").id
    with pytest.raises(Refused, match="role_missing"):
        lend(node, DELEGATE, to_operator_id=third)


def test_nobody_lends_to_himself_under_another_name(sqlite_node: Node) -> None:
    node = sqlite_node
    one = node.add_operator(
        "lender-1", (Role.APPROVER, node.ids["school-a"]), number="the same person"
    )
    two = node.add_operator("lender-2", number="the same person")
    assert one.edu_id == two.edu_id

    with pytest.raises(Refused, match="delegation_to_oneself"):
        lend(node, "lender-1", to_operator_id=two.id)
    with pytest.raises(Refused, match="delegation_to_oneself"):
        lend(node, "lender-1", to_operator_id=one.id)


@pytest.mark.parametrize(
    ("first", "last", "fine"),
    [
        (0, 1, True),
        (-5, 1, True),
        (0, LONGEST.days, True),
        (-1, LONGEST.days, True),
        (10, 10 + LONGEST.days, True),
        (0, LONGEST.days + 1, False),
        (10, 11 + LONGEST.days, False),
        (0, 0, False),
        (2, 1, False),
        (-2, -1, False),
        (-1, 0, False),
    ],
)
def test_days_must_be_in_order_not_over_and_not_too_many(
    sqlite_node: Node, first: int, last: int, fine: bool
) -> None:
    now = sqlite_node.clock.now
    days: dict[str, Any] = {"valid_from": now + first * DAY, "valid_to": now + last * DAY}
    if fine:
        assert lend(sqlite_node, **days)
        return
    with pytest.raises(Invalid) as caught:
        lend(sqlite_node, **days)
    assert (caught.value.code, caught.value.params) == ("delegation_dates", {"days": LONGEST.days})


def test_a_reason_is_one_of_ours_and_the_delegate_is_there(sqlite_node: Node) -> None:
    with pytest.raises(Invalid, match="delegation_reason"):
        lend(sqlite_node, reason="because")
    with pytest.raises(NotFound, match="operator_unknown"):
        lend(sqlite_node, to_operator_id="opr_none")


def test_a_lender_ends_it_once_and_nobody_else_does(node: Node) -> None:
    made = lend(node)
    for other in (DELEGATE, "registrar-1", "school-a-preparer"):
        with pytest.raises(Refused, match="delegation_not_mine"):
            end(node, made, other)
    end(node, made)

    assert lent(node) == []
    with pytest.raises(Conflict, match="delegation_ended"):
        end(node, made)
    with pytest.raises(NotFound, match="delegation_unknown"):
        end(node, "dlg_none")


def test_what_is_over_is_not_ended(sqlite_node: Node) -> None:
    made = lend(sqlite_node)
    sqlite_node.clock.now += 7 * DAY
    with pytest.raises(Conflict, match="delegation_ended"):
        end(sqlite_node, made)


def test_what_begins_later_can_be_taken_back_before(sqlite_node: Node) -> None:
    node = sqlite_node
    made = lend(node, valid_from=node.clock.now + DAY)
    end(node, made)
    node.clock.now += 2 * DAY

    assert lent(node) == []


def test_it_lapses_with_the_lenders_own_role(sqlite_node: Node) -> None:
    node = sqlite_node
    made, scope = lend(node), node.ids["school-a"]
    lender = node.operator(LENDER)
    with node.runtime.writing() as work:
        operators.withdraw(work, node.operator("registrar-1"), lender.id, Role.APPROVER, scope)
    assert lent(node) == []
    with node.runtime.writing() as work:
        operators.grant(work, node.operator("registrar-1"), lender.id, Role.APPROVER, scope)
    assert lent(node) == [made]


def test_it_lapses_with_the_lenders_account(sqlite_node: Node) -> None:
    node = sqlite_node
    lend(node)
    with node.runtime.writing() as work:
        row = accounts_queries.operator(work.session, node.operator(LENDER).id)
        assert row is not None
        inactive = guarded.stamp(work.protect, OPERATOR, {**row, "active": False})
        accounts_queries.replace_operator(work.session, inactive)

    assert lent(node) == []


@pytest.mark.parametrize(
    "change",
    [
        "valid_to = :later",
        "valid_from = :earlier",
        "to_operator_id = :other",
        "scope = :scope",
        "within = NULL",
        "role = 'registrar'",
        "from_operator_id = :other",
    ],
)
def test_a_row_that_was_changed_in_the_database_lends_nothing(
    sqlite_node: Node, change: str
) -> None:
    node = sqlite_node
    made = lend(node, within=node.programmes["school-a"])
    values: dict[str, object] = {
        "later": "2030-01-01T00:00:00Z",
        "earlier": "2020-01-01T00:00:00Z",
        "other": node.operator("school-b-approver").id,
        "scope": node.ids["school-b"],
    }
    used = {name: value for name, value in values.items() if f":{name}" in change}
    classes.by_hand(node, f"UPDATE delegation SET {change}", **used)

    with node.runtime.reading() as work, pytest.raises(Tampered):
        delegations.load(work, made)
    for login in (DELEGATE, "school-b-approver"):
        with contextlib.suppress(Tampered):
            assert lent(node, login) == []


def test_the_trail_says_who_lent_what_to_whom(sqlite_node: Node) -> None:
    node = sqlite_node
    made = lend(node)
    end(node, made)
    with node.runtime.reading() as work:
        found = audit_queries.events(work.session, limit=1_000)
    about = [each for each in found if each["object"] == made]

    assert sorted(each["action"] for each in about) == ["delegation.end", "delegation.lend"]
    assert {each["actor"] for each in about} == {node.operator(LENDER).id}


def test_no_role_of_the_node_is_had_by_lending(sqlite_node: Node) -> None:
    """A registrar may write down that he lends; what he lends opens nothing."""
    node = sqlite_node
    lend(node, "registrar-1", role=Role.REGISTRAR, scope=NODE)
    other = node.operator(DELEGATE)

    assert (Role.REGISTRAR.value, NODE) not in other.roles
    with node.runtime.writing() as work, pytest.raises(Refused, match="role_missing"):
        operators.grant(work, other, other.id, Role.APPROVER, node.ids["school-b"])
