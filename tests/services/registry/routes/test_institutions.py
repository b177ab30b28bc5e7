"""Institutions over HTTP."""

from typing import Any

import pytest

from tests.services.calling import Api


def order(**changes: Any) -> dict[str, Any]:
    made = {
        "kind": "school",
        "name_zh": "中原市育英小学",
        "region": "419900",
        "code": "2141000099",
        "telephone": "0371-1",
    }
    return {**made, **changes}


def test_a_code_has_a_history(api: Api) -> None:
    registrar = api.signed_in("registrar-1")
    made = registrar.post("/v1/institutions", json=order()).json()["id"]
    path = f"/v1/institutions/{made}"
    told = registrar.put(f"{path}/code", json={"code": "2141000098"}).json()
    assert [each["code"] for each in told["codes"]] == ["2141000099", "2141000098"]
    assert told["codes"][0]["valid_to"] == told["codes"][1]["valid_from"]
    same = registrar.put(f"{path}/code", json={"code": "2141000098"})
    assert (same.status_code, same.json()["code"]) == (409, "code_same")
    taken = registrar.post("/v1/institutions", json=order())
    assert (taken.status_code, taken.json()["code"]) == (409, "code_taken")


def test_an_institution_closes_and_opens(api: Api) -> None:
    registrar = api.signed_in("registrar-1")
    path = f"/v1/institutions/{registrar.post('/v1/institutions', json=order()).json()['id']}"
    assert registrar.post(f"{path}/close").json()["state"] == "closed"
    assert registrar.post(f"{path}/close").json()["code"] == "institution_closed"
    told = registrar.post(f"{path}/reopen").json()
    assert (told["state"], [each["reason"] for each in told["codes"]]) == (
        "open",
        ["new", "reopened"],
    )
    assert registrar.post(f"{path}/reopen").json()["code"] == "institution_open"


def test_keys_and_accreditations_begin_and_end(api: Api) -> None:
    registrar = api.signed_in("registrar-1")
    path = f"/v1/institutions/{registrar.post('/v1/institutions', json=order()).json()['id']}"
    kid = registrar.post(f"{path}/keys").json()["id"]
    given = {"type": "honour/1", "levels": ["school"], "valid_from": "2026-12-01T00:00:00Z"}
    accreditation = registrar.post(f"{path}/accreditations", json=given).json()["id"]
    told = registrar.get(path).json()
    assert [(each["kid"], each["state"]) for each in told["keys"]] == [(kid, "active")]
    assert told["accreditations"][0]["valid_from"] == given["valid_from"]
    retired = registrar.post(f"{path}/keys/{kid}/retire").json()
    assert retired["keys"][0]["state"] == "retired"
    assert registrar.post(f"{path}/keys/{kid}/retire").json()["code"] == "key_not_active"
    ended = registrar.delete(f"{path}/accreditations/{accreditation}")
    assert ended.status_code == 204, ended.text
    assert registrar.delete(f"{path}/accreditations/{accreditation}").status_code == 404


def test_a_key_with_something_unanchored_stays(api: Api) -> None:
    """409 names the entries that wait."""
    node = api.node
    node.approve(node.draft())
    registrar = api.signed_in("registrar-1")
    path = f"/v1/institutions/{node.ids['school-a']}"
    kid = registrar.get(path).json()["keys"][0]["kid"]
    answer = registrar.post(f"{path}/keys/{kid}/retire")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_has_pending")
    assert f"{node.ids['school-a']}/2026#0" in answer.json()["params"]["entries"]
    elsewhere = registrar.post(f"/v1/institutions/{node.ids['school-b']}/keys/{kid}/retire")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "key_unknown")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "214100009"}, "request_invalid"),
        ({"code": "9941000099"}, "school_code_invalid"),
        ({"region": "999999"}, "region_invalid"),
        ({"uscc": "91350100M000100Y4Z"}, "uscc_invalid"),
        ({"superior_id": "inst_41ZZZZZZZZZZZZZZZZ"}, "superior_unknown"),
        ({"kind": "kingdom"}, "request_invalid"),
        ({"name_zh": "一\u0007校"}, "request_invalid"),
        ({"name_zh": ""}, "request_invalid"),
    ],
)
def test_a_bad_order_registers_nothing(api: Api, changes: dict[str, Any], code: str) -> None:
    registrar = api.signed_in("registrar-1")
    answer = registrar.post("/v1/institutions", json=order(**changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert len(registrar.get("/v1/institutions").json()) == 3
