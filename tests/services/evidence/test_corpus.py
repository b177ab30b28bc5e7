"""The shared corpus: the Python verifier gives the answers that are written down."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import bundle_vectors
from services.evidence.reasons import REASONS

ROOT = Path(__file__).parents[3]
CASES: list[dict[str, Any]] = json.loads((bundle_vectors.FOLDER / "cases.json").read_bytes())

ONLINE = {
    ("issuer", "newest"),
    ("issuer", "record_unreachable"),
    ("issuer", "record_source"),
    ("status", "unreachable"),
    ("status", "missing"),
    ("anchor", "live"),
    ("anchor", "live_differs"),
}
"""What only a verifier that asks somebody can find."""


def read(name: str) -> bytes:
    return (bundle_vectors.FOLDER / name).read_bytes()


@pytest.mark.parametrize("case", CASES, ids=[each["name"] for each in CASES])
def test_the_verdict_is_the_one_expected(case: dict[str, Any]) -> None:
    assert bundle_vectors.expected(bundle_vectors.judge(case, read)) == case["expect"]


def test_every_reason_that_can_be_found_offline_occurs() -> None:
    found = {
        (check["code"], check["reason"]) for case in CASES for check in case["expect"]["checks"]
    }
    known = {(check, reason) for check, reasons in REASONS.items() for reason in reasons}

    assert known - found == ONLINE


def test_whatever_has_one_altered_byte_is_not_valid() -> None:
    altered = [case for case in CASES if case["splice"]]

    assert len(altered) > 150
    assert not [case["name"] for case in altered if case["expect"]["result"] == "valid"]


@pytest.mark.slow
def test_the_corpus_is_what_its_cases_make() -> None:
    # If a case was changed on purpose: python scripts/bundle_vectors.py
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "bundle_vectors.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
