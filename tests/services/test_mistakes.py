"""What is wrong with a form is said on top; the summary leads to the field, which says the same."""

import re
from collections.abc import Iterator

import pytest

from tests.services.browsing import Page, Person
from tests.services.calling import Api, serving
from tests.services.nodes import Node

CLERK, HEAD, REGISTRAR = "school-a-preparer", "school-a-approver", "registrar-1"


@pytest.fixture
def api(sqlite_node: Node) -> Iterator[Api]:
    with serving(sqlite_node) as made:
        yield made


def led_to(page: Page) -> str:
    """Return the field that the summary leads to; it is there and says what is wrong."""
    assert page.status >= 400
    summary = page.html.split('id="mistake"')[1].split("</div>")[0]
    found = re.search(r'href="#f-([a-z_0-9]+)"', summary)
    assert found is not None, summary
    [control] = re.findall(rf'<(?:input|select|textarea)[^>]*id="f-{found[1]}"[^>]*>', page.html)
    assert 'aria-invalid="true"' in control
    assert f"f-{found[1]}-error" in control
    assert page.html.count(f'id="f-{found[1]}-error"') == 1
    return found[1]


@pytest.mark.parametrize(
    ("login", "path", "ending", "given", "field"),
    [
        (CLERK, "/programmes/new", "/programmes", {"name": ""}, "name"),
        (
            CLERK,
            "/programmes/new",
            "/programmes",
            {"name": "奖", "notice_days": "x"},
            "notice_days",
        ),
        (CLERK, "/programmes/new", "/programmes", {"name": "奖", "level": "city"}, "level"),
        (CLERK, "/programmes/new", "/programmes", {"name": "\U00030001杯"}, "name"),
        (CLERK, "/rosters/new", "/rosters", {}, "file"),
        (CLERK, "/changes/new", "/changes", {"action": "revoke", "reason": ""}, "reason"),
        (HEAD, "/delegations", "/delegations", {"from": "2026-01-01", "until": "x"}, "until"),
        (
            REGISTRAR,
            "/registry/institutions/new",
            "/registry/institutions",
            {"name_zh": "某小学", "telephone": "0371-1", "code": "12", "region": "410102"},
            "code",
        ),
        (REGISTRAR, "/operators", "/operators", {"login": ""}, "login"),
    ],
)
def test_the_summary_leads_to_the_field(
    api: Api, login: str, path: str, ending: str, given: dict[str, str], field: str
) -> None:
    who = Person(api, login).sign_in()
    assert led_to(who.open(path).form(ending).send(who, **given)) == field


def test_a_wrong_code_leads_to_the_password_and_repeats_nothing(api: Api) -> None:
    batch_id = api.node.draft()
    head = Person(api, HEAD).sign_in()
    form = head.open(f"/batches/{batch_id}").form("/decision")
    page = form.send(head, decision="approve", password="not this", code="1")
    assert led_to(page) == "password"
    assert "not this" not in page.html
