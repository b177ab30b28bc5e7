"""On what ground somebody approves for a school: his own office, a lent one, or from above.

Each ground is walked to its end: the batch is issued, its evidence names the ground, and a
stranger's verdict is the same as always. And each fence that keeps one person from being two.
"""

from datetime import timedelta
from typing import Any

import pytest

from identity.levels import Role
from services.accounts import delegations, operators
from services.accounts.delegations import NewDelegation
from services.evidence.verdict import Outcome
from services.honours import approving, authority, bundles, changes, drafting, programmes, queries
from services.honours.approving import Approved
from services.honours.programmes import NewProgramme
from services.platform.errors import Refused, Unauthenticated
from services.registry import institutions
from tests.services import verifying
from tests.services.honours import classes, invariants, working
from tests.services.nodes import Node

PREPARER, APPROVER, DOUBLE = "school-a-preparer", "school-a-approver", "school-a-double"
OUTSIDER, ABOVE = "school-b-approver", "above"
WEEK = timedelta(days=7)


def drafted(node: Node, by: str = PREPARER, first: int = 0) -> str:
    actor = node.operator(by)
    data = classes.roster(classes.pupils(2, first))
    batch_id, report = drafting.draft(node.runtime, actor, node.order(), data, "名单.csv")
    assert batch_id is not None, report.problems
    return batch_id


def approve(node: Node, login: str, batch_id: str) -> Approved:
    actor = node.operator(login)
    return approving.approve(node.runtime, actor, batch_id, **node.proof(login))


def lend(node: Node, to: str = OUTSIDER, by: str = APPROVER, within: str | None = None) -> str:
    order = NewDelegation(
        role=Role.APPROVER,
        scope=node.ids["school-a"],
        within=within,
        to_operator_id=node.operator(to).id,
        reason="leave",
        valid_from=node.clock.now,
        valid_to=node.clock.now + WEEK,
    )
    with node.runtime.writing() as work:
        return delegations.lend(work, node.operator(by), order)


def withdraw(node: Node, *gone: tuple[str, Role]) -> None:
    with node.runtime.writing() as work:
        for login, role in gone:
            actor, target = node.operator("registrar-1"), node.operator(login)
            operators.withdraw(work, actor, target.id, role, node.ids["school-a"])


def approver_above(node: Node, scope: str = "authority") -> str:
    node.add_operator(ABOVE, (Role.APPROVER, node.ids[scope]))
    return ABOVE


def evidence(node: Node, batch_id: str) -> tuple[str, str | None]:
    with node.runtime.reading() as work:
        row = queries.approval_of(work.session, batch_id)
    assert row is not None
    return row["ground"], row["delegation_id"]


def issued_and_valid(node: Node, batch_id: str) -> None:
    node.work()
    invariants.check(node)
    numbers = [row["number"] for row in classes.certificates(node, batch_id)]
    assert len(numbers) == 2
    for number in numbers:
        data = bundles.of_number(node.runtime, number)
        assert verifying.offline(node, data).result is Outcome.VALID


def refused(node: Node, login: str, batch_id: str, code: str = "role_missing") -> None:
    with pytest.raises(Refused, match=code):
        approve(node, login, batch_id)
    assert classes.states(node, batch_id) == {"ON_NOTICE": 2}


def test_an_approver_of_the_school_needs_no_other_ground(sqlite_node: Node) -> None:
    batch_id = drafted(sqlite_node)
    approve(sqlite_node, APPROVER, batch_id)

    assert evidence(sqlite_node, batch_id) == (authority.OWN, None)


def test_a_delegate_approves_and_the_evidence_names_what_was_lent(node: Node) -> None:
    lent, batch_id = lend(node), drafted(node)
    approve(node, OUTSIDER, batch_id)

    assert evidence(node, batch_id) == (authority.DELEGATED, lent)
    issued_and_valid(node, batch_id)
    assert working.signers(node, batch_id)


def test_who_has_the_office_himself_does_not_borrow_it(sqlite_node: Node) -> None:
    node = sqlite_node
    lend(node, to=DOUBLE)
    batch_id = drafted(node)
    approve(node, DOUBLE, batch_id)

    assert evidence(node, batch_id) == (authority.OWN, None)


def test_a_delegate_without_a_key_makes_his_own(sqlite_node: Node) -> None:
    """A preparer of the other school never signed an approval before."""
    node = sqlite_node
    lend(node, to="school-b-preparer")
    batch_id = drafted(node)
    approve(node, "school-b-preparer", batch_id)

    assert evidence(node, batch_id)[0] == authority.DELEGATED


def test_before_and_after_its_days_nothing_is_lent(sqlite_node: Node) -> None:
    node = sqlite_node
    batch_id = drafted(node)
    refused(node, OUTSIDER, batch_id)
    lend(node)
    node.clock.now += WEEK

    refused(node, OUTSIDER, batch_id)


def test_it_is_lent_for_one_programme(sqlite_node: Node) -> None:
    node = sqlite_node
    other = NewProgramme(
        institution_id=node.ids["school-a"],
        name="另一个项目",
        category="comprehensive",
        level="school",
        awards=(),
        statement=None,
        contest=False,
        approval_number=None,
        notice_days=5,
        open_from="2026-01-01",
        open_to=None,
    )
    with node.runtime.writing() as work:
        within = programmes.create(work, node.operator(PREPARER), other)
    lend(node, within=within)
    batch_id = drafted(node)
    refused(node, OUTSIDER, batch_id)

    lend(node, within=node.programmes["school-a"])
    approve(node, OUTSIDER, batch_id)
    assert evidence(node, batch_id)[0] == authority.DELEGATED


def test_who_prepared_does_not_choose_who_approves(sqlite_node: Node) -> None:
    """One person with both offices: what he prepared is not approved by whom he sent."""
    node = sqlite_node
    lend(node, by=DOUBLE)
    refused(node, OUTSIDER, drafted(node, by=DOUBLE))

    batch_id = drafted(node, first=2)
    approve(node, OUTSIDER, batch_id)
    assert evidence(node, batch_id)[0] == authority.DELEGATED


def test_of_two_lenders_the_one_who_did_not_prepare_counts(sqlite_node: Node) -> None:
    node = sqlite_node
    lend(node, by=DOUBLE)
    other = lend(node, by=APPROVER)
    batch_id = drafted(node, by=DOUBLE)
    approve(node, OUTSIDER, batch_id)

    assert evidence(node, batch_id) == (authority.DELEGATED, other)


def test_a_delegate_does_not_approve_what_he_prepared(sqlite_node: Node) -> None:
    node = sqlite_node
    lend(node, to=PREPARER)

    refused(node, PREPARER, drafted(node), "approver_is_preparer")


def test_a_delegate_proves_both_of_his_own_factors(sqlite_node: Node) -> None:
    node = sqlite_node
    lend(node)
    batch_id = drafted(node)
    with pytest.raises(Unauthenticated):
        approving.approve(
            node.runtime, node.operator(OUTSIDER), batch_id, **node.proof("school-a-approver")
        )
    assert classes.states(node, batch_id) == {"ON_NOTICE": 2}


def test_a_delegate_decides_on_changes_too(sqlite_node: Node) -> None:
    node = sqlite_node
    numbers = classes.issue(node, classes.pupils(2))
    lend(node)
    request = classes.ask(node, "revoke", numbers[:1])
    changes.approve(node.runtime, node.operator(OUTSIDER), request, **node.proof(OUTSIDER))

    with node.runtime.reading() as work:
        row = queries.approval_of(work.session, request)
    assert row is not None
    assert row["ground"] == authority.DELEGATED


ONE_CLERK = ((APPROVER, Role.APPROVER), (DOUBLE, Role.APPROVER), (DOUBLE, Role.PREPARER))
"""What is taken away so that a school has one person only, who prepares."""


def test_a_school_of_one_clerk_is_approved_from_above(node: Node) -> None:
    withdraw(node, *ONE_CLERK)
    above, batch_id = approver_above(node), drafted(node)
    approve(node, above, batch_id)

    assert evidence(node, batch_id) == (authority.SUPERIOR, None)
    issued_and_valid(node, batch_id)


def test_one_person_with_both_offices_is_approved_from_above(sqlite_node: Node) -> None:
    """The school has an approver, but he is who prepared."""
    node = sqlite_node
    withdraw(node, (APPROVER, Role.APPROVER), (PREPARER, Role.PREPARER))
    above, batch_id = approver_above(node), drafted(node, by=DOUBLE)
    refused(node, DOUBLE, batch_id, "approver_is_preparer")
    approve(node, above, batch_id)

    assert evidence(node, batch_id) == (authority.SUPERIOR, None)


def test_where_the_school_has_an_approver_nobody_above_approves(sqlite_node: Node) -> None:
    node = sqlite_node
    above, batch_id = approver_above(node), drafted(node)
    refused(node, above, batch_id)
    withdraw(node, (APPROVER, Role.APPROVER))
    refused(node, above, batch_id)  # the one with both offices is there still
    withdraw(node, (DOUBLE, Role.APPROVER))
    approve(node, above, batch_id)


def test_only_the_institution_above_counts_and_only_its_approvers(sqlite_node: Node) -> None:
    node = sqlite_node
    withdraw(node, *ONE_CLERK)
    batch_id = drafted(node)
    node.add_operator("above-preparer", (Role.PREPARER, node.ids["authority"]))

    refused(node, "above-preparer", batch_id)
    refused(node, OUTSIDER, batch_id)
    refused(node, "registrar-1", batch_id)


def test_a_school_with_nobody_above_waits(sqlite_node: Node) -> None:
    node = sqlite_node
    withdraw(node, *ONE_CLERK)
    above, batch_id = approver_above(node), drafted(node)
    with node.runtime.writing() as work:
        row = institutions.load(work, node.ids["school-a"])
        institutions.change(work, row["id"], superior_id=None)

    refused(node, above, batch_id)


def test_the_one_above_who_prepared_himself_does_not_approve(sqlite_node: Node) -> None:
    """Somebody of the authority helps the school out, and stays one person."""
    node = sqlite_node
    withdraw(node, *ONE_CLERK)
    school, authority_id = node.ids["school-a"], node.ids["authority"]
    node.add_operator(ABOVE, (Role.APPROVER, authority_id), (Role.PREPARER, school))

    refused(node, ABOVE, drafted(node, by=ABOVE), "approver_is_preparer")


def readable(node: Node, login: str) -> set[str]:
    with node.runtime.reading() as work:
        found: Any = authority.readable(work, node.operator(login))
    names = {value: key for key, value in node.ids.items()}
    return {names[each] for each in found}


def test_what_somebody_may_read_follows_from_what_he_may_decide(sqlite_node: Node) -> None:
    node = sqlite_node
    assert readable(node, PREPARER) == readable(node, APPROVER) == {"school-a"}
    assert readable(node, OUTSIDER) == {"school-b"}
    lend(node)
    assert readable(node, OUTSIDER) == {"school-a", "school-b"}

    above = approver_above(node)
    assert readable(node, above) == {"authority"}
    withdraw(node, *ONE_CLERK)
    assert readable(node, above) == {"authority", "school-a"}
    assert readable(node, "registrar-1") == set()
