"""Signing in and out over HTTP, and who may do what."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from identity.levels import Role
from services.accounts import operators
from services.accounts.tables import ROLE_GRANT
from services.audit import trail
from services.platform.settings import Settings
from tests.services.calling import Api

ROLE = {"role": "preparer", "scope": "node"}


def new_operator(**changes: Any) -> dict[str, Any]:
    order = {
        "login": "li.si",
        "name": "李四",
        "document_type": "passport",
        "document_number": "E12345678",
        "password": "correct horse battery",
        "roles": [],
    }
    return {**order, **changes}


def test_a_sign_in_lasts_until_its_end(api: Api) -> None:
    caller = api.signed_in("school-a-preparer")
    told = caller.get("/v1/session").json()
    assert (told["operator"]["login"], told["acr"]) == ("school-a-preparer", "aal2")
    assert told["operator"]["roles"] == [{"role": "preparer", "scope": api.node.ids["school-a"]}]
    assert caller.delete("/v1/session").status_code == 204
    ended = caller.get("/v1/session")
    assert (ended.status_code, ended.json()["code"]) == (401, "not_signed_in")
    assert ended.headers["www-authenticate"] == "Bearer"


def test_a_sign_in_ends_by_itself(api: Api) -> None:
    caller = api.signed_in("auditor")
    idle = timedelta(minutes=api.node.runtime.settings.session_idle_minutes)
    api.node.clock.now += idle - timedelta(seconds=1)
    assert caller.get("/v1/session").status_code == 200
    api.node.clock.now += idle
    assert caller.get("/v1/session").json()["code"] == "session_ended"


def test_every_refusal_reads_the_same(api: Api) -> None:
    right = api.node.proof("auditor")
    tried = [
        {"login": "nobody", **right},
        {"login": "auditor", **right, "password": "wrong"},
        {"login": "auditor", **right, "code": "000000"},
        {"login": "审计员\u0000", **right},
    ]
    answers = [api.client.post("/v1/session", json=body) for body in tried]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["code"] == "sign_in_refused"


def test_a_used_code_signs_nobody_in(api: Api) -> None:
    body = {"login": "auditor", **api.node.proof("auditor")}
    assert api.client.post("/v1/session", json=body).status_code == 200
    assert api.client.post("/v1/session", json=body).json()["code"] == "sign_in_refused"


def test_a_place_that_fails_too_often_must_wait(api: Api) -> None:
    wrong = {"login": "nobody", "password": "x", "code": "1"}
    for _ in range(Settings.model_fields["failures_allowed"].default):
        assert api.client.post("/v1/session", json=wrong).status_code == 401
    refused = api.client.post("/v1/session", json={"login": "auditor", **api.node.proof("auditor")})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_failures")
    assert 0 < int(refused.headers["retry-after"]) <= 900
    api.node.clock.now += timedelta(seconds=901)
    assert api.signed_in("auditor").get("/v1/session").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "x" * 500, "ключ"])
def test_a_token_of_nobody_is_refused(api: Api, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode()}
    answer = api.client.get("/v1/session", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_a_registrar_makes_an_operator_who_signs_in(api: Api) -> None:
    registrar = api.signed_in("registrar-1")
    made = registrar.post("/v1/operators", json=new_operator())
    assert made.status_code == 201, made.text
    assert made.json()["totp_uri"].startswith("otpauth://totp/")
    path = f"/v1/operators/{made.json()['id']}/roles"
    school = api.node.ids["school-b"]
    granted = registrar.post(path, json={"role": "approver", "scope": school})
    assert (granted.status_code, granted.json()["role"]) == (201, "approver")
    listed = {each["login"]: each["roles"] for each in registrar.get("/v1/operators").json()}
    assert listed["li.si"] == [{"role": "approver", "scope": school}]
    assert registrar.delete(f"{path}/approver/{school}").status_code == 204
    assert registrar.delete(f"{path}/approver/{school}").json()["code"] == "role_unknown"


def test_the_same_request_makes_one_operator(api: Api) -> None:
    registrar = api.signed_in("registrar-1")
    first = registrar.post("/v1/operators", key="one", json=new_operator())
    again = registrar.post("/v1/operators", key="one", json=new_operator())
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = registrar.post("/v1/operators", key="one", json=new_operator(name="王五"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    taken = registrar.post("/v1/operators", json=new_operator())
    assert (taken.status_code, taken.json()["code"]) == (409, "already_exists")


def test_nobody_gives_a_role_to_himself(api: Api) -> None:
    registrar = api.signed_in("registrar-1")
    own = registrar.get("/v1/session").json()["operator"]["id"]
    answer = registrar.post(f"/v1/operators/{own}/roles", json=ROLE)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_for_oneself")
    for kind, number, code in (
        ("other", "DEMO-0000", (403, "role_for_oneself")),
        ("other", " demo-0000 ", (403, "role_for_oneself")),
        ("passport", "DEMO-0000", (409, "document_other_type")),
    ):
        second = new_operator(document_type=kind, document_number=number, roles=[ROLE])
        answer = registrar.post("/v1/operators", json=second)
        assert (answer.status_code, answer.json()["code"]) == code
    listed = {each["login"] for each in registrar.get("/v1/operators").json()}
    assert "li.si" not in listed


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"password": "short"}, 422, "password_too_short"),
        ({"document_type": "resident_id", "document_number": "1"}, 422, "id_number_invalid"),
        ({"login": "Li Si"}, 422, "request_invalid"),
        ({"roles": [{"role": "king", "scope": "node"}]}, 422, "request_invalid"),
        ({"roles": [{"role": "preparer", "scope": "everywhere"}]}, 422, "request_invalid"),
        ({"extra": 1}, 422, "request_invalid"),
    ],
)
def test_a_bad_order_makes_nobody(
    api: Api, changes: dict[str, Any], status: int, code: str
) -> None:
    registrar = api.signed_in("registrar-1")
    answer = registrar.post("/v1/operators", json=new_operator(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "李四" not in answer.text
    assert "li.si" not in {each["login"] for each in registrar.get("/v1/operators").json()}


def test_a_role_that_was_deleted_by_hand_refuses_everything_and_raises_an_alarm(api: Api) -> None:
    caller = api.signed_in("school-a-double")
    operator = api.node.operator("school-a-double")
    with api.node.runtime.writing() as work:
        work.session.execute(
            delete(ROLE_GRANT).where(
                ROLE_GRANT.c.operator_id == operator.id, ROLE_GRANT.c.role == "approver"
            )
        )
    answer = caller.get("/v1/batches")
    assert (answer.status_code, answer.json()["code"]) == (403, "rows_altered")
    with api.node.runtime.reading() as work:
        assert ("tampered", "role_grant") in trail.alarms(work)
    assert api.client.get("/readyz").json()["checks"]["alarms"]["reason"] == "tampered"
    assert api.client.get("/readyz").status_code == 503


def test_somebody_who_lost_a_role_may_not_go_on(api: Api) -> None:
    caller = api.signed_in("school-a-preparer")
    operator = api.node.operator("school-a-preparer")
    with api.node.runtime.writing() as work:
        registrar = api.node.operator("registrar-1")
        for role, scope in operator.roles:
            operators.withdraw(work, registrar, operator.id, Role(role), scope)
    answer = caller.post("/v1/dry-runs", data=api.form(), files=api.files())
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
