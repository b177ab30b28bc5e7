"""The self-check over HTTP."""

from services.registry import institutions, trust
from tests.services.calling import Api


def test_a_school_reads_how_it_stands_and_who_mends_what(api: Api) -> None:
    node = api.node
    school = node.ids["school-a"]
    clerk = api.signed_in("school-a-preparer")
    path = f"/v1/institutions/{school}/check"
    assert {each["result"] for each in clerk.get(path).json()} == {"ok"}

    with node.runtime.writing() as work:
        institutions.recode(work, node.operator("registrar-1"), school, "3441000098")
    (node.runtime.settings.trust_folder / trust.LIST).write_bytes(b"{")

    wrong = {each["code"]: each for each in clerk.get(path).json() if each["result"] != "ok"}
    assert {code: each["result"] for code, each in wrong.items()} == {
        "record_outdated": "wrong",
        "trust_unreadable": "unknown",
    }
    told = wrong["record_outdated"]
    assert (told["who"], told["page"]) == ("registrars", f"/registry/records?institution={school}")
    assert set(told["message"]) == set(told["remedy"]) == {"zh", "en"}
