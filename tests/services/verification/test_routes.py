"""POST /v1/verify and POST /v1/lookup."""

from datetime import timedelta
from typing import Any

import pytest

from crypto import canonical
from identity.check_characters import mod_31
from identity.credential_types import HONOUR
from services.honours import bundles
from services.platform.settings import Settings
from services.registry import trust
from tests.services.calling import Api

JSON = {"Content-Type": "application/json"}
SD_JWT = {"Content-Type": "application/dc+sd-jwt"}
WRONG_CODE = "0000111122223333"


@pytest.fixture
def bundle(issued_api: Api) -> bytes:
    node = issued_api.node
    return bundles.of_number(node.runtime, node.numbers("school-a")[0])


def verify(api: Api, data: bytes, headers: dict[str, str] = JSON, **params: Any) -> dict[str, Any]:
    answer = api.client.post("/v1/verify", content=data, headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def reason(verdict: dict[str, Any], check: str) -> str:
    [found] = [each for each in verdict["checks"] if each["code"] == check]
    return str(found["reason"])


def paper(api: Api) -> tuple[str, str]:
    """Return number and code of a certificate's paper."""
    number = api.node.numbers("school-a")[0]
    with api.node.runtime.reading() as work:
        return number, bundles.open_certificate(work, number).code


def test_a_bundle_is_judged_with_what_the_node_knows_now(issued_api: Api, bundle: bytes) -> None:
    told = verify(issued_api, bundle)
    assert (told["format"], told["result"], told["current"]) == ("kexin/verdict/v1", "valid", True)
    assert (reason(told, "issuer"), reason(told, "status")) == ("newest", "valid")
    assert reason(told, "anchor") == "local"


def test_bytes_that_are_none_of_ours_are_a_verdict(issued_api: Api, bundle: bytes) -> None:
    for data in (b"", b"\x00\xff", b"{}", b'{"a":NaN}', bundle[:-1], bundle + b" "):
        told = verify(issued_api, data)
        assert told["result"] == "invalid"
        assert told["credential"]["claims"] is None


def test_a_credential_alone_is_looked_up(issued_api: Api, bundle: bytes) -> None:
    document = canonical.loads(bundle)
    assert isinstance(document, dict)
    told = verify(issued_api, str(document["credential"]).encode(), SD_JWT)
    assert (told["result"], reason(told, "format")) == ("undetermined", "credential_only")
    assert reason(told, "signature") == "genuine"


def test_a_pdf_without_a_bundle_is_a_verdict(issued_api: Api) -> None:
    told = verify(issued_api, b"%PDF-1.7 nothing", {"Content-Type": "application/pdf"})
    assert told["result"] == "invalid"


def test_more_evidence_may_be_asked_for(issued_api: Api, bundle: bytes) -> None:
    told = verify(issued_api, bundle, require="receipt")
    assert (told["result"], reason(told, "anchor")) == ("undetermined", "evidence_below")


def test_another_instant_may_be_asked_about(issued_api: Api, bundle: bytes) -> None:
    told = verify(issued_api, bundle, as_of="bundle")
    assert (told["result"], told["current"]) == ("valid", False)
    issued_api.node.clock.now += timedelta(days=2)
    moment = told["as_of"]
    assert verify(issued_api, bundle, as_of=moment)["result"] == "valid"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"as_of": "yesterday"}, "as_of_form"),
        ({"as_of": "2999-01-01T00:00:00Z"}, "as_of_future"),
        ({"require": "faith"}, "request_invalid"),
    ],
)
def test_a_bad_question_is_refused(api: Api, params: dict[str, str], code: str) -> None:
    answer = api.client.post("/v1/verify", content=b"{}", headers=JSON, params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_stale_status_list_is_not_good_enough(issued_api: Api, bundle: bytes) -> None:
    issued_api.node.clock.now += timedelta(minutes=16)
    told = verify(issued_api, bundle)
    assert (told["result"], reason(told, "status")) == ("undetermined", "list_unusable")


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda folder: (folder / trust.LIST).unlink(), "trust_list_missing"),
        (lambda folder: (folder / trust.ROOT).unlink(), "trust_list_missing"),
        (lambda folder: (folder / trust.LIST).write_bytes(b"{"), "trust_list_unreadable"),
        (lambda folder: (folder / trust.LIST).write_bytes(b"{}"), "trust_list_unreadable"),
    ],
)
def test_without_a_trust_list_nothing_is_valid(
    issued_api: Api, bundle: bytes, spoil: Any, expected: str
) -> None:
    spoil(issued_api.node.runtime.settings.trust_folder)
    told = verify(issued_api, bundle)
    assert (told["result"], reason(told, "issuer")) == ("undetermined", expected)


def test_an_expired_trust_list_is_none(issued_api: Api, bundle: bytes) -> None:
    issued_api.node.clock.now += timedelta(days=91)
    assert reason(verify(issued_api, bundle), "issuer") == "trust_list_expired"


def test_a_number_alone_tells_no_name(issued_api: Api) -> None:
    number, _ = paper(issued_api)
    told = issued_api.client.post("/v1/lookup", json={"number": number}).json()
    assert told == {
        "exists": True,
        "number": number,
        "issuer": {
            "zh": "中原市明德中学（示范）",
            "en": "Mingde Middle School (demo)",
            "telephone": "0371-12340001",
        },
        "year": 2026,
        "status": "valid",
        "verdict": None,
    }


def test_a_code_shows_the_least(issued_api: Api) -> None:
    number, code = paper(issued_api)
    spoken = f"{code[:4]} {code[4:8]}-{code[8:].lower()}"
    for given in ({"number": number, "code": code}, {"code": spoken}):
        told = issued_api.client.post("/v1/lookup", json=given).json()
        assert (told["exists"], told["number"], told["verdict"]["result"]) == (
            True,
            number,
            "valid",
        )
        claims = told["verdict"]["credential"]["claims"]
        assert set(claims) - {"level", "category"} == set(HONOUR.minimum)


def test_a_code_of_another_number_is_unknown(issued_api: Api) -> None:
    _, code = paper(issued_api)
    other = issued_api.node.numbers("school-a")[1]
    answers = [
        issued_api.client.post("/v1/lookup", json={"number": other, "code": given})
        for given in (code, WRONG_CODE)
    ]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "code_unknown")}
    assert answers[0].text == answers[1].text


def test_a_mistyped_number_is_not_looked_up_and_not_counted(issued_api: Api) -> None:
    number, _ = paper(issued_api)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    for _ in range(Settings.model_fields["failures_allowed"].default + 5):
        answer = issued_api.client.post("/v1/lookup", json={"number": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "number_mistyped")
    malformed = issued_api.client.post("/v1/lookup", json={"code": "short"})
    assert malformed.json()["code"] == "code_malformed"
    assert issued_api.client.post("/v1/lookup", json={"number": number}).status_code == 200


@pytest.mark.slow
def test_wrong_guesses_are_counted_and_right_answers_are_not(issued_api: Api) -> None:
    number, code = paper(issued_api)
    right = {"number": number, "code": code}
    for _ in range(Settings.model_fields["failures_allowed"].default - 1):
        assert issued_api.client.post("/v1/lookup", json=right).status_code == 200
        wrong = issued_api.client.post("/v1/lookup", json={**right, "code": WRONG_CODE})
        assert wrong.status_code == 404
    unknown = number[:14] + "H999999"
    never = issued_api.client.post("/v1/lookup", json={"number": unknown + mod_31(unknown)})
    assert never.json()["exists"] is False
    blocked = issued_api.client.post("/v1/lookup", json=right)
    assert (blocked.status_code, blocked.json()["code"]) == (429, "too_many_failures")
    issued_api.node.clock.now += timedelta(seconds=901)
    assert issued_api.client.post("/v1/lookup", json=right).status_code == 200
