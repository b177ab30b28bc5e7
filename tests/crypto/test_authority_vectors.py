"""Certificates, lists and answers on file: what was valid once stays so, what was refused too."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from crypto import certificate, certificate_request, chain, crl, ocsp
from crypto.chain import Sources
from crypto.errors import CryptoError
from crypto.extensions import Usage
from crypto.revocation import Outcome
from tests.crypto.samples import vectors

FILE = vectors("authority.json")
THEIRS, OURS = FILE["theirs"], FILE["ours"]


def outcome(case: dict[str, Any], between: list[str], **sources: Any) -> Outcome:
    found = chain.verify(
        certificate.parse_pem(case["person"]),
        trusted=[certificate.parse_pem(case["root"])],
        between=[certificate.parse_pem(case[name]) for name in between],
        now=datetime.fromisoformat(case["valid_at"]),
        usage=Usage.NON_REPUDIATION,
        sources=Sources(**sources),
    )
    return found.standing.outcome


def test_an_authority_of_the_openssl_command() -> None:
    revoked = crl.parse_pem(THEIRS["crl_revokes_person"])
    question = ocsp.parse_question(bytes.fromhex(THEIRS["ocsp_question_hex"]))
    answer = ocsp.parse(bytes.fromhex(THEIRS["ocsp_answer_revoked_hex"]))

    assert outcome(THEIRS, []) is Outcome.UNCHECKED
    assert outcome(THEIRS, [], lists=[revoked]) is Outcome.REVOKED
    assert outcome(THEIRS, [], answers=[(question, answer)]) is Outcome.REVOKED
    certificate_request.verify_pem(THEIRS["request"])
    certificate.parse_pem(THEIRS["responder"])


def test_an_authority_of_ours() -> None:
    revoked = crl.parse_pem(OURS["crl_revokes_person"])
    question = ocsp.parse_question(bytes.fromhex(OURS["ocsp_question_hex"]))
    answer = ocsp.parse(bytes.fromhex(OURS["ocsp_answer_good_hex"]))

    assert outcome(OURS, ["issuing"], lists=[revoked]) is Outcome.REVOKED
    assert outcome(OURS, ["issuing"], answers=[(question, answer)]) is Outcome.UNCHECKED
    certificate_request.verify_pem(OURS["request"])
    for name in ("secrecy", "responder"):
        certificate.parse_pem(OURS[name])


PARSERS: dict[str, Callable[[bytes], object]] = {
    "certificate": certificate.parse,
    "crl": crl.parse,
    "ocsp_answer": ocsp.parse,
    "ocsp_question": ocsp.parse_question,
}


@pytest.mark.parametrize("case", FILE["refused"], ids=lambda each: f"{each['kind']}-{each['code']}")
def test_what_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(CryptoError) as caught:
        PARSERS[case["kind"]](bytes.fromhex(case["hex"]))
    assert caught.value.code == case["code"]
