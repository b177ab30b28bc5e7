"""The authority over HTTP: what strangers fetch and ask, judged by the openssl command.

The command of OpenSSL 3.0 verifies certificates with the ID of SM2; lists and answers it reads,
and their signatures are verified over the signed bytes (tests/crypto/test_authority_openssl.py).
"""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from crypto import certificate, crl, ocsp, sm2
from crypto.certificate import Certificate
from crypto.keys import PublicKey
from crypto.revocation import Outcome
from crypto.signed import Signed
from identity.certificates import Kind
from services.authority import lists, responder
from services.platform import idempotency
from services.platform.errors import Unavailable
from tests.crypto.samples import ID_OPTION, openssl
from tests.services.authority import holders as making
from tests.services.authority.holders import REGISTRAR, Holders, request
from tests.services.calling import Api, Caller

PATH = "/v1/authority/certificates"


@pytest.fixture
def holders(api: Api) -> Holders:
    return making.made(api.node)


@pytest.fixture
def registrar(api: Api, holders: Holders) -> Caller:
    return api.signed_in(REGISTRAR)


def fetched(api: Api, name: str) -> bytes:
    kind = {"cer": "application/pkix-cert", "crl": "application/pkix-crl"}[name.split(".")[-1]]
    answer = api.client.get(f"/authority/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind), answer.text
    return answer.content


def saved(api: Api, folder: Path, *names: str) -> None:
    """Keep certificates of the authority as PEM, as a stranger does."""
    for name in names:
        made = certificate.parse(fetched(api, f"{name}.cer"))
        (folder / f"{name}.pem").write_text(made.pem)


def issued(registrar: Caller, subject: str, folder: Path) -> tuple[str, Certificate]:
    answer = registrar.post(PATH, json={"subject": subject, "request": request()})
    assert answer.status_code == 201, answer.text
    [made] = answer.json()["ids"]
    pem = registrar.get(f"{PATH}/{made}").json()["pem"]
    (folder / "person.pem").write_text(pem)
    return made, certificate.parse_pem(pem)


def revoked(registrar: Caller, made: str) -> Any:
    answer = registrar.post(f"{PATH}/{made}/revoke", json={"reason": "key_compromise"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def verified(folder: Path, signed: Signed, key: PublicKey) -> bool:
    (folder / "by.pem").write_text(key.pem)
    (folder / "signature").write_bytes(sm2.to_der(signed.signature))
    said = openssl(
        "dgst", "-sm3", "-verify", folder / "by.pem", "-sigopt", ID_OPTION, "-signature",
        folder / "signature", data=signed.content,
    )  # fmt: skip
    return said == b"Verified OK\n"


def test_openssl_verifies_what_was_issued(
    api: Api, holders: Holders, registrar: Caller, tmp_path: Path
) -> None:
    saved(api, tmp_path, "root", "issuing")
    issued(registrar, holders.person, tmp_path)
    at = str(int(api.node.clock.now.timestamp()))
    for name, issuer in (("root", "root"), ("issuing", "root"), ("person", "issuing")):
        said = openssl(
            "verify", "-vfyopt", ID_OPTION, "-partial_chain", "-x509_strict", "-attime", at,
            "-CAfile", tmp_path / f"{issuer}.pem", tmp_path / f"{name}.pem",
        )  # fmt: skip
        assert said.endswith(b": OK\n")
    text = openssl("x509", "-in", tmp_path / "person.pem", "-noout", "-text").decode()
    assert f"CN = {holders.person}" in text
    assert "自建CA,非依法设立的电子认证服务机构" in text
    assert "URI:http://127.0.0.1:8400/authority/crl" in text
    assert "OCSP - URI:http://127.0.0.1:8400/authority/ocsp" in text


def test_openssl_reads_the_list_with_what_was_revoked(
    api: Api, holders: Holders, registrar: Caller, tmp_path: Path
) -> None:
    made, person = issued(registrar, holders.person, tmp_path)
    before = crl.parse(fetched(api, "crl"))
    assert (before.number, before.entries) == (1, ())
    told = revoked(registrar, made)
    assert (told["reason"], told["revoked"] is None) == ("key_compromise", False)
    (tmp_path / "list.crl").write_bytes(fetched(api, "crl"))
    text = openssl("crl", "-inform", "DER", "-in", tmp_path / "list.crl", "-noout", "-text")
    assert f"Serial Number: {person.fields.serial:032X}" in text.decode()
    assert "Key Compromise" in text.decode()
    after = crl.parse((tmp_path / "list.crl").read_bytes())
    issuing = certificate.parse(fetched(api, "issuing.cer"))
    after.verify(issuing)
    assert after.number == 2
    assert verified(tmp_path, after.signed, issuing.fields.key)
    root = certificate.parse(fetched(api, "root.cer"))
    crl.parse(fetched(api, "root.crl")).verify(root)


def test_openssl_asks_and_is_answered_at_once(
    api: Api, holders: Holders, registrar: Caller, tmp_path: Path
) -> None:
    saved(api, tmp_path, "issuing")
    made, person = issued(registrar, holders.person, tmp_path)
    files = ("-issuer", tmp_path / "issuing.pem", "-sm3", "-cert", tmp_path / "person.pem")
    openssl("ocsp", *files, "-reqout", tmp_path / "asked")
    asked = (tmp_path / "asked").read_bytes()
    for status in ("good", "revoked"):
        answer = api.client.post("/authority/ocsp", content=asked)
        assert answer.headers["content-type"] == "application/ocsp-response"
        assert answer.headers["cache-control"] == "no-store"
        (tmp_path / "answer").write_bytes(answer.content)
        text = openssl("ocsp", "-respin", tmp_path / "answer", "-resp_text", "-noverify").decode()
        assert f"Cert Status: {status}" in text
        assert "OCSP Nonce" in text
        read = ocsp.parse(answer.content)
        read.verify(holders.held(Kind.ISSUING), now=api.node.clock.now)
        assert verified(tmp_path, read.signed, read.certificates[0].fields.key)
        question = ocsp.parse_question(asked)
        assert read.nonce == question.nonce
        assert read.standing(question, api.node.clock.now).outcome is Outcome(status)
        revoked(registrar, made) if status == "good" else None
    said = openssl(
        "ocsp", "-respin", tmp_path / "answer", "-reqin", tmp_path / "asked", *files, "-noverify"
    )
    assert b"Reason: keyCompromise" in said
    assert person.fields.serial == ocsp.parse_question(asked).certificate.serial


def test_the_same_question_in_the_address(api: Api, holders: Holders) -> None:
    serial = holders.certificate(holders.to_person()).fields.serial
    question = ocsp.ask(serial, holders.held(Kind.ISSUING), bytes(range(32)))
    asked = quote(base64.b64encode(question.der()).decode(), safe="")
    answer = ocsp.parse(api.client.get(f"/authority/ocsp/{asked}").content)
    assert answer.standing(question, api.node.clock.now).outcome is Outcome.GOOD
    malformed = ocsp.failure(ocsp.Failure.MALFORMED_REQUEST)
    assert api.client.get("/authority/ocsp/&&&").content == malformed


def test_what_is_no_question_about_ours(api: Api, holders: Holders, tmp_path: Path) -> None:
    issuing = holders.held(Kind.ISSUING)

    def asked(data: bytes) -> bytes:
        return api.client.post("/authority/ocsp", content=data).content

    unknown = ocsp.ask(7, issuing, None)
    answer = ocsp.parse(asked(unknown.der()))
    assert answer.standing(unknown, api.node.clock.now).outcome is Outcome.UNCHECKED
    assert asked(b"nothing") == ocsp.failure(ocsp.Failure.MALFORMED_REQUEST)
    unauthorized = ocsp.failure(ocsp.Failure.UNAUTHORIZED)
    assert asked(ocsp.ask(7, holders.held(Kind.ROOT), None).der()) == unauthorized
    (tmp_path / "issuing.pem").write_text(issuing.pem)
    openssl(
        "ocsp", "-issuer", tmp_path / "issuing.pem", "-serial", "7", "-reqout", tmp_path / "sha1"
    )
    assert asked((tmp_path / "sha1").read_bytes()) == unauthorized
    assert api.client.post("/authority/ocsp", content=b"0" * 5_000).status_code == 413
    api.node.clock.now += timedelta(days=91)
    assert asked(unknown.der()) == ocsp.failure(ocsp.Failure.TRY_LATER)


def test_an_altered_row_is_not_answered_about(api: Api, holders: Holders) -> None:
    serial = holders.certificate(holders.to_person()).fields.serial
    question = ocsp.ask(serial, holders.held(Kind.ISSUING), None)
    with api.node.runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE authority_certificate SET version = 2")
    answer = api.client.post("/authority/ocsp", content=question.der())
    assert (answer.status_code, answer.json()["code"]) == (403, "row_altered")


def test_one_key_of_the_caller_is_one_certificate(
    api: Api, holders: Holders, registrar: Caller
) -> None:
    body = {"subject": holders.person, "request": request()}
    first = registrar.post(PATH, key="once", json=body)
    again = registrar.post(PATH, key="once", json=body)
    assert (first.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert len(registrar.get(PATH, subject=holders.person).json()) == 1
    assert registrar.get(PATH, after=first.json()["ids"][0]).json() == []
    other = registrar.post(PATH, key="once", json={**body, "request": request()})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_an_answer_that_could_not_be_kept_leaves_no_certificate(
    api: Api, holders: Holders, registrar: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever the process ends before the commit: the next try is the first."""
    body = {"subject": holders.person, "request": request()}

    def ended(*_: object, **__: object) -> None:
        raise Unavailable("database_busy")

    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "keep", ended)
        assert registrar.post(PATH, key="once", json=body).status_code == 503
    assert registrar.get(PATH).json() == []
    assert registrar.post(PATH, key="once", json=body).status_code == 201
    assert len(registrar.get(PATH).json()) == 1


def test_a_request_as_the_operations_say(
    api: Api, holders: Holders, registrar: Caller, tmp_path: Path
) -> None:
    openssl("genpkey", "-algorithm", "SM2", "-out", tmp_path / "own.key")
    openssl(
        "req", "-new", "-key", tmp_path / "own.key", "-sm3", "-sigopt", ID_OPTION, "-subj",
        "/CN=any", "-out", tmp_path / "person.req",
    )  # fmt: skip
    body = {"subject": holders.person, "request": (tmp_path / "person.req").read_text()}
    [made] = registrar.post(PATH, json=body).json()["ids"]
    public = openssl("pkey", "-in", tmp_path / "own.key", "-pubout").decode()
    assert holders.certificate(made).fields.key.pem == public


def test_a_pair_is_read_with_what_stands_above(
    api: Api, holders: Holders, registrar: Caller
) -> None:
    body = {"subject": holders.school, "encryption_request": request()}
    ids = registrar.post(PATH, json=body).json()["ids"]
    read = [registrar.get(f"{PATH}/{each}").json() for each in ids]
    kinds = ["institution_signing", "institution_encryption"]
    assert [each["kind"] for each in read] == kinds
    above = certificate.parse_bundle(read[0]["chain"])
    assert above == (holders.held(Kind.ISSUING), holders.held(Kind.ROOT))
    assert read[0]["ends_within_days"] is None
    api.node.clock.now += timedelta(days=5 * 365 - 20)
    registrar = api.signed_in(REGISTRAR)
    assert registrar.get(f"{PATH}/{ids[0]}").json()["ends_within_days"] == 30
    renewed = registrar.post(f"{PATH}/{ids[0]}/renew")
    assert renewed.status_code == 201, renewed.text


def test_without_an_authority_there_is_nothing_to_fetch(api: Api) -> None:
    for path in ("root.cer", "issuing.cer", "crl", "root.crl", "ocsp/AA"):
        answer = api.client.get(f"/authority/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "authority_missing")


def test_a_list_is_signed_anew_before_half_its_life(api: Api, holders: Holders) -> None:
    runtime = api.node.runtime
    assert lists.publish(runtime) == 0
    api.node.clock.now += lists.LIFE / 2
    assert lists.publish(runtime) == 2
    assert crl.parse(fetched(api, "crl")).number == 2
    with runtime.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE authority_list SET der = (SELECT der FROM authority_list AS old"
            " WHERE old.issuer = authority_list.issuer AND old.number = 1)"
        )
    answer = api.client.get("/authority/crl")
    assert (answer.status_code, answer.json()["code"]) == (403, "row_altered")
    with runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM authority_list")
    answer = api.client.get("/authority/crl")
    assert (answer.status_code, answer.json()["code"]) == (404, "revocation_list_missing")
    assert lists.publish(runtime) == 2
    assert crl.parse(fetched(api, "crl")).number == 3
    assert responder.LIFE < lists.LIFE
