"""Every finding has words in both languages, and the pages that list them are current."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import services.evidence
from ledger.evidence import Level
from scripts import evidence_pages
from services.evidence import messages
from services.evidence.finding import Names, Term
from services.evidence.reasons import CHECKS, NOTES, REASONS, TRUST_PROBLEMS, Result
from services.platform import texts
from services.platform.texts import EN, ZH

CODES = [f"{check}.{reason}" for check, reasons in REASONS.items() for reason in reasons]
SOURCES = Path(services.evidence.__path__[0])


def raw(code: str, lang: str) -> str:
    """Return a text with its parameters left open."""
    return evidence_pages.template(code, lang)


@pytest.mark.parametrize("code", [*CODES, *(f"note.{note}" for note in NOTES)])
def test_every_reason_has_words_in_both_languages(code: str) -> None:
    assert raw(code, ZH) != raw(code, EN)
    assert re.search("[一-鿿]", raw(code, ZH))
    assert not re.search("[一-鿿]", raw(code, EN))
    names = [set(re.findall(r"\*[a-z_]+\*", raw(code, lang))) for lang in (ZH, EN)]
    assert names[0] == names[1]


@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_a_remedy_in_both_languages(code: str) -> None:
    assert raw(f"{code}.remedy", ZH)
    assert raw(f"{code}.remedy", EN)


@pytest.mark.parametrize("lang", [ZH, EN])
def test_checks_and_results_have_names(lang: str) -> None:
    assert all(messages.word(f"check.{check}", lang) for check in CHECKS)
    assert all(messages.word(f"result.{result.value}", lang) for result in Result)


def test_every_reason_of_the_table_is_given_somewhere() -> None:
    written = "".join(
        path.read_text("utf-8") for path in SOURCES.rglob("*.py") if path.name != "reasons.py"
    )
    elsewhere = {*TRUST_PROBLEMS, *(level.word for level in Level)}
    unused = [
        f"{check}.{reason}"
        for check, reasons in REASONS.items()
        for reason in reasons
        if f'"{reason}"' not in written and reason not in elsewhere
    ]
    assert not unused


def test_facts_are_written_for_the_reader() -> None:
    instant = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)

    assert messages.written(instant, ZH) == "北京时间 2027-01-01 00:30"
    assert messages.written(instant, EN) == "2027-01-01 00:30 Beijing time"
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert messages.written(last, ZH) == "北京时间 9999-12-31 23:59"
    assert messages.written(Names("学校", "School"), ZH) == "学校"
    assert messages.written(Names("学校", "School"), EN) == "School"
    assert messages.written(Term("claim.name"), EN) == "Name"
    assert messages.written((Term("claim.name"), Term("claim.award")), ZH) == "姓名、荣誉"
    assert messages.written(7, ZH) == "7"


def test_the_catalogue_has_no_text_that_nobody_says() -> None:
    known = {*CODES, *(f"{code}.remedy" for code in CODES), *(f"note.{note}" for note in NOTES)}
    prefixes = ("check.", "result.", "verdict.", "claim.", "part.", "level.", "usage.", "type.")
    single = {"since.unknown", "successor.unknown"}
    catalogue = evidence_pages.codes()

    assert catalogue >= known
    assert [c for c in catalogue - known - single if not c.startswith(prefixes)] == []


@pytest.mark.parametrize("page", evidence_pages.PAGES)
def test_the_pages_of_formats_are_current(page: str) -> None:
    stored = (evidence_pages.FORMATS / page).read_text("utf-8")
    assert evidence_pages.filled(page) == stored, "run: python scripts/evidence_pages.py"


def test_the_example_of_the_pages_is_valid() -> None:
    verdict = evidence_pages.example()

    assert verdict.result.value == "valid"
    assert texts.has("verdict", "verdict.valid")
