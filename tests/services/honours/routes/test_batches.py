"""Rosters and batches over HTTP."""

import pytest

from identity.levels import Role
from services.accounts import operators
from services.audit import queries as audit_queries
from services.honours import queries
from tests.services.calling import Api, Caller


def drafted(api: Api, caller: Caller) -> dict[str, object]:
    answer = caller.post("/v1/batches", data=api.form(), files=api.files())
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


def test_the_same_upload_makes_one_batch(api: Api) -> None:
    caller = api.signed_in("school-a-preparer")
    first, again = (
        caller.post("/v1/batches", key="one", data=api.form(), files=api.files()) for _ in range(2)
    )
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = caller.post(
        "/v1/batches", key="one", data=api.form(notice_place="别处"), files=api.files()
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(caller.get("/v1/batches").json()) == 1


def test_a_key_is_free_again_after_a_roster_that_was_not_clean(api: Api) -> None:
    caller = api.signed_in("school-a-preparer")
    bad = {"file": ("roster.csv", "姓名,奖项,学号\n张三,没有这个奖,1\n".encode())}
    refused = caller.post("/v1/batches", key="k", data=api.form(), files=bad)
    assert (refused.status_code, refused.json()["code"]) == (422, "roster_not_clean")
    assert refused.json()["report"]["counts"]["bad"] == 1
    good = caller.post("/v1/batches", key="k", data=api.form(), files=api.files())
    assert good.status_code == 201


def test_rows_are_left_out_and_columns_ignored_by_name(api: Api) -> None:
    caller = api.signed_in("school-a-preparer")
    text = "姓名,奖项,学号,血型\n张三,三好学生,1,A\n李四,没有这个奖,2,B\n"
    files = {"file": ("roster.csv", text.encode())}
    plain = caller.post("/v1/dry-runs", data=api.form(), files=files).json()
    assert {each["code"] for each in plain["problems"]} == {"column_unknown", "award_unknown"}
    accepted = {**api.form(exclude='{"3": "评选有误"}'), "ignore_columns": ["血型"]}
    clean = caller.post("/v1/dry-runs", data=accepted, files=files).json()
    assert (clean["clean"], clean["counts"]["excluded"]) == (True, 1)
    made = caller.post("/v1/batches", data=accepted, files=files).json()
    assert (made["rows"], made["excluded"]) == (1, 1)


def test_a_draft_goes_back_with_a_reason_or_is_withdrawn(api: Api) -> None:
    preparer, approver = api.signed_in("school-a-preparer"), api.signed_in("school-a-approver")
    path = f"/v1/batches/{drafted(api, preparer)['id']}"
    returned = approver.post(f"{path}/return", json={"reason": "第三行班级不对"}).json()
    assert (returned["state"], returned["returned_reason"]) == ("returned", "第三行班级不对")
    assert returned["states"] == {"CANCELLED": 30}
    late = approver.post(f"{path}/approve", json=api.node.proof("school-a-approver"))
    assert (late.status_code, late.json()["code"]) == (409, "batch_not_draft")

    path = f"/v1/batches/{drafted(api, preparer)['id']}"
    assert preparer.post(f"{path}/withdraw").json()["state"] == "withdrawn"
    assert preparer.post(f"{path}/withdraw").json()["code"] == "batch_not_draft"


def test_nobody_approves_what_he_prepared(api: Api) -> None:
    double = api.signed_in("school-a-double")
    path = f"/v1/batches/{drafted(api, double)['id']}"
    answer = double.post(f"{path}/approve", json=api.node.proof("school-a-double"))
    assert (answer.status_code, answer.json()["code"]) == (403, "approver_is_preparer")


@pytest.mark.parametrize("wrong", [{"password": "wrong one"}, {"code": "000000"}])
def test_an_approval_needs_both_factors_anew(api: Api, wrong: dict[str, str]) -> None:
    batch = drafted(api, api.signed_in("school-a-preparer"))
    approver = api.signed_in("school-a-approver")
    proof = {**api.node.proof("school-a-approver"), **wrong}
    answer = approver.post(f"/v1/batches/{batch['id']}/approve", json=proof)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
    assert approver.get(f"/v1/batches/{batch['id']}").json()["state"] == "draft"


def test_an_approval_that_is_sent_again_approves_once(api: Api) -> None:
    batch = drafted(api, api.signed_in("school-a-preparer"))
    approver = api.signed_in("school-a-approver")
    proof = api.node.proof("school-a-approver")
    path = f"/v1/batches/{batch['id']}/approve"
    first, again = (approver.post(path, key="once", json=proof) for _ in range(2))
    assert (first.status_code, first.json()) == (200, again.json())
    api.node.work()
    assert len(api.node.numbers("school-a")) == 30


def test_an_approved_batch_whose_job_is_gone_can_be_taken_up_again(api: Api) -> None:
    batch = drafted(api, api.signed_in("school-a-preparer"))
    approver = api.signed_in("school-a-approver")
    path = f"/v1/batches/{batch['id']}"
    early = approver.post(f"{path}/resume")
    assert (early.status_code, early.json()["code"]) == (409, "batch_not_approved")
    approved = approver.post(f"{path}/approve", json=api.node.proof("school-a-approver")).json()
    assert approver.post(f"{path}/resume").json()["id"] == approved["job"]


def test_reading_names_leaves_a_trace(api: Api) -> None:
    preparer = api.signed_in("school-a-preparer")
    batch = drafted(api, preparer)
    rows = preparer.get(f"/v1/batches/{batch['id']}/rows", start=28).json()
    assert [row["position"] for row in rows] == [28, 29]
    with api.node.runtime.reading() as work:
        events = audit_queries.events(work.session, limit=500)
    [read] = [each for each in events if each["action"] == "batch.read"]
    assert (read["object"], read["detail"]) == (batch["id"], '{"rows":2,"start":28}')


def test_a_batch_of_another_school_is_unknown(api: Api) -> None:
    batch = drafted(api, api.signed_in("school-a-preparer"))
    stranger = api.signed_in("school-b-preparer")
    for path in (f"/v1/batches/{batch['id']}", f"/v1/batches/{batch['id']}/rows"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "batch_unknown")


def test_nothing_is_stored_by_a_dry_run(api: Api) -> None:
    caller = api.signed_in("school-a-preparer")
    assert caller.post("/v1/dry-runs", data=api.form(), files=api.files()).status_code == 200
    with api.node.runtime.reading() as work:
        assert not queries.batches(work.session, list(api.node.ids.values()), limit=10)


def test_an_approver_of_the_institution_above_sees_what_he_may_approve(api: Api) -> None:
    node = api.node
    batch = drafted(api, api.signed_in("school-a-preparer"))["id"]
    node.add_operator("above", (Role.APPROVER, node.ids["authority"]))
    above = api.signed_in("above")
    assert above.get("/v1/batches").json() == []
    assert above.get(f"/v1/batches/{batch}").status_code == 404

    with node.runtime.writing() as work:
        for login in ("school-a-approver", "school-a-double"):
            actor, target = node.operator("registrar-1"), node.operator(login)
            operators.withdraw(work, actor, target.id, Role.APPROVER, node.ids["school-a"])

    assert [each["id"] for each in above.get("/v1/batches").json()] == [batch]
    assert above.get(f"/v1/batches/{batch}").status_code == 200
