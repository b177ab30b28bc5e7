"""A school issues a class and a stranger verifies it, all over HTTP, on both databases."""

from collections.abc import Iterator

import pytest

from tests.services.calling import Api, serving
from tests.services.nodes import Node


@pytest.fixture
def api(node: Node) -> Iterator[Api]:
    with serving(node) as made:
        yield made


def test_from_roster_to_verdict(api: Api) -> None:
    preparer = api.signed_in("school-a-preparer")

    # 1. the dry run stores nothing; the draft is what it showed
    checked = preparer.post("/v1/dry-runs", data=api.form(), files=api.files())
    assert (checked.status_code, checked.json()["clean"]) == (200, True), checked.text
    assert preparer.get("/v1/batches").json() == []
    drafted = preparer.post("/v1/batches", data=api.form(), files=api.files())
    assert drafted.status_code == 201, drafted.text
    batch = drafted.json()
    assert (batch["state"], batch["states"], batch["job"]) == ("draft", {"ON_NOTICE": 30}, None)

    # 2. another person reads what he signs, and approves
    approver = api.signed_in("school-a-approver")
    rows = approver.get(f"/v1/batches/{batch['id']}/rows", limit=2).json()
    assert [row["position"] for row in rows] == [0, 1]
    assert rows[0]["claims"]["name"]
    proof = api.node.proof("school-a-approver")
    approved = approver.post(f"/v1/batches/{batch['id']}/approve", json=proof)
    assert approved.status_code == 200, approved.text
    job = approver.get(f"/v1/jobs/{approved.json()['job']}").json()
    assert (job["state"], job["done"], job["total"]) == ("queued", 0, 30)

    # 3. the worker issues and anchors
    api.node.work()
    done = preparer.get(f"/v1/batches/{batch['id']}").json()
    assert (done["state"], done["states"], done["job"]["state"]) == (
        "done",
        {"ISSUED": 30},
        "done",
    )

    # 4. the school hands out a bundle; a stranger verifies it
    number = preparer.get("/v1/certificates", batch=batch["id"]).json()[0]["number"]
    bundle = preparer.get(f"/v1/certificates/{number}/bundle")
    assert bundle.headers["content-disposition"] == f'attachment; filename="{number}.kexin.json"'
    verdict = api.stranger.post(
        "/v1/verify", content=bundle.content, headers={"Content-Type": "application/json"}
    ).json()
    assert verdict["result"] == "valid", verdict
    assert verdict["credential"]["number"] == number
    assert verdict["credential"]["claims"]["name"] == rows[0]["claims"]["name"]


def test_a_certificate_is_revoked_by_two_persons(api: Api) -> None:
    number = api.node.issue()[0]
    preparer, approver = api.signed_in("school-a-preparer"), api.signed_in("school-a-approver")
    order = {"action": "revoke", "reason": "facts_wrong", "numbers": [number]}
    asked = preparer.post("/v1/status-requests", json=order)
    assert asked.status_code == 201, asked.text
    request = f"/v1/status-requests/{asked.json()['id']}"
    proof = api.node.proof("school-a-approver")
    done = approver.post(f"{request}/approve", json=proof)
    assert (done.status_code, done.json()["changed"]) == (200, 1), done.text
    assert preparer.get(request).json()["state"] == "done"

    told = preparer.get(f"/v1/certificates/{number}").json()
    assert (told["state"], [each["action"] for each in told["changes"]]) == ("REVOKED", ["revoke"])
    bundle = preparer.get(f"/v1/certificates/{number}/bundle").content
    verdict = api.stranger.post(
        "/v1/verify", content=bundle, headers={"Content-Type": "application/json"}
    ).json()
    assert verdict["result"] == "invalid"
    [status] = [check for check in verdict["checks"] if check["code"] == "status"]
    assert status["reason"] == "revoked"
    known = api.stranger.post("/v1/lookup", json={"number": number}).json()
    assert (known["exists"], known["status"], known["verdict"]) == (True, "revoked", None)


def test_a_registrar_makes_an_institution_that_two_of_them_publish(api: Api) -> None:
    first, second = api.signed_in("registrar-1"), api.signed_in("registrar-2")
    order = {
        "kind": "school",
        "name_zh": "中原市育英小学（示范）",
        "region": "419900",
        "code": "2141000099",
        "telephone": "0371-12340099",
        "superior_id": api.node.ids["authority"],
    }
    made = first.post("/v1/institutions", json=order)
    assert made.status_code == 201, made.text
    path = f"/v1/institutions/{made.json()['id']}"
    assert first.post(f"{path}/keys").status_code == 201
    levels = {"type": "honour/1", "levels": ["school"]}
    assert first.post(f"{path}/accreditations", json=levels).status_code == 201
    assert first.get(path).json()["record"] is None
    names = {"institutions": [made.json()["id"], api.node.ids["school-a"]]}

    proposed = first.post("/v1/record-drafts", json={**names, **api.node.proof("registrar-1")})
    outcomes = [(each["outcome"], each["problem"]) for each in proposed.json()["records"]]
    assert [outcome for outcome, _ in outcomes] == ["signed", "refused"]
    assert outcomes[1][1]["code"] == "record_unchanged"
    [waiting] = second.get("/v1/record-drafts").json()
    assert waiting["institution"] == made.json()["id"]
    only = {"institutions": names["institutions"][:1]}
    own = first.post(
        "/v1/record-drafts/publications", json={**only, **api.node.proof("registrar-1")}
    )
    assert (own.status_code, own.json()["code"]) == (403, "record_same_person")
    published = second.post(
        "/v1/record-drafts/publications", json={**only, **api.node.proof("registrar-2")}
    )
    assert published.status_code == 201, published.text
    assert api.stranger.get(f"/v1/records/{made.json()['id']}").status_code == 409
    api.node.work()
    assert api.stranger.get(f"/v1/records/{made.json()['id']}").status_code == 200
    assert first.get(path).json()["record"]["seq"] == 1
