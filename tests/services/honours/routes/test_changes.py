"""Requests for changes of status over HTTP."""

from typing import Any

import pytest

from tests.services.calling import Api


def order(api: Api, **changes: Any) -> dict[str, Any]:
    numbers = api.node.numbers("school-a")[:3]
    return {"action": "suspend", "reason": "under_dispute", "numbers": numbers, **changes}


def test_many_are_suspended_and_lifted_by_two_persons(issued_api: Api) -> None:
    preparer, approver = (
        issued_api.signed_in(f"school-a-{role}") for role in ("preparer", "approver")
    )
    for action, state in (("suspend", "SUSPENDED"), ("lift", "ISSUED")):
        asked = preparer.post("/v1/status-requests", json=order(issued_api, action=action))
        path = f"/v1/status-requests/{asked.json()['id']}"
        proof = issued_api.node.proof("school-a-approver")
        done = approver.post(f"{path}/approve", json=proof)
        assert (done.status_code, done.json()["changed"]) == (200, 3), done.text
        for number in order(issued_api)["numbers"]:
            assert preparer.get(f"/v1/certificates/{number}").json()["state"] == state
    assert len(preparer.get("/v1/status-requests").json()) == 2


def test_a_refused_request_changes_nothing(issued_api: Api) -> None:
    preparer, approver = (
        issued_api.signed_in(f"school-a-{role}") for role in ("preparer", "approver")
    )
    asked = preparer.post("/v1/status-requests", json=order(issued_api))
    path = f"/v1/status-requests/{asked.json()['id']}"
    assert approver.post(f"{path}/refuse").json()["state"] == "refused"
    proof = issued_api.node.proof("school-a-approver")
    late = approver.post(f"{path}/approve", json=proof)
    assert (late.status_code, late.json()["code"]) == (409, "request_not_open")
    number = order(issued_api)["numbers"][0]
    assert preparer.get(f"/v1/certificates/{number}").json()["state"] == "ISSUED"


def test_nobody_approves_what_he_asked_for(issued_api: Api) -> None:
    double = issued_api.signed_in("school-a-double")
    asked = double.post("/v1/status-requests", json=order(issued_api))
    proof = issued_api.node.proof("school-a-double")
    answer = double.post(f"/v1/status-requests/{asked.json()['id']}/approve", json=proof)
    assert (answer.status_code, answer.json()["code"]) == (403, "approver_is_preparer")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"reason": "because"}, 422, "change_reason"),
        ({"action": "supersede"}, 422, "request_invalid"),
        ({"numbers": []}, 422, "request_invalid"),
        ({"numbers": ["31410000012026H000001X"]}, 422, "certificate_number_invalid"),
        ({"action": "lift"}, 409, "event_not_possible"),
    ],
)
def test_a_bad_request_is_refused(
    issued_api: Api, changes: dict[str, Any], status: int, code: str
) -> None:
    caller = issued_api.signed_in("school-a-preparer")
    answer = caller.post("/v1/status-requests", json=order(issued_api, **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert caller.get("/v1/status-requests").json() == []


def test_another_schools_certificate_is_unknown(issued_api: Api) -> None:
    caller = issued_api.signed_in("school-b-preparer")
    answer = caller.post("/v1/status-requests", json=order(issued_api))
    assert (answer.status_code, answer.json()["code"]) == (404, "certificate_unknown")
