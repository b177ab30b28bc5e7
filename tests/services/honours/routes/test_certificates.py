"""Certificates over HTTP: history, search, bundle, code; forgetting."""

import json

import pytest

from services.audit import queries as audit_queries
from services.honours import approving, bundles, issue
from services.platform.errors import NotFound
from services.platform.jobs import queue
from tests.services.calling import Api

FIRST = {"kind": "student_no", "identifier": "00101"}


def test_lists_go_on_where_they_ended(issued_api: Api) -> None:
    caller = issued_api.signed_in("school-a-preparer")
    first = caller.get("/v1/certificates", limit=20).json()
    rest = caller.get("/v1/certificates", limit=20, after=first[-1]["number"]).json()
    numbers = [each["number"] for each in (*first, *rest)]
    assert numbers == issued_api.node.numbers("school-a")
    assert {each["state"] for each in first} == {"ISSUED"}


def test_a_history_names_its_entries(issued_api: Api) -> None:
    number = issued_api.node.numbers("school-a")[0]
    told = issued_api.signed_in("school-a-approver").get(f"/v1/certificates/{number}").json()
    assert (told["anchored"], told["forgotten"], told["changes"]) == (True, False, [])
    assert (told["supersedes"], told["successor"]) == (None, None)
    entry = told["entry"]
    proof = issued_api.stranger.get("/v1/logs/inclusion", **entry).json()
    assert proof["entry"]["digest"] == told["credential"]


def test_a_person_is_found_by_an_identifier(issued_api: Api) -> None:
    caller = issued_api.signed_in("school-a-preparer")
    school = issued_api.node.ids["school-a"]
    found = caller.post("/v1/certificates/search", json={**FIRST, "institution_id": school})
    assert [each["number"] for each in found.json()] == issued_api.node.numbers("school-a")[:1]
    nobody = {**FIRST, "identifier": "99999", "institution_id": school}
    assert caller.post("/v1/certificates/search", json=nobody).json() == []
    bad = {"kind": "id_number", "identifier": "123", "institution_id": school}
    answer = caller.post("/v1/certificates/search", json=bad)
    assert (answer.status_code, answer.json()["code"]) == (422, "id_number_invalid")
    assert "123" not in json.dumps(answer.json()["params"])


def test_bundle_and_code_leave_a_trace(issued_api: Api) -> None:
    caller = issued_api.signed_in("school-a-preparer")
    number = issued_api.node.numbers("school-a")[3]
    assert caller.get(f"/v1/certificates/{number}/bundle").status_code == 200
    told = caller.get(f"/v1/certificates/{number}/code").json()
    assert told["address"] == f"{issued_api.node.runtime.settings.url}/v/{told['code']}"
    with issued_api.node.runtime.reading() as work:
        events = audit_queries.events(work.session, limit=500)
    assert {each["action"] for each in events if each["object"] == number} == {
        "bundle.read",
        "code.read",
    }


def test_no_bundle_before_the_anchor(api: Api) -> None:
    node = api.node
    node.approve(node.draft())
    with node.runtime.writing() as work:
        lease = queue.claim(work, owner="test", kinds=[approving.JOB])
    assert lease is not None
    while not lease.ended:
        lease = issue.run(node.runtime, lease)
    number = node.numbers("school-a")[0]
    caller = api.signed_in("school-a-preparer")
    early = caller.get(f"/v1/certificates/{number}/bundle")
    assert (early.status_code, early.json()["code"]) == (409, "anchor_not_final")
    assert api.stranger.post("/v1/lookup", json={"number": number}).json()["status"] == "waiting"
    node.work()
    assert caller.get(f"/v1/certificates/{number}/bundle").status_code == 200


def test_an_approver_forgets_a_person(issued_api: Api) -> None:
    node = issued_api.node
    first, neighbour = node.numbers("school-a")[:2]
    approver = issued_api.signed_in("school-a-approver")
    code = approver.get(f"/v1/certificates/{first}/code").json()["code"]
    person = {**FIRST, "institution_id": node.ids["school-a"], "reason": "guardian_asked"}
    done = approver.post("/v1/persons/forget", json=person)
    assert (done.status_code, done.json()) == (200, {"rows": 1, "numbers": [first]}), done.text

    gone = approver.get(f"/v1/certificates/{first}/bundle")
    assert (gone.status_code, gone.json()["code"]) == (404, "record_forgotten")
    told = approver.get(f"/v1/certificates/{first}").json()
    assert (told["forgotten"], told["state"]) == (True, "ISSUED")
    rows = approver.get(f"/v1/batches/{told['batch_id']}/rows", limit=2).json()
    assert [row["claims"] is None for row in rows] == [True, False]
    by_code = issued_api.stranger.post("/v1/lookup", json={"code": code})
    assert (by_code.status_code, by_code.json()["code"]) == (404, "record_forgotten")
    assert approver.get(f"/v1/certificates/{neighbour}/bundle").status_code == 200
    again = approver.post("/v1/persons/forget", json=person)
    assert (again.status_code, again.json()["code"]) == (404, "person_unknown")


def test_one_certificate_is_forgotten_for_a_reason_in_code(issued_api: Api) -> None:
    number = issued_api.node.numbers("school-a")[5]
    approver = issued_api.signed_in("school-a-approver")
    path = f"/v1/certificates/{number}/forget"
    bad = approver.post(path, json={"reason": "because 张三 said so"})
    assert (bad.status_code, bad.json()["code"]) == (422, "forget_reason")
    assert approver.get(f"/v1/certificates/{number}/bundle").status_code == 200
    done = approver.post(path, key="k", json={"reason": "person_asked"})
    assert done.json() == {"rows": 1, "numbers": [number]}
    again = approver.post(path, key="k", json={"reason": "person_asked"})
    assert again.json() == done.json()
    anew = approver.post(path, json={"reason": "person_asked"})
    assert anew.json() == {"rows": 0, "numbers": [number]}
    with pytest.raises(NotFound, match="record_forgotten"):
        bundles.of_number(issued_api.node.runtime, number)


def test_a_correction_names_what_it_replaced(issued_api: Api) -> None:
    node = issued_api.node
    text = "姓名,奖项,学号,班级\n张伟,三好学生,00101,九(2)班\n"
    preparer, approver = (
        issued_api.signed_in(f"school-a-{role}") for role in ("preparer", "approver")
    )
    files = {"file": ("correction.csv", text.encode())}
    made = preparer.post("/v1/batches", data=issued_api.form(corrects="true"), files=files)
    assert made.status_code == 201, made.text
    path = f"/v1/batches/{made.json()['id']}/approve"
    assert approver.post(path, json=node.proof("school-a-approver")).status_code == 200
    node.work()
    [new] = preparer.get("/v1/certificates", batch=made.json()["id"]).json()
    old = node.numbers("school-a")[0]
    assert preparer.get(f"/v1/certificates/{new['number']}").json()["supersedes"] == old
    told = preparer.get(f"/v1/certificates/{old}").json()
    assert (told["state"], told["successor"]) == ("SUPERSEDED", new["number"])
    assert [each["action"] for each in told["changes"]] == ["supersede"]
