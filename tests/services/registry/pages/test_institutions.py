"""Pages of institutions: registered and changed by registrars, seen by their own people."""

from collections.abc import Iterator

import pytest

from services.registry import institutions, keys, queries
from services.registry.queries import Row
from tests.services.browsing import Page, Person
from tests.services.calling import Api, serving
from tests.services.nodes import Node

REGISTRAR = "registrar-1"
PATH = "/registry/institutions"


@pytest.fixture
def api(sqlite_node: Node) -> Iterator[Api]:
    with serving(sqlite_node) as made:
        yield made


@pytest.fixture
def registrar(api: Api) -> Person:
    return Person(api, REGISTRAR).sign_in()


def order(api: Api, **changes: str) -> dict[str, str]:
    plain = {
        "kind": "school",
        "name_zh": "青禾市第二中学",
        "name_en": "Qinghe No. 2 Middle School",
        "region": "410100",
        "code": "3441000077",
        "uscc": "",
        "telephone": "0371-12345678",
        "superior_id": api.node.ids["authority"],
    }
    return plain | changes


def create(who: Person, given: dict[str, str]) -> Page:
    return who.open(f"{PATH}/new").form(PATH).send(who, **given)


def row(api: Api, school: str = "school-a") -> Row:
    with api.node.runtime.reading() as work:
        return institutions.load(work, api.node.ids[school])


def act(who: Person, name: str, **given: str | list[str]) -> Page:
    """Use a form of a school's page."""
    page = who.open(f"{PATH}/{who.api.node.ids['school-a']}")
    return page.form(f"/{name}").send(who, **given)


def test_a_school_is_registered_and_shown(api: Api, registrar: Person) -> None:
    page = create(registrar, order(api))

    assert page.status == 200
    assert page.path.startswith(f"{PATH}/inst_41")
    for shown in ("青禾市第二中学", "3441000077", "0371-12345678"):
        assert shown in page.text
    found = registrar.open(f"{PATH}?name=第二中学")
    assert page.path in found.links
    assert f"{PATH}/{api.node.ids['school-a']}" not in found.links


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"kind": "kingdom"}, 422),
        ({"name_zh": ""}, 422),
        ({"telephone": ""}, 422),
        ({"code": "12"}, 422),
        ({"region": "999999"}, 422),
        ({"uscc": "123"}, 422),
        ({"superior_id": "inst_41ZZZZZZZZZZZZZZZZ"}, 422),
        ({"name_zh": "𱍐中学"}, 422),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    api: Api, registrar: Person, changes: dict[str, str], status: int
) -> None:
    given = order(api, **changes)
    page = create(registrar, given)

    assert page.status == status
    kept = dict(page.form(PATH).fields)
    assert {name: kept[name] for name in ("name_en", "code", "telephone")} == {
        name: given[name] for name in ("name_en", "code", "telephone")
    }
    assert given["name_zh"] == "" or registrar.open(f"{PATH}?name={given['name_zh']}").status == 200


def test_a_code_is_taken_once(api: Api, registrar: Person) -> None:
    create(registrar, order(api))
    assert create(registrar, order(api, name_zh="另一所学校")).status == 409


def test_a_school_gets_another_code(api: Api, registrar: Person) -> None:
    page = act(registrar, "recode", code="3441000098")

    assert page.status == 200
    assert "3441000098" in page.text
    assert act(registrar, "recode", code="3441000098").status in (409, 422)


def test_a_key_is_made_and_an_old_one_retired(api: Api, registrar: Person) -> None:
    with api.node.runtime.reading() as work:
        before = {each["kid"] for each in keys.issuer_keys(work, row(api))}
    page = act(registrar, "key")
    assert page.status == 200
    [old] = before
    retired = page.form("/retire").send(registrar, kid=old)

    assert retired.status == 200
    with api.node.runtime.reading() as work:
        states = {each["kid"]: each["state"] for each in keys.issuer_keys(work, row(api))}
    assert states.pop(old) != "active"
    assert list(states.values()) == ["active"]


def test_the_key_of_another_school_is_not_retired_by_this_ones_page(
    api: Api, registrar: Person
) -> None:
    with api.node.runtime.reading() as work:
        [other] = keys.issuer_keys(work, row(api, "school-b"))
    act(registrar, "key")

    assert act(registrar, "retire", kid=other["kid"]).status == 404
    with api.node.runtime.reading() as work:
        assert keys.issuer_keys(work, row(api, "school-b"))[0]["state"] == "active"


def test_rights_are_given_until_a_day_and_ended(api: Api, registrar: Person) -> None:
    with api.node.runtime.reading() as work:
        before = len(institutions.accreditations(work, row(api)))
    assert act(registrar, "accredit", level=["school"], valid_to="2027-08-31").status == 200
    with api.node.runtime.reading() as work:
        found = institutions.accreditations(work, row(api))
    assert len(found) == before + 1
    [until] = [each["valid_to"] for each in found if each["valid_to"] is not None]
    assert until.isoformat() == "2027-08-31T16:00:00+00:00", "the end of that day in Beijing"

    ended = act(registrar, "unaccredit")
    assert ended.status == 200
    with api.node.runtime.reading() as work:
        assert all(each["valid_to"] for each in institutions.accreditations(work, row(api)))


@pytest.mark.parametrize("given", [{"level": ["school"], "valid_to": "someday"}, {"level": []}])
def test_rights_that_nobody_can_have(
    api: Api, registrar: Person, given: dict[str, str | list[str]]
) -> None:
    assert act(registrar, "accredit", **given).status == 422


def test_a_school_is_closed_and_opened_again(api: Api, registrar: Person) -> None:
    closed = act(registrar, "close")
    assert closed.status == 200
    assert closed.has_form("/reopen")
    assert not closed.has_form("/close")
    opened = closed.form("/reopen").send(registrar)
    assert opened.has_form("/close")


def test_another_act_and_another_institution_are_unknown(api: Api, registrar: Person) -> None:
    page = registrar.open(f"{PATH}/{api.node.ids['school-a']}")
    form = page.form("/close")
    form.action = form.action.replace("/close", "/burn")
    assert form.send(registrar).status == 404
    assert registrar.open(f"{PATH}/inst_41ZZZZZZZZZZZZZZZZ").status == 404


def test_a_school_sees_itself_and_changes_nothing(api: Api, registrar: Person) -> None:
    clerk = Person(api, "school-a-preparer").sign_in()
    own, other = (f"{PATH}/{api.node.ids[each]}" for each in ("school-a", "school-b"))

    listed = clerk.open(PATH)
    assert own in listed.links
    assert other not in listed.links
    assert clerk.open(other).status == 404
    page = clerk.open(own)
    assert page.status == 200
    assert not any(page.has_form(each) for each in ("/key", "/close", "/recode", "/accredit"))
    assert clerk.open(f"{PATH}/new").status == 403

    form = registrar.open(own).form("/key")
    hidden = dict(clerk.open("/work").form("/sign-out").fields)
    form.fields = [(name, hidden.get(name, value)) for name, value in form.fields]
    assert form.send(clerk).status == 403
    with api.node.runtime.reading() as work:
        assert len(queries.institution_keys(work.session, api.node.ids["school-a"])) == 1
