"""Records, trust root and trust list, as anybody may read them."""

from crypto import canonical
from identity import issuer, trust_list, trust_root
from services.evidence import reading
from services.registry import trust
from tests.services.calling import Api


def test_a_record_comes_with_its_proofs(api: Api) -> None:
    school = api.node.ids["school-a"]
    answer = api.client.get(f"/v1/records/{school}")
    assert answer.headers["cache-control"] == "public, max-age=60"
    found = reading.read_issuer(answer.content)
    assert (found.record.id, found.record.seq) == (school, 1)
    assert found.located.receipt is not None


def test_the_newest_record_is_answered_once_it_is_anchored(api: Api) -> None:
    school = api.node.ids["school-a"]
    first, second = api.signed_in("registrar-1"), api.signed_in("registrar-2")
    assert first.post(f"/v1/institutions/{school}/keys").status_code == 201
    for caller, path in ((first, ""), (second, "/publications")):
        login = "registrar-1" if caller is first else "registrar-2"
        body = {"institutions": [school], **api.node.proof(login)}
        assert caller.post(f"/v1/record-drafts{path}", json=body).status_code == 201
    before = reading.read_issuer(api.client.get(f"/v1/records/{school}").content)
    assert before.record.seq == 1, "the new one would leave verifiers without an answer"
    api.node.work()
    after = reading.read_issuer(api.client.get(f"/v1/records/{school}").content)
    assert (after.record.seq, len(after.record.keys)) == (2, 2)


def test_no_institution_and_no_record_are_told_apart(api: Api) -> None:
    nobody = api.client.get("/v1/records/inst_41ZZZZZZZZZZZZZZZZ")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "institution_unknown")


def test_root_and_list_are_the_files(api: Api) -> None:
    root = trust_root.parse(api.client.get("/v1/trust/root").content)
    assert root.fingerprint == api.node.root.fingerprint
    document = canonical.loads(api.client.get("/v1/trust/list").content)
    opened = trust_list.open(document, root, now=api.node.clock.now, seen=None)
    assert opened.seq == 2, "the second names the offline page"
    (api.node.runtime.settings.trust_folder / trust.LIST).unlink()
    gone = api.client.get("/v1/trust/list")
    assert (gone.status_code, gone.json()["code"]) == (404, "trust_list_missing")


def test_a_registrar_throws_a_draft_away(api: Api) -> None:
    school = api.node.ids["school-a"]
    first, second = api.signed_in("registrar-1"), api.signed_in("registrar-2")
    first.post(f"/v1/institutions/{school}/keys")
    body = {"institutions": [school], **api.node.proof("registrar-1")}
    assert first.post("/v1/record-drafts", json=body).status_code == 201
    [draft] = second.get("/v1/record-drafts").json()
    assert draft["institution"] == school
    assert second.delete(f"/v1/record-drafts/{school}").status_code == 204
    again = second.delete(f"/v1/record-drafts/{school}")
    assert (again.status_code, again.json()["code"]) == (409, "record_draft_missing")
    assert issuer.TYP == "kexin-record+jws"


def test_a_wrong_proof_signs_no_record(api: Api) -> None:
    school = api.node.ids["school-a"]
    caller = api.signed_in("registrar-1")
    caller.post(f"/v1/institutions/{school}/keys")
    body = {"institutions": [school], "password": "wrong", "code": "000000"}
    answer = caller.post("/v1/record-drafts", json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
    assert caller.get("/v1/record-drafts").json() == []
