"""What the offline page computes with, against the vectors that the Python code is held to."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from crypto import canonical
from services.evidence.reasons import REASONS
from tests.services.evidence.test_corpus import ONLINE

VECTORS = Path(__file__).parents[3] / "vectors"

Run = Callable[[Sequence[dict[str, Any]]], list[Any]]

pytestmark = pytest.mark.component


def vectors(name: str) -> Any:
    return json.loads((VECTORS / name).read_text("utf-8"))


def message(test: dict[str, Any]) -> str:
    if "msg_hex" in test:
        return str(test["msg_hex"])
    return str(test["msg_repeat"]["hex"]) * int(test["msg_repeat"]["count"])


def test_sm3(run: Run) -> None:
    tests = vectors("crypto/sm3.json")["vectors"]

    answers = run([{"act": "sm3", "data": message(each)} for each in tests])

    assert [each["value"] for each in answers] == [each["digest_hex"] for each in tests]


def test_sm2(run: Run) -> None:
    file = vectors("crypto/sm2.json")
    official = file["signature"][0]
    given = {
        "act": "sm2",
        "xy": official["px_hex"] + official["py_hex"],
        "message": official["msg_ascii"].encode().hex(),
    }
    negative = file["signature_negative"]["must_fail"]
    right = {**given, "signature": official["r_hex"] + official["s_hex"]}
    wrong = [{**given, "signature": each["r_hex"] + each["s_hex"]} for each in negative]
    off_curve = {**right, "xy": official["px_hex"] + official["px_hex"]}
    short = {**right, "signature": right["signature"][2:]}

    answers = run([right, *wrong, off_curve, short, {**right, "message": "00"}])

    assert answers[0] == {"value": True}
    assert {each["refused"] for each in answers[1:]} == {"signature", "point"}
    assert len(answers) == len(negative) + 4


def test_canonical_json(run: Run) -> None:
    accepted = [
        '{"a":1,"b":[true,null,"x"]}',
        '"\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u001f"',
        f"[{canonical.MAX_INTEGER},-{canonical.MAX_INTEGER},0]",
        '{"€":1,"𐀀":2,"ﬁ":3}',
        "[" * 64 + "]" * 64,
    ]
    refused = [
        *(
            "",
            " 1",
            "1.0",
            "1.5",
            "1e2",
            "-0",
            "01",
            "NaN",
            "tru",
            '{"a":1,"a":1}',
            '{"b":1,"a":1}',
        ),
        *('"\\u0041"', '"\\ud800"', '"\\/"', '"\\u001F"', "9007199254740992", "[1, 2]", "\ufeff1"),
        *('{"ﬁ":3,"𐀀":2}', "[" * 65 + "]" * 65, "[1]x"),
    ]
    broken = ["ff", "22c328", "22eda08022"]
    questions = [{"act": "canonical", "data": each.encode().hex()} for each in accepted + refused]

    answers = run([*questions, *({"act": "canonical", "data": each} for each in broken)])

    taken = [each == {"value": True} for each in answers]
    assert taken == [True] * len(accepted) + [False] * (len(refused) + len(broken))
    for text in accepted:
        canonical.loads(text.encode())


def test_base64url(run: Run) -> None:
    right = ["", "AA", "AAA", "_-8", "A" * 43]
    wrong = ["A", "AB", "AA=", "AA==", "A A", "A+", "AAAAA", "é"]

    answers = run([{"act": "base64url", "text": each} for each in right + wrong])

    assert [each == {"value": True} for each in answers] == [True] * 5 + [False] * 8


def test_inclusion_proofs(run: Run) -> None:
    tests = vectors("merkle/inclusion.json")["tests"]

    answers = run([{"act": "merkle", **each} for each in tests])

    for test, answer in zip(tests, answers, strict=True):
        assert (answer == {"value": True}) == (test["result"] == "valid"), test["id"]


def test_its_reasons_are_those_of_the_python_verifier(run: Run) -> None:
    [answer] = run([{"act": "reasons"}])

    asked = {check: {reason for each, reason in ONLINE if each == check} for check in REASONS}
    expected = {
        check: {name: result.value for name, result in reasons.items() if name not in asked[check]}
        for check, reasons in REASONS.items()
    }
    kept = {check: dict(sorted(reasons.items())) for check, reasons in answer["value"].items()}
    # `missing` cannot occur, but a status without a word has to be called something.
    kept["status"].pop("missing")
    assert kept == {check: dict(sorted(reasons.items())) for check, reasons in expected.items()}
    assert list(answer["value"]) == list(REASONS)
