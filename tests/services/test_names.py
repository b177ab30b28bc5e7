"""Names of pupils, people and institutions are shown as they are written, in every language."""

import pytest

from services.honours import bundles
from tests.services.browsing import Person
from tests.services.calling import serving
from tests.services.honours.paper.test_service import batch_of, held_claims
from tests.services.nodes import Node

LANGUAGES = ("zh-CN", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_console_shows_a_pupil_as_the_roster_does(sqlite_issued: Node, language: str) -> None:
    node = sqlite_issued
    rare = [
        (number, claims)
        for number in node.numbers()
        if "·" in (claims := held_claims(node, number))["name"] or not claims["name"].isascii()
    ][:5]
    assert rare
    with serving(node) as api:
        clerk = Person(api, "school-a-preparer", language).sign_in()
        batch = clerk.open(f"/batches/{batch_of(node)}")
        for number, claims in rare:
            page = clerk.open(f"/certificates/{number}")
            for said in ("name", "award", "class"):
                assert claims[said] in page.text
        assert sum(claims["name"] in batch.text for _, claims in rare) > 0


def test_the_english_verdict_names_the_pupil_in_his_own_letters(sqlite_issued: Node) -> None:
    node = sqlite_issued
    number = node.numbers()[0]
    with node.runtime.reading() as work:
        held = bundles.open_certificate(work, number)
    with serving(node) as api:
        page = Person(api, "", "en").open(f"/v/{held.code}")
    assert held_claims(node, number)["name"] in page.text
    assert held_claims(node, number)["award"] in page.text


def test_an_institution_without_an_english_name_keeps_its_own(sqlite_issued: Node) -> None:
    node = sqlite_issued
    with serving(node) as api:
        seen = Person(api, "registrar-1", "en").sign_in()
        page = seen.open("/registry/institutions")
    assert "明德中学" in page.text
