"""Status lists, as anybody who verifies fetches them."""

from datetime import timedelta

from identity import status_list
from services.status import lists
from tests.services.calling import Api


def test_a_list_may_be_kept_until_its_ttl_is_over(api: Api) -> None:
    with api.node.runtime.reading() as work:
        kept = lists.publication(work, 1)
    answer = api.client.get("/v1/status/1")
    assert (answer.status_code, answer.text) == (200, kept.token)
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    age = api.node.clock.now - kept.issued_at
    left = int((status_list.TTL - age).total_seconds())
    assert answer.headers["cache-control"] == f"public, max-age={left}"
    api.node.clock.now += timedelta(hours=1)
    assert api.client.get("/v1/status/1").headers["cache-control"] == "public, max-age=0"


def test_no_such_list(api: Api) -> None:
    answer = api.client.get("/v1/status/999")
    assert (answer.status_code, answer.json()["code"]) == (404, "status_list_unknown")
    assert api.client.get("/v1/status/0").status_code == 422
    assert api.client.get("/v1/status/x").status_code == 422
