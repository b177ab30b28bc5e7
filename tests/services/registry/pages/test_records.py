"""Pages of issuer records: one registrar signs first, another publishes, many with one proof."""

from collections.abc import Iterator

import pytest

from services.registry import queries
from tests.services.browsing import Page, Person
from tests.services.calling import Api, serving
from tests.services.nodes import Node
from tests.services.registry import registrars

PATH = "/registry/records"
SCHOOLS = ("school-a", "school-b")


@pytest.fixture
def api(sqlite_node: Node) -> Iterator[Api]:
    """Give a node on which both schools' registry has moved on since their records."""
    for school in SCHOOLS:
        registrars.new_key(sqlite_node, sqlite_node.ids[school])
    with serving(sqlite_node) as made:
        yield made


@pytest.fixture
def first(api: Api) -> Person:
    return Person(api, "registrar-1").sign_in()


@pytest.fixture
def second(api: Api) -> Person:
    return Person(api, "registrar-2").sign_in()


def ids(api: Api) -> list[str]:
    return [api.node.ids[school] for school in SCHOOLS]


def sign(who: Person, act: str, chosen: list[str], **proof: str) -> Page:
    given = proof or who.proof()
    return who.open(PATH).form(f"/{act}").send(who, institution=chosen, **given)


def drafts(api: Api) -> set[str]:
    with api.node.runtime.reading() as work:
        return {row["institution_id"] for row in queries.drafts(work.session)}


def published(api: Api, school: str) -> int:
    with api.node.runtime.reading() as work:
        return len(queries.records(work.session, api.node.ids[school]))


def test_many_are_signed_by_two_people_with_one_proof_each(
    api: Api, first: Person, second: Person
) -> None:
    before = [published(api, school) for school in SCHOOLS]
    proposed = sign(first, "propose", ids(api))
    assert proposed.status == 200
    assert drafts(api) == set(ids(api))
    done = sign(second, "publish", ids(api))

    assert done.status == 200
    assert drafts(api) == set()
    assert [published(api, school) for school in SCHOOLS] == [each + 1 for each in before]
    assert not done.has_form("/publish")
    assert not done.has_form("/propose")


def test_who_proposed_does_not_publish(api: Api, first: Person) -> None:
    sign(first, "propose", ids(api))
    page = first.open(PATH)
    form = page.form("/publish")
    refused = form.send(first, institution=ids(api), **first.proof())

    assert refused.status == 403
    assert drafts(api) == set(ids(api))


def test_what_is_refused_for_one_stops_no_other(api: Api, first: Person, second: Person) -> None:
    sign(first, "propose", ids(api)[:1])
    page = sign(second, "publish", [ids(api)[1], ids(api)[0]])

    assert page.status >= 400
    assert drafts(api) == set()
    assert published(api, "school-a") == 2


def test_a_wrong_proof_signs_nothing(api: Api, first: Person) -> None:
    page = sign(first, "propose", ids(api), password="wrong", code="000000")

    assert page.status == 401
    assert drafts(api) == set()
    assert "wrong" not in page.html


@pytest.mark.parametrize("chosen", [[], ["inst_41ZZZZZZZZZZZZZZZZ"]])
def test_none_chosen_and_none_of_ours(api: Api, first: Person, chosen: list[str]) -> None:
    assert sign(first, "propose", chosen).status in (404, 422)
    assert drafts(api) == set()


def test_another_act_is_none(api: Api, first: Person) -> None:
    form = first.open(PATH).form("/propose")
    form.action = f"{PATH}/burn"

    assert form.send(first, institution=ids(api), **first.proof()).status == 422
    assert drafts(api) == set()


def test_a_proposal_is_thrown_away(api: Api, first: Person, second: Person) -> None:
    sign(first, "propose", ids(api)[:1])
    page = second.open(PATH)
    assert page.form("/discard").send(second).status == 200
    assert drafts(api) == set()


def test_what_a_record_will_say_stands_beside_what_it_says(api: Api, first: Person) -> None:
    page = first.open(f"{PATH}?institution={ids(api)[0]}")
    assert page.status == 200
    form = page.form("/propose")
    assert [value for name, value in form.fields if name == "institution"] == ids(api)[:1]


@pytest.mark.parametrize("login", ["school-a-preparer", "auditor"])
def test_registrars_and_nobody_else(api: Api, login: str) -> None:
    assert Person(api, login).sign_in().open(PATH).status == 403
