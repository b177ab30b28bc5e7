"""Pages of people and roles: made, given a role, taken it away, by registrars and nobody else."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest

from crypto import entropy
from identity.factors import totp
from services.accounts import sign_in
from tests.services.browsing import Page, Person
from tests.services.calling import Api, serving
from tests.services.nodes import Node

REGISTRAR = "registrar-1"


@pytest.fixture
def api(sqlite_node: Node) -> Iterator[Api]:
    with serving(sqlite_node) as made:
        yield made


def order(api: Api, **changes: str) -> dict[str, str]:
    plain = {
        "login": "new-clerk",
        "name": "阿依古丽·买买提",
        "document_type": "passport",
        "document_number": "E12345678",
        "password": entropy.token(9),
        "role": "preparer",
        "scope": api.node.ids["school-a"],
    }
    return plain | changes


def send(who: Person, given: dict[str, Any]) -> Page:
    return who.open("/operators").form("/operators").send(who, **given)


def roles(api: Api, login: str) -> set[tuple[str, str]]:
    return set(api.node.operator(login).roles)


def test_a_new_account_signs_in_with_the_seed_that_the_page_shows_once(api: Api) -> None:
    registrar = Person(api, REGISTRAR).sign_in()
    given = order(api)
    page = send(registrar, given)

    assert page.status == 200
    assert "otpauth://" in page.html
    assert given["password"] not in page.html
    assert given["document_number"] not in page.html
    assert roles(api, "new-clerk") == {("preparer", api.node.ids["school-a"])}
    [secret] = set(re.findall(r"secret=([A-Z2-7]{32,})", page.html))
    listed = registrar.open("/operators")
    assert "new-clerk" in listed.text
    assert secret not in listed.html


def test_a_form_sent_twice_makes_one_account_and_shows_the_same_seed(api: Api) -> None:
    registrar = Person(api, REGISTRAR).sign_in()
    form = registrar.open("/operators").form("/operators")
    given = order(api)
    first, second = (form.send(registrar, **given) for _ in range(2))

    assert first.status == second.status == 200
    secrets = [set(re.findall(r"secret=([A-Z2-7]+)", page.html)) for page in (first, second)]
    assert secrets[0] == secrets[1] != set()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"login": ""}, 422),
        ({"login": "a\u202eb"}, 422),
        ({"login": "x" * 65}, 422),
        ({"name": ""}, 422),
        ({"document_type": "library card"}, 422),
        ({"document_number": " "}, 422),
        ({"document_type": "resident_id", "document_number": "110105194912310020"}, 422),
        ({"password": "short"}, 422),
        ({"role": "king"}, 422),
        ({"scope": ""}, 422),
        ({"scope": "s" * 41}, 422),
        ({"login": "registrar-2"}, 409),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    api: Api, changes: dict[str, str], status: int
) -> None:
    registrar = Person(api, REGISTRAR).sign_in()
    given = order(api, **changes)
    page = send(registrar, given)

    assert page.status == status
    assert "otpauth://" not in page.html
    assert given["password"] not in page.html
    if given["document_number"].strip():
        assert given["document_number"] not in page.html
    assert "new-clerk" not in registrar.open("/operators").text


def test_a_role_is_given_and_taken_away(api: Api) -> None:
    registrar = Person(api, REGISTRAR).sign_in()
    node = api.node
    target = node.operator("school-b-preparer")
    wanted = {"role": "approver", "scope": node.ids["school-b"]}
    given = registrar.open("/operators").form(f"{target.id}/grant").send(registrar, **wanted)
    assert given.status == 200
    assert ("approver", node.ids["school-b"]) in roles(api, "school-b-preparer")

    taken = given.form(f"{target.id}/withdraw").send(registrar, **wanted)
    assert taken.status == 200
    assert ("approver", node.ids["school-b"]) not in roles(api, "school-b-preparer")
    again = taken.form(f"{target.id}/withdraw").send(registrar, **wanted)
    assert again.status == 404


def test_nobody_gives_himself_a_role(api: Api) -> None:
    registrar = Person(api, REGISTRAR).sign_in()
    own = api.node.operator(REGISTRAR)
    wanted = {"role": "approver", "scope": api.node.ids["school-a"]}
    page = registrar.open("/operators").form(f"{own.id}/grant").send(registrar, **wanted)

    assert page.status == 403
    assert ("approver", api.node.ids["school-a"]) not in roles(api, REGISTRAR)


@pytest.mark.parametrize("act", ["promote", "../../x"])
def test_another_act_is_none(api: Api, act: str) -> None:
    registrar = Person(api, REGISTRAR).sign_in()
    target = api.node.operator("school-b-preparer")
    form = registrar.open("/operators").form(f"{target.id}/grant")
    form.action = f"/operators/{target.id}/{act}"

    assert form.send(registrar).status in (404, 405, 422)


def test_an_auditor_reads_and_changes_nothing(api: Api) -> None:
    auditor = Person(api, "auditor").sign_in()
    page = auditor.open("/operators")

    assert page.status == 200
    assert "school-a-preparer" in page.text
    assert not page.has_form("/operators")
    assert not page.has_form("/grant")


@pytest.mark.parametrize("login", ["school-a-preparer", "school-a-approver", "auditor"])
def test_nobody_else_makes_or_changes_accounts(api: Api, login: str) -> None:
    """With the form of a registrar's page, sent in his own name."""
    form = Person(api, REGISTRAR).sign_in().open("/operators").form("/operators")
    other = Person(api, login).sign_in()
    hidden = dict(other.open("/work").form("/sign-out").fields)
    form.fields = [(name, hidden.get(name, value)) for name, value in form.fields]
    page = form.send(other, **order(api))

    assert page.status in (403, 422)
    assert "otpauth://" not in page.html
    target = api.node.operator("school-b-preparer")
    form.action = f"/operators/{target.id}/grant"
    wanted = {"role": "approver", "scope": api.node.ids["school-b"]}
    assert form.send(other, **wanted).status in (403, 422)
    assert ("approver", api.node.ids["school-b"]) not in roles(api, "school-b-preparer")


def test_a_new_accounts_password_opens_it(api: Api) -> None:
    """The seed of the page and the first password are what a person needs, and nothing else."""
    registrar = Person(api, REGISTRAR).sign_in()
    given = order(api)
    page = send(registrar, given)
    [secret] = set(re.findall(r"secret=([A-Z2-7]{32,})", page.html))
    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = totp.step(api.node.clock.now)
    made = sign_in.sign_in(api.node.runtime, "new-clerk", given["password"], totp.code(seed, step))

    assert made.token
