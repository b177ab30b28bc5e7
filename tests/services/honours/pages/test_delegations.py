"""Pages of delegations: lent with both factors, seen by both, used, ended by the lender."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.accounts import delegations
from services.honours import approving
from services.platform import clock
from tests.services.browsing import Page, Person
from tests.services.calling import Api, serving
from tests.services.honours import classes
from tests.services.nodes import Node

APPROVER, DELEGATE = "school-a-approver", "school-a-preparer"


@pytest.fixture
def api(sqlite_node: Node) -> Iterator[Api]:
    with serving(sqlite_node) as made:
        yield made


def day(api: Api, after: int) -> str:
    return (clock.in_shanghai(api.node.clock.now) + timedelta(days=after)).date().isoformat()


def lend(who: Person, **given: str) -> Page:
    page = who.open("/delegations")
    api = who.api
    plain = {
        "to": api.node.operator(DELEGATE).id,
        "from": day(api, 0),
        "until": day(api, 7),
        "reason": "travel",
    }
    proof = {} if "code" in given else who.proof()
    return page.form("/delegations").send(who, **{**plain, **proof, **given})


def test_an_approver_lends_and_both_see_it(api: Api) -> None:
    lender = Person(api, APPROVER).sign_in()
    done = lend(lender)
    assert done.path.startswith("/delegations")
    assert done.has_form("/end")

    seen = Person(api, DELEGATE).sign_in().open("/delegations")
    assert seen.status == 200
    assert not seen.has_form("/end")


def test_what_was_approved_under_it_is_listed_beside_it(api: Api) -> None:
    node = api.node
    outsider = node.add_operator("outsider")
    lender = Person(api, APPROVER).sign_in()
    assert lend(lender, to=outsider.id).status == 200
    batch_id = classes.draft(node, classes.pupils(2))
    actor = node.operator("outsider")
    approving.approve(node.runtime, actor, batch_id, **node.proof("outsider"))

    assert f"/batches/{batch_id}" in lender.open("/delegations").links


def test_the_lender_ends_it(api: Api) -> None:
    lender = Person(api, APPROVER).sign_in()
    over = lend(lender).form("/end").send(lender)

    assert over.path == "/delegations"
    assert not over.has_form("/end")


def test_a_wrong_code_lends_nothing_and_keeps_what_was_typed(api: Api) -> None:
    lender = Person(api, APPROVER).sign_in()
    page = lend(lender, password="wrong", code="000000", reason="training")

    assert page.status == 401
    assert not page.has_form("/end")
    assert ("until", day(api, 7)) in page.form("/delegations").fields
    assert ("reason", "training") in page.form("/delegations").fields
    assert "wrong" not in page.html


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"from": ""}, 422),
        ({"until": "2026-13-01"}, 422),
        ({"until": "2020-01-01"}, 422),
        ({"until": "2030-01-01"}, 422),
        ({"reason": "because"}, 422),
        ({"to": "opr_none"}, 404),
        ({"within": "prg_none"}, 404),
        ({"scope": "inst_none"}, 403),
    ],
)
def test_what_cannot_be_lent_is_said_on_the_same_page(
    api: Api, given: dict[str, str], status: int
) -> None:
    lender = Person(api, APPROVER).sign_in()
    page = lend(lender, **given)

    assert page.status == status
    assert not page.has_form("/end")


def test_a_programme_of_another_school_is_not_lent(api: Api) -> None:
    lender = Person(api, APPROVER).sign_in()
    page = lend(lender, within=api.node.programmes["school-b"])

    assert page.status == 422
    assert not page.has_form("/end")


def test_who_approves_nothing_has_no_form(api: Api) -> None:
    page = Person(api, DELEGATE).sign_in().open("/delegations")
    assert page.status == 200
    assert not page.has_form("/delegations")


def test_what_is_anothers_is_not_ended_by_its_address(api: Api) -> None:
    made = lend(Person(api, APPROVER).sign_in()).form("/end").action
    other = Person(api, DELEGATE).sign_in()
    answer = other.post(made, data={"csrf": ""})

    assert answer.status in (403, 422)
    assert Person(api, APPROVER).sign_in().open("/delegations").has_form("/end")


def test_days_are_days_of_beijing(api: Api) -> None:
    """The last day counts to its end, whatever time of day it is in Greenwich."""
    lend(Person(api, APPROVER).sign_in(), until=day(api, 0))
    with api.node.runtime.reading() as work:
        [row] = delegations.in_scopes(work, [api.node.ids["school-a"]])
    last = clock.in_shanghai(row["valid_to"])
    assert (last.hour, last.minute) == (0, 0)
    assert last.date().isoformat() == day(api, 1)
