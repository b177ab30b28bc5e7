"""Who may ask for what: every route of the API, every kind of operator."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts

from services.accounts import access
from services.honours import changes
from services.web import deps
from tests.services.authority import holders as authority
from tests.services.calling import Api

PREPARER, APPROVER, OTHER = "school-a-preparer", "school-a-approver", "school-b-preparer"
REGISTRAR, AUDITOR = "registrar-1", "auditor"
SCHOOL = {PREPARER, APPROVER}
NODE = {REGISTRAR, AUDITOR}
EVERYBODY = {PREPARER, APPROVER, OTHER, REGISTRAR, AUDITOR}

PUBLIC = {
    "POST /v1/session",
    "DELETE /v1/session",
    "GET /v1/logs",
    "GET /v1/logs/checkpoint",
    "GET /v1/logs/inclusion",
    "GET /v1/logs/consistency",
    "GET /v1/logs/entries",
    "GET /v1/records/{institution_id}",
    "GET /v1/trust/root",
    "GET /v1/trust/list",
    "GET /v1/status/{number}",
    "GET /v1/status-pack",
    "POST /v1/verify",
    "POST /v1/lookup",
}
"""Signing out needs a token and nothing else."""

PROOF = {"password": "not this one", "code": "000000"}
PERSON = {"kind": "student_no", "identifier": "00101"}

ALLOWED: dict[str, set[str]] = {
    "GET /v1/session": EVERYBODY,
    "GET /v1/operators": NODE,
    "POST /v1/operators": {REGISTRAR},
    "POST /v1/operators/{operator_id}/roles": {REGISTRAR},
    "DELETE /v1/operators/{operator_id}/roles/{role}/{scope}": {REGISTRAR},
    "GET /v1/institutions": EVERYBODY,
    "POST /v1/institutions": {REGISTRAR},
    "GET /v1/institutions/{institution_id}": SCHOOL | NODE,
    "GET /v1/institutions/{institution_id}/check": SCHOOL | NODE,
    "PUT /v1/institutions/{institution_id}/code": {REGISTRAR},
    "POST /v1/institutions/{institution_id}/close": {REGISTRAR},
    "POST /v1/institutions/{institution_id}/reopen": {REGISTRAR},
    "POST /v1/institutions/{institution_id}/keys": {REGISTRAR},
    "POST /v1/institutions/{institution_id}/keys/{kid}/retire": {REGISTRAR},
    "POST /v1/institutions/{institution_id}/accreditations": {REGISTRAR},
    "DELETE /v1/institutions/{institution_id}/accreditations/{accreditation_id}": {REGISTRAR},
    "GET /v1/authority/certificates": {AUDITOR, REGISTRAR},
    "POST /v1/authority/certificates": {REGISTRAR},
    "GET /v1/authority/certificates/{certificate_id}": {AUDITOR, REGISTRAR},
    "POST /v1/authority/certificates/{certificate_id}/renew": {REGISTRAR},
    "POST /v1/authority/certificates/{certificate_id}/revoke": {REGISTRAR},
    "GET /v1/record-drafts": {REGISTRAR},
    "POST /v1/record-drafts": {REGISTRAR},
    "POST /v1/record-drafts/publications": {REGISTRAR},
    "DELETE /v1/record-drafts/{institution_id}": {REGISTRAR},
    "GET /v1/programmes": EVERYBODY,
    "POST /v1/programmes": {PREPARER},
    "GET /v1/programmes/{programme_id}": SCHOOL,
    "POST /v1/dry-runs": {PREPARER},
    "POST /v1/batches": {PREPARER},
    "GET /v1/batches": EVERYBODY,
    "GET /v1/batches/{batch_id}": SCHOOL,
    "GET /v1/batches/{batch_id}/rows": SCHOOL,
    "POST /v1/batches/{batch_id}/approve": {APPROVER},
    "POST /v1/batches/{batch_id}/return": {APPROVER},
    "POST /v1/batches/{batch_id}/withdraw": {PREPARER},
    "POST /v1/batches/{batch_id}/resume": {APPROVER},
    "GET /v1/jobs/{job_id}": SCHOOL,
    "GET /v1/certificates": EVERYBODY,
    "POST /v1/certificates/search": SCHOOL,
    "GET /v1/certificates/{number}": SCHOOL,
    "GET /v1/certificates/{number}/bundle": SCHOOL,
    "GET /v1/certificates/{number}/code": SCHOOL,
    "GET /v1/certificates/{number}/pdf": SCHOOL,
    "GET /v1/batches/{batch_id}/paper": SCHOOL,
    "GET /v1/paper-looks/{subject_id}": SCHOOL,
    "PUT /v1/paper-looks/{subject_id}": {PREPARER},
    "GET /v1/paper-looks/{subject_id}/preview": SCHOOL,
    "POST /v1/certificates/{number}/forget": {APPROVER},
    "POST /v1/persons/forget": {APPROVER},
    "GET /v1/status-requests": EVERYBODY,
    "POST /v1/status-requests": {PREPARER},
    "GET /v1/status-requests/{request_id}": SCHOOL,
    "POST /v1/status-requests/{request_id}/approve": {APPROVER},
    "POST /v1/status-requests/{request_id}/refuse": {APPROVER},
    "GET /v1/anchors/pending": {AUDITOR, REGISTRAR},
    "GET /v1/audit/events": {AUDITOR, REGISTRAR},
    "GET /v1/audit/alarms": {AUDITOR, REGISTRAR},
}
"""The demo's registrars are auditors of the node too."""


def routes(app: FastAPI) -> Iterator[tuple[str, RouteContext]]:
    for route in iter_route_contexts(app.routes):
        if route.path is not None and route.path.startswith("/v1/"):
            for method in route.methods or ():
                yield f"{method} {route.path}", route


def names(api: Api) -> dict[str, str]:
    """Return what there is at school-a for each name in a path."""
    node = api.node
    number = node.numbers("school-a")[0]
    with node.runtime.writing() as work:
        actor = node.operator(PREPARER)
        request = changes.ask(work, actor, action="revoke", reason="other", numbers=[number])
    holders = authority.made(node)
    school = api.node.ids["school-a"]
    caller = api.signed_in(PREPARER)
    seen = caller.get(f"/v1/institutions/{school}").json()
    [batch] = caller.get("/v1/batches").json()
    return {
        "operator_id": node.operator("auditor").id,
        "role": "auditor",
        "scope": "node",
        "institution_id": school,
        "kid": seen["keys"][0]["kid"],
        "accreditation_id": seen["accreditations"][0]["id"],
        "programme_id": node.programmes["school-a"],
        "batch_id": batch["id"],
        "job_id": caller.get(f"/v1/batches/{batch['id']}").json()["job"]["id"],
        "number": number,
        "subject_id": school,
        "request_id": request,
        "certificate_id": holders.to_person(),
    }


def bodies(api: Api, known: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what each request says; acceptable in form, and good for nothing else."""
    school = known["institution_id"]
    form = {"data": api.form(period="另一学年"), "files": api.files()}
    roster = dict.fromkeys(("POST /v1/dry-runs", "POST /v1/batches"), form)
    person = {**PERSON, "institution_id": school}
    json = {
        "POST /v1/operators": {
            "login": "new.one",
            "name": "某人",
            "document_type": "other",
            "document_number": "X1",
            "password": "correct horse battery",
            "roles": [],
        },
        "POST /v1/operators/{operator_id}/roles": {"role": "preparer", "scope": school},
        "POST /v1/institutions": {
            "kind": "school",
            "name_zh": "某小学",
            "region": "419900",
            "code": "2141000088",
            "telephone": "1",
        },
        "POST /v1/authority/certificates": {
            "subject": school,
            "encryption_request": authority.request(),
        },
        "POST /v1/authority/certificates/{certificate_id}/revoke": {"reason": "superseded"},
        "PUT /v1/institutions/{institution_id}/code": {"code": "2141000077"},
        "POST /v1/institutions/{institution_id}/accreditations": {
            "type": "honour/1",
            "levels": ["school"],
        },
        "POST /v1/record-drafts": {**PROOF, "institutions": [school]},
        "POST /v1/record-drafts/publications": {**PROOF, "institutions": [school]},
        "POST /v1/programmes": {
            "institution_id": school,
            "name": "新项目",
            "category": "comprehensive",
            "level": "school",
            "open_from": "2026-01-01",
        },
        "PUT /v1/paper-looks/{subject_id}": {"design": "plain"},
        "POST /v1/batches/{batch_id}/approve": PROOF,
        "POST /v1/batches/{batch_id}/return": {"reason": "有误"},
        "POST /v1/certificates/search": person,
        "POST /v1/certificates/{number}/forget": {"reason": "no such reason"},
        "POST /v1/persons/forget": {**person, "reason": "no such reason"},
        "POST /v1/status-requests": {
            "action": "revoke",
            "reason": "other",
            "numbers": [known["number"]],
        },
        "POST /v1/status-requests/{request_id}/approve": PROOF,
    }
    return {**roster, **{name: {"json": body} for name, body in json.items()}}


def test_every_route_is_in_one_table_or_the_other(api: Api) -> None:
    found = {name for name, _ in routes(api.app)}
    assert found == PUBLIC | set(ALLOWED)
    assert not PUBLIC & set(ALLOWED)


def test_nothing_is_answered_without_a_sign_in(issued_api: Api) -> None:
    known = names(issued_api)
    sent = bodies(issued_api, known)
    for name in ALLOWED:
        method, path = name.split()
        answer = issued_api.stranger.client.request(
            method,
            path.format(**known),
            headers={"Idempotency-Key": "k"},
            **sent.get(name, {}),
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), name


@pytest.mark.parametrize("login", sorted(EVERYBODY))
def test_a_role_may_do_what_the_table_says_and_nothing_else(issued_api: Api, login: str) -> None:
    known = names(issued_api)
    sent = bodies(issued_api, known)
    caller = issued_api.signed_in(login)
    wrong = []
    for number, (name, allowed) in enumerate(ALLOWED.items()):
        method, path = name.split()
        answer = caller.client.request(
            method,
            path.format(**known),
            headers={**caller.headers, "Idempotency-Key": f"k{number}"},
            **sent.get(name, {}),
        )
        refused = answer.status_code in {403, 404}
        if refused is (login in allowed) or answer.status_code >= 500:
            wrong.append((name, answer.status_code, answer.text[:300]))
    assert not wrong


def test_lists_hold_only_ones_own(issued_api: Api) -> None:
    own = issued_api.node.ids["school-a"]
    for path in ("/v1/programmes", "/v1/batches", "/v1/certificates"):
        listed = issued_api.signed_in(PREPARER).get(path).json()
        assert {each["institution_id"] for each in listed} == {own}
    for path in ("/v1/programmes", "/v1/batches", "/v1/certificates", "/v1/status-requests"):
        assert issued_api.signed_in(AUDITOR).get(path).json() == []
    listed = issued_api.signed_in(PREPARER).get("/v1/institutions").json()
    assert [each["id"] for each in listed] == [own]
    assert len(issued_api.signed_in(AUDITOR).get("/v1/institutions").json()) == 3


def test_who_asks_is_known_before_a_transaction_is_opened(api: Api) -> None:
    """Else a request would wait for the connection that it holds itself."""
    looked_at = 0
    for name, route in routes(api.app):
        asked = [each.call for each in route.dependant.dependencies]
        for transaction in (deps.reading, deps.writing):
            if transaction in asked:
                before = asked[: asked.index(transaction)]
                assert name in PUBLIC or access.operator in before or access.auditor in before, name
                looked_at += 1
    assert looked_at > len(ALLOWED) / 2
