"""Pages of changes of status: asked by one person, decided by another, for one and for many."""

from collections.abc import Iterator

import pytest

from services.honours import queries
from tests.services.browsing import Page, Person
from tests.services.calling import Api, serving
from tests.services.honours.paper.test_service import batch_of
from tests.services.nodes import Node

PREPARER, APPROVER, OTHER = "school-a-preparer", "school-a-approver", "school-b-preparer"


@pytest.fixture
def api(sqlite_issued: Node) -> Iterator[Api]:
    with serving(sqlite_issued) as made:
        yield made


@pytest.fixture
def clerk(api: Api) -> Person:
    return Person(api, PREPARER).sign_in()


@pytest.fixture
def approver(api: Api) -> Person:
    return Person(api, APPROVER).sign_in()


def ask(who: Person, numbers: str, action: str = "revoke", reason: str = "facts_wrong") -> Page:
    form = who.open("/changes/new").form("/changes")
    return form.send(who, action=action, reason=reason, numbers=numbers)


def decide(who: Person, path: str, decision: str, **proof: str) -> Page:
    given = proof or (who.proof() if decision == "approve" else {})
    return who.open(path).form("/decision").send(who, decision=decision, **given)


def state(api: Api, number: str) -> str:
    with api.node.runtime.reading() as work:
        row = queries.certificate(work.session, number)
    assert row is not None
    return str(row["state"])


def test_a_request_is_made_from_a_certificate_and_decided_by_another(
    api: Api, clerk: Person, approver: Person
) -> None:
    number = api.node.numbers()[0]
    form = clerk.open(f"/changes/new?number={number}&action=revoke").form("/changes")
    assert dict(form.fields)["numbers"] == number
    asked = form.send(clerk, action="revoke", reason="facts_wrong")
    assert asked.path.startswith("/changes/")
    assert not asked.has_form("/decision")
    assert state(api, number) == "ISSUED"

    assert asked.path in approver.open("/changes").links
    done = decide(approver, asked.path, "approve")
    assert done.status == 200
    assert state(api, number) == "REVOKED"
    assert not done.has_form("/decision")


def test_a_request_for_a_whole_batch(api: Api, clerk: Person, approver: Person) -> None:
    batch_id = batch_of(api.node)
    form = clerk.open(f"/changes/new?batch={batch_id}&action=suspend").form("/changes")
    assert dict(form.fields)["numbers"].split() == api.node.numbers()
    asked = form.send(clerk, action="suspend", reason="under_dispute")
    assert asked.status == 200, asked.text
    decide(approver, asked.path, "approve")

    assert {state(api, number) for number in api.node.numbers()} == {"SUSPENDED"}
    lifted = ask(clerk, "\n".join(api.node.numbers()), "lift", "dispute_settled")
    decide(approver, lifted.path, "approve")
    assert {state(api, number) for number in api.node.numbers()} == {"ISSUED"}


def test_numbers_may_be_written_as_people_write_them(api: Api, clerk: Person) -> None:
    first, second = api.node.numbers()[:2]
    written = f" {first[:10]} {first[10:14]} {first[14:].lower()} \r\n\n{second}，{second}\n"
    asked = ask(clerk, written)

    assert asked.status == 200, asked.text
    assert first in "".join(asked.text.split())
    assert second in "".join(asked.text.split())


@pytest.mark.parametrize(
    ("numbers", "action", "reason", "status"),
    [
        ("", "revoke", "facts_wrong", 422),
        ("3441000001", "revoke", "facts_wrong", 422),
        ("NUMBER", "burn", "facts_wrong", 422),
        ("NUMBER", "revoke", "because", 422),
        ("NUMBER", "lift", "facts_wrong", 409),
        ("OTHERS", "revoke", "facts_wrong", 404),
    ],
)
def test_what_cannot_be_asked_is_said_beside_what_was_typed(
    api: Api, clerk: Person, numbers: str, action: str, reason: str, status: int
) -> None:
    known = {"NUMBER": api.node.numbers()[0], "OTHERS": api.node.numbers("school-b")[0]}
    page = ask(clerk, known.get(numbers, numbers), action, reason)

    assert page.status == status, page.text
    assert page.has_form("/changes")
    assert dict(page.form("/changes").fields)["numbers"] == known.get(numbers, numbers)


def test_an_approver_refuses_and_nothing_changes(api: Api, clerk: Person, approver: Person) -> None:
    number = api.node.numbers()[0]
    asked = ask(clerk, number)
    refused = decide(approver, asked.path, "refuse")

    assert refused.status == 200
    assert state(api, number) == "ISSUED"
    assert not approver.open(asked.path).has_form("/decision")


def test_a_wrong_code_and_no_choice_decide_nothing(
    api: Api, clerk: Person, approver: Person
) -> None:
    number = api.node.numbers()[0]
    asked = ask(clerk, number)
    wrong = decide(approver, asked.path, "approve", password="wrong", code="000000")
    assert wrong.status == 401
    assert "wrong" not in wrong.html
    none = approver.open(asked.path).form("/decision").send(approver, decision="")
    assert none.status == 422

    assert state(api, number) == "ISSUED"
    assert approver.open(asked.path).has_form("/decision")


def test_who_asked_does_not_decide(api: Api, approver: Person) -> None:
    both = Person(api, "school-a-double").sign_in()
    number = api.node.numbers()[0]
    asked = ask(both, number)
    assert not asked.has_form("/decision")
    form = approver.open(asked.path).form("/decision")
    hidden = dict(both.open("/work").form("/sign-out").fields)
    form.fields = [(name, hidden.get(name, value)) for name, value in form.fields]

    assert form.send(both, decision="approve", **both.proof()).status == 403
    assert state(api, number) == "ISSUED"


def test_another_school_sees_no_request(api: Api, clerk: Person) -> None:
    asked = ask(clerk, api.node.numbers()[0])
    other = Person(api, OTHER).sign_in()

    assert other.open(asked.path).status == 404
    assert asked.path not in other.open("/changes").links
    form = other.open(f"/changes/new?batch={batch_of(api.node)}").form("/changes")
    assert dict(form.fields)["numbers"] == ""
