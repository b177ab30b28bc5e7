"""Paper over HTTP."""

import io
import zipfile

import pytest

from services.evidence.verdict import Outcome, verify
from tests.services import verifying
from tests.services.calling import Api
from tests.services.honours.paper import reading
from tests.services.honours.paper.test_service import batch_of

PREPARER = "school-a-preparer"


def test_a_certificate_is_downloaded_as_a_signed_pdf(issued_api: Api) -> None:
    number = issued_api.node.numbers()[0]
    answer = issued_api.signed_in(PREPARER).get(f"/v1/certificates/{number}/pdf")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert f'filename="{number}.pdf"' in answer.headers["content-disposition"]
    node = issued_api.node
    verdict = verify(answer.content, trust=verifying.trusted(node), now=node.clock.now)
    assert verdict.result is Outcome.VALID


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("print", ["print-01.pdf"]),
        ("stock", ["print-01.pdf"]),
        ("slips", ["slips-01.pdf"]),
        ("sign-off", ["sign-off.pdf"]),
    ],
)
def test_a_batch_for_the_printer(issued_api: Api, kind: str, names: list[str]) -> None:
    batch_id = batch_of(issued_api.node)
    answer = issued_api.signed_in(PREPARER).get(f"/v1/batches/{batch_id}/paper", kind=kind)

    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.namelist() == names
        assert reading.pages(found.read(names[0])) >= 1


def test_a_batch_as_signed_files(issued_api: Api) -> None:
    batch_id = batch_of(issued_api.node)
    answer = issued_api.signed_in(PREPARER).get(f"/v1/batches/{batch_id}/paper")

    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert [name[-26:-4] for name in found.namelist()] == issued_api.node.numbers()


def test_another_kind_is_refused(issued_api: Api) -> None:
    batch_id = batch_of(issued_api.node)
    answer = issued_api.signed_in(PREPARER).get(f"/v1/batches/{batch_id}/paper", kind="gold")
    assert answer.status_code == 422


def test_a_draft_has_no_paper(api: Api) -> None:
    batch_id = api.node.draft()
    answer = api.signed_in(PREPARER).get(f"/v1/batches/{batch_id}/paper")
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_not_issued")


def test_certificate_and_batch_of_another_school_are_unknown(issued_api: Api) -> None:
    other = issued_api.signed_in("school-b-preparer")
    number = issued_api.node.numbers()[0]
    for path in (
        f"/v1/certificates/{number}/pdf",
        f"/v1/certificates/{'0' * 22}/pdf",
        f"/v1/batches/{batch_of(issued_api.node)}/paper",
        f"/v1/paper-looks/{issued_api.node.programmes['school-a']}",
    ):
        assert other.get(path).status_code == 404


def test_a_look_is_changed_read_and_previewed(api: Api) -> None:
    caller = api.signed_in(PREPARER)
    path = f"/v1/paper-looks/{api.node.programmes['school-a']}"
    look = {
        "design": "plain",
        "title": "奖状",
        "signatories": [{"title": "校长", "name": "周明远"}],
        "offset_x_hundredths_mm": 150,
        "offset_y_hundredths_mm": -25,
    }
    changed = caller.put(path, json=look)

    assert changed.status_code == 200, changed.text
    assert changed.json() == caller.get(path).json()
    assert {name: changed.json()[name] for name in look} == look
    shown = caller.get(f"{path}/preview")
    assert shown.headers["content-type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")


def test_a_look_that_cannot_be_printed_is_refused(api: Api) -> None:
    path = f"/v1/paper-looks/{api.node.ids['school-a']}"
    answer = api.signed_in(PREPARER).put(path, json={"design": "gold"})
    assert (answer.status_code, answer.json()["code"]) == (422, "look_design")
