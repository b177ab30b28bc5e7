"""Pages of certificates: found by number or by an identifier, read, replaced by a right one."""

from collections.abc import Iterator

import pytest

from services.audit import queries as audit_queries
from services.evidence.verdict import Outcome
from services.honours import approving
from tests.services import verifying
from tests.services.browsing import Person
from tests.services.calling import Api, serving
from tests.services.honours import classes
from tests.services.honours.paper.test_service import held_claims
from tests.services.nodes import Node

PREPARER, APPROVER, OTHER = "school-a-preparer", "school-a-approver", "school-b-preparer"
PUPIL = classes.pupil(7)


@pytest.fixture
def node(sqlite_node: Node) -> Node:
    classes.issue(sqlite_node, [PUPIL, classes.pupil(8)])
    return sqlite_node


@pytest.fixture
def api(node: Node) -> Iterator[Api]:
    with serving(node) as made:
        yield made


@pytest.fixture
def clerk(api: Api) -> Person:
    return Person(api, PREPARER).sign_in()


def links(api: Api, page_links: list[str]) -> list[str]:
    return [number for number in api.node.numbers() if f"/certificates/{number}" in page_links]


def test_certificates_are_found_by_number_end_and_state(api: Api, clerk: Person) -> None:
    first, second = api.node.numbers()
    assert links(api, clerk.open("/certificates").links) == [first, second]
    assert links(api, clerk.open(f"/certificates?number={second[-8:].lower()}").links) == [second]
    assert links(api, clerk.open("/certificates?state=ISSUED").links) == [first, second]
    assert links(api, clerk.open("/certificates?state=REVOKED").links) == []
    assert links(api, clerk.open("/certificates?state=nonsense").links) == [first, second]
    assert clerk.open("/certificates?page=99").status in (200, 404)


@pytest.mark.parametrize(("kind", "title"), [("xjh", classes.XJH), ("id_number", classes.ID)])
def test_a_person_is_found_by_an_exact_identifier(
    api: Api, clerk: Person, kind: str, title: str
) -> None:
    form = clerk.open("/certificates").form("/certificates")  # the first one finds by number
    form.method, form.fields = (
        "post",
        [
            *clerk.open("/work").form("/sign-out").fields,
            ("institution", api.node.ids["school-a"]),
        ],
    )
    page = form.send(clerk, kind=kind, identifier=PUPIL[title])

    assert page.status == 200
    assert links(api, page.links) == api.node.numbers()[:1]
    assert page.path == "/certificates", "an identifier stands in no address"
    assert PUPIL[title] not in page.html
    wrong = form.send(clerk, kind=kind, identifier="12")
    assert wrong.status == 422
    foreign = form.send(
        clerk, kind=kind, identifier=PUPIL[title], institution=api.node.ids["school-b"]
    )
    assert foreign.status == 404


def test_reading_a_certificate_is_noted_and_its_code_apart(api: Api, clerk: Person) -> None:
    number = api.node.numbers()[0]
    page = clerk.open(f"/certificates/{number}")
    assert page.status == 200
    assert PUPIL[classes.NAME] in page.text
    with_code = clerk.open(f"/certificates/{number}?code=true")
    assert "/v/" in with_code.html
    with api.node.runtime.reading() as work:
        found = audit_queries.events(work.session, limit=10_000)

    about = [each["action"] for each in found if each["object"] == number]
    assert {"certificate.read", "code.read"} <= set(about)


def test_its_bundle_is_downloaded_and_valid(api: Api, clerk: Person) -> None:
    number = api.node.numbers()[0]
    made = clerk.client.get(f"/certificates/{number}/bundle")

    assert made.status_code == 200
    assert f'filename="{number}.kexin.json"' in made.headers["content-disposition"]
    assert verifying.offline(api.node, made.content).result is Outcome.VALID


def test_what_is_anothers_is_unknown(api: Api) -> None:
    other = Person(api, OTHER).sign_in()
    number = api.node.numbers()[0]
    for path in ("", "/bundle", "/replace"):
        assert other.open(f"/certificates/{number}{path}").status == 404
    assert other.open(f"/certificates/{'0' * 22}").status == 404
    assert links(api, other.open(f"/certificates?number={number}").links) == []


def test_a_wrong_name_is_replaced_by_a_new_certificate(api: Api, clerk: Person) -> None:
    """The clerk types it right, another person approves, and the old one leads to the new."""
    node = api.node
    number = node.numbers()[0]
    page = clerk.open(f"/certificates/{number}/replace")
    form = page.form("/replace")
    given = {"name": PUPIL[classes.NAME] + "瑶", "xjh": PUPIL[classes.XJH]}
    roster = form.send(clerk, **given)

    assert roster.path.startswith("/rosters/"), roster.text
    drafted = roster.form("/draft").send(clerk)
    assert drafted.path.startswith("/batches/"), drafted.text
    batch_id = drafted.path.split("/")[2]
    actor = node.operator(APPROVER)
    approving.approve(node.runtime, actor, batch_id, **node.proof(APPROVER))
    node.work()
    [made] = [row["number"] for row in classes.certificates(node, batch_id)]

    assert held_claims(node, made)["name"] == given["name"]
    old = clerk.open(f"/certificates/{number}")
    assert f"/certificates/{made}" in old.links or made in "".join(old.text.split())


def test_a_replacement_needs_an_identifier_and_keeps_what_was_typed(
    api: Api, clerk: Person
) -> None:
    number = api.node.numbers()[0]
    form = clerk.open(f"/certificates/{number}/replace").form("/replace")
    page = form.send(clerk, name="林知遥", xjh="", id_number="", student_no="")

    assert page.status == 422
    assert dict(page.form("/replace").fields)["name"] == "林知遥"


def test_an_approver_does_not_replace(api: Api) -> None:
    approver = Person(api, APPROVER).sign_in()
    assert approver.open(f"/certificates/{api.node.numbers()[0]}/replace").status == 403
