"""Paper in the pages: what a batch can be downloaded as, what it waits for, how it looks."""

import io
import zipfile
from collections.abc import Iterator

import pytest

from services.evidence.verdict import Outcome, verify
from services.honours import programmes
from services.honours.paper import looks, sets
from services.honours.paper.looks import Look
from services.honours.paper.wording import Signatory
from tests.services import verifying
from tests.services.browsing import Person
from tests.services.calling import Api, serving
from tests.services.honours.paper import reading
from tests.services.honours.paper.test_service import batch_of
from tests.services.nodes import Node

CLERK = "school-a-preparer"


@pytest.fixture
def issued(sqlite_issued: Node) -> Iterator[Api]:
    with serving(sqlite_issued) as made:
        yield made


@pytest.fixture
def fresh(sqlite_node: Node) -> Iterator[Api]:
    with serving(sqlite_node) as made:
        yield made


def look_of(node: Node) -> Look:
    with node.runtime.reading() as work:
        return looks.of_programme(work, programmes.load(work, node.programmes["school-a"]))


def test_the_way_leads_from_the_batch_to_its_paper(issued: Api) -> None:
    clerk = Person(issued, CLERK).sign_in()
    batch = clerk.open(f"/batches/{batch_of(issued.node)}")
    paper = f"{batch.path}/paper"
    assert paper in batch.links

    page = clerk.open(paper)

    assert page.status == 200
    assert [f"{paper}/{kind}.zip" in page.links for kind in sets.KINDS] == [True] * 5
    assert f"/paper-looks/{issued.node.programmes['school-a']}" in page.links


@pytest.mark.parametrize("kind", sets.KINDS)
def test_each_kind_is_one_zip(issued: Api, kind: str) -> None:
    clerk = Person(issued, CLERK).sign_in()
    batch_id = batch_of(issued.node)
    answer = clerk.client.get(f"/batches/{batch_id}/paper/{kind}.zip")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        assert len(names) == (30 if kind == "files" else 1)
        assert archive.read(names[0]).startswith(b"%PDF-")
        if kind == "files":
            trust = verifying.trusted(issued.node)
            made = archive.read(names[0])
            assert verify(made, trust=trust, now=issued.node.clock.now).result is Outcome.VALID


def test_one_certificate_is_downloaded_from_its_page(issued: Api) -> None:
    clerk = Person(issued, CLERK).sign_in()
    number = issued.node.numbers()[0]
    link = f"/certificates/{number}/certificate.pdf"
    assert link in clerk.open(f"/certificates/{number}").links

    made = clerk.client.get(link)

    assert number in reading.text(made.content)


def test_paper_waits_for_the_approval_and_says_so(fresh: Api) -> None:
    clerk = Person(fresh, CLERK).sign_in()
    batch_id = fresh.node.draft()
    page = clerk.open(f"/batches/{batch_id}/paper")
    assert "还没有签发完" in page.text
    assert not [link for link in page.links if link.endswith(".zip")]
    assert clerk.open(f"/batches/{batch_id}/paper/files.zip").status == 409


def test_an_unknown_kind_is_not_there(issued: Api) -> None:
    clerk = Person(issued, CLERK).sign_in()
    assert clerk.open(f"/batches/{batch_of(issued.node)}/paper/gold.zip").status == 404


def test_another_school_gets_nothing(issued: Api) -> None:
    other = Person(issued, "school-b-preparer").sign_in()
    batch_id, number = batch_of(issued.node), issued.node.numbers()[0]
    programme = issued.node.programmes["school-a"]
    for path in (
        f"/batches/{batch_id}/paper",
        f"/batches/{batch_id}/paper/files.zip",
        f"/certificates/{number}/certificate.pdf",
        f"/paper-looks/{programme}",
        f"/paper-looks/{programme}/preview.png",
        f"/paper-looks/{issued.node.ids['school-a']}",
    ):
        assert other.open(path).status == 404, path


def test_a_look_is_changed_in_the_page(fresh: Api) -> None:
    clerk = Person(fresh, CLERK).sign_in()
    page = clerk.open(f"/paper-looks/{fresh.node.programmes['school-a']}")
    said = {
        "design": "plain",
        "title": "表彰证书",
        "signatory_title_0": "校长",
        "signatory_name_0": "李国强",
        "offset_x": "1.5",
        "offset_y": "-2.25",
    }
    again = page.form(fresh.node.programmes["school-a"]).send(clerk, **said)

    assert again.status == 200
    assert look_of(fresh.node) == Look(
        "plain", "表彰证书", (Signatory("校长", "李国强"),), 150, -225
    )
    assert dict(again.form(fresh.node.programmes["school-a"]).fields)["offset_y"] == "-2.25"
    picture = clerk.client.get(f"{again.path}/preview.png")
    assert picture.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"offset_x": "31"}, "偏移不能超过 30 毫米"),
        ({"offset_x": "1.005"}, "偏移不能超过 30 毫米"),
        ({"offset_y": "两毫米"}, "偏移不能超过 30 毫米"),
        ({"design": "golden"}, "没有这个版式"),
        ({"signatory_title_0": "校长"}, "署名人最多 3 位"),
        ({"title": "\U00030001"}, "U+30001"),
    ],
)
def test_a_wrong_look_is_shown_again(fresh: Api, wrong: dict[str, str], said: str) -> None:
    clerk = Person(fresh, CLERK).sign_in()
    subject = fresh.node.programmes["school-a"]
    form = clerk.open(f"/paper-looks/{subject}").form(subject)

    page = form.send(clerk, **{"signatory_name_1": "", **wrong})

    assert page.status == 422
    assert said in page.text
    [(name, value)] = wrong.items()
    assert name == "design" or value in page.html
    assert look_of(fresh.node) == Look()


def test_an_approver_sees_the_look_and_changes_nothing(fresh: Api) -> None:
    head = Person(fresh, "school-a-approver").sign_in()
    page = head.open(f"/paper-looks/{fresh.node.programmes['school-a']}")
    assert page.status == 200
    assert not page.has_form(fresh.node.programmes["school-a"])
