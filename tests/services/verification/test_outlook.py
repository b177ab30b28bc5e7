"""What a verdict looks like: a word, a sentence, and a text for whatever can be found."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from identity.levels import AWARD_LEVELS, AWARD_RANKS
from services.evidence.finding import Finding
from services.evidence.reasons import REASONS, Result
from services.evidence.verdict import AS_OF_STATE, Verdict
from services.platform import texts
from services.verification import outlook
from tests.conftest import NOON

FACTS: dict[str, Any] = {"expired": NOON, "successor": "31410000012026H000002S"}
OPEN = [
    (check, reason)
    for check, reasons in REASONS.items()
    for reason, result in reasons.items()
    if result is not Result.PASS
]


def verdict(*findings: Finding, current: bool = True) -> Verdict:
    return Verdict(current, NOON, None, findings)


@pytest.fixture
def lenient() -> None:
    """Texts of findings want facts that do not matter here."""
    texts.require_all(False)


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize(("check", "reason"), OPEN)
def test_whatever_is_found_has_a_sentence(check: str, reason: str) -> None:
    look = outlook.of(verdict(Finding(check, reason, at=NOON, params=FACTS)))
    for said in look.sentence:
        assert not said.startswith("headline."), said
        assert "{" not in said
    result = REASONS[check][reason]
    expected = outlook.INVALID if result is Result.FAIL else outlook.UNDETERMINED
    assert look.outlook == (outlook.AS_OF if reason == AS_OF_STATE else expected)
    assert [each.code for each in look.open] == [check]


@pytest.mark.usefixtures("lenient")
def test_the_first_failure_decides_the_sentence_even_after_an_unknown() -> None:
    unknown = Finding("disclosure", "incomplete")
    revoked = Finding("status", "revoked", params={"since": NOON})
    late = Finding("log", "not_included")
    look = outlook.of(verdict(unknown, revoked, late))
    assert look.sentence.zh == "颁发机构已撤销这份证书，请不要再使用。"


@pytest.mark.usefixtures("lenient")
def test_a_status_of_another_day_is_told_with_its_day() -> None:
    known = NOON - timedelta(days=3)
    finding = Finding("status", AS_OF_STATE, at=known, params={"as_of": known})
    look = outlook.of(verdict(finding))
    assert look.outlook == outlook.AS_OF
    assert look.sentence.zh == "截至北京时间 2026-11-21 12:00，这份证书是真的，而且有效。"


@pytest.mark.usefixtures("lenient")
def test_valid_is_green_only_for_now() -> None:
    passed = verdict(Finding("format", "bundle"))
    assert outlook.of(passed).outlook == outlook.VALID
    assert outlook.of(replace(passed, current=False)).outlook == outlook.AS_OF


def test_every_word_of_a_certificate_has_a_text() -> None:
    wanted = [f"award_level_{level}" for level in AWARD_LEVELS]
    wanted += [f"award_rank_{rank}" for rank in AWARD_RANKS]
    looks = (outlook.VALID, outlook.AS_OF, outlook.UNDETERMINED, outlook.INVALID)
    wanted += [f"outlook_{look}" for look in looks]
    assert all(texts.has("pages", code) for code in wanted)
