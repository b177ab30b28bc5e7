"""A verdict as a person reads it: one word, one sentence, what to do, then each check.

Outlook    valid, as_of (true for an instant that has passed), undetermined, invalid: four looks
           that differ in colour, shape and word
Sentence   the first check that did not pass decides it; `headline.<code>` of the domain `pages`
Texts      Said holds both languages; the page shows one of them, or Chinese with English below
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from identity import instants
from services.evidence import messages
from services.evidence.finding import Finding
from services.evidence.reasons import Result
from services.evidence.verdict import AS_OF_STATE, Outcome, Shown, Verdict
from services.platform import texts
from services.platform.texts import EN, ZH

NO_ATTACHMENT = "no_attachment"
NOT_REACHED = "not_reached"
VALID, AS_OF, UNDETERMINED, INVALID = "valid", "as_of", "undetermined", "invalid"

_INVALID: Final[Mapping[str, str]] = {
    "format.unreadable": "damaged",
    "format.test": "test",
    "format": "not_ours",
    "document": "page_altered",
    "signature": "altered",
    "disclosure": "altered",
    "dates.expired": "expired",
    "dates": "not_yet",
    "status.revoked": "revoked",
    "status.suspended": "suspended",
    "status.superseded": "superseded",
    "status": "status_wrong",
    "issuer": "issuer",
    "key_at_time": "issuer",
    "accreditation": "issuer",
    "log": "proof",
    "anchor": "proof",
}
_UNKNOWN: Final[Mapping[str, str]] = {
    "issuer.record_not_anchored": "waiting",
    "key_at_time.not_anchored": "waiting",
    "accreditation.not_anchored": "waiting",
    "anchor.not_anchored": "waiting",
    "disclosure": "hidden",
    "status": "status_unknown",
}
_WITHOUT_PROOFS: Final = frozenset({NO_ATTACHMENT, "picture"})
"""Reasons of the check `format` for what was printed, scanned, photographed or saved anew."""

_PAPER = ("name", "award", "award_date", "rank", "period", "class", "student_no", "subject")


class Said(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list, and what an engineer wants to know of it."""

    code: str
    result: str
    name: Said
    word: Said
    line: Said
    remedy: Said | None
    facts: tuple[tuple[str, str], ...]
    reached: bool
    """False where another check has to be cleared first: there is nothing to do about this one."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that the certificate states."""

    code: str
    name: Said
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """The certificate; its issuer by the record, never by its own word."""

    kind: Said
    number: str
    issuer: Said
    issuer_codes: tuple[str, ...]
    telephone: str
    level: str
    items: tuple[Item, ...]
    notice: str | None

    def item(self, code: str) -> str | None:
        """Return what the certificate states under this name."""
        return next((each.value for each in self.items if each.code == code), None)


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that the page shows of a verdict."""

    outlook: str
    sentence: Said
    remedy: Said | None
    at: datetime
    card: Card | None
    checks: tuple[Check, ...]
    report: str

    @property
    def open(self) -> tuple[Check, ...]:
        """Return the checks that did not pass."""
        return tuple(each for each in self.checks if each.result != Result.PASS.value)

    @property
    def lost(self) -> bool:
        """Return whether the file may be of a certificate whose proofs it no longer carries."""
        reasons = {value for name, value in self.checks[0].facts if name == "reason"}
        return bool(reasons & _WITHOUT_PROOFS)

    @property
    def passed(self) -> int:
        """Return how many checks passed."""
        return sum(each.result == Result.PASS.value for each in self.checks)

    @property
    def unreached(self) -> tuple[Check, ...]:
        """Return the checks that nobody could make."""
        return tuple(each for each in self.checks if not each.reached)


def of(verdict: Verdict) -> Look:
    """Return how a verdict looks."""
    checks = tuple(_check(each) for each in verdict.checks)
    shown = verdict.shown
    first = _first(verdict)
    return Look(
        outlook=_outlook(verdict),
        sentence=_sentence(verdict, first),
        remedy=None if first is None else _said(messages.remedy(first)),
        at=verdict.as_of,
        card=None if shown is None else _card(shown),
        checks=checks,
        report=json.dumps(verdict.to_json(), ensure_ascii=False, indent=1),
    )


def _outlook(verdict: Verdict) -> str:
    if verdict.state == AS_OF_STATE:
        return AS_OF
    if verdict.result is Outcome.VALID:
        return VALID if verdict.current else AS_OF
    return INVALID if verdict.result is Outcome.INVALID else UNDETERMINED


def _first(verdict: Verdict) -> Finding | None:
    """Return the check that decides the sentence: the first failure, else the first unknown."""
    for wanted in (Result.FAIL, Result.UNKNOWN):
        for each in verdict.checks:
            if each.result is wanted:
                return each
    return None


def _sentence(verdict: Verdict, first: Finding | None) -> Said:
    if first is None or verdict.state == AS_OF_STATE:
        at = verdict.as_of if first is None else first.at or verdict.as_of
        code = "valid" if first is None and verdict.current else "as_of"
        return _headline(code, at)
    if first.reason == NO_ATTACHMENT:
        return _said(texts.both("pages", "lost_headline"))
    known, other = (_INVALID, "proof") if first.result is Result.FAIL else (_UNKNOWN, "unknown")
    code = known.get(f"{first.check}.{first.reason}", known.get(first.check, other))
    if first.result is Result.UNKNOWN and verdict.checks[0].reason == "credential_only":
        code = "bare"
    return _headline(code, first.at or verdict.as_of, first)


def _headline(code: str, at: datetime, finding: Finding | None = None) -> Said:
    facts = {} if finding is None else finding.params
    said = []
    for lang in (ZH, EN):
        params = {name: messages.written(fact, lang) for name, fact in facts.items()}
        time = messages.written(at, lang)
        said.append(texts.say("pages", f"headline.{code}", lang, **{**params, "time": time}))
    return Said(*said)


def _check(finding: Finding) -> Check:
    facts = [("code", finding.check), ("reason", finding.reason)]
    if finding.evidence is not None:
        facts.append(("evidence", finding.evidence))
    if finding.at is not None:
        facts.append(("at", instants.write(finding.at)))
    facts += [(name, messages.written(fact, EN)) for name, fact in sorted(finding.params.items())]
    return Check(
        code=finding.check,
        result=finding.result.value,
        name=_word(f"check.{finding.check}"),
        word=_word(f"result.{finding.result.value}"),
        line=_said(messages.message(finding)),
        remedy=None if finding.passed else _said(messages.remedy(finding)),
        facts=tuple(facts),
        reached=finding.reason != NOT_REACHED,
    )


def _card(shown: Shown) -> Card:
    notice = shown.claims.get("notice")
    items = [
        Item(name, _word(f"claim.{name}"), str(shown.claims[name]))
        for name in (*_PAPER, "programme", "statement")
        if name in shown.claims
    ]
    codes = shown.issuer["codes"]
    return Card(
        kind=_word(f"type.{shown.type}"),
        number=shown.number,
        issuer=Said(shown.issuer_name(ZH), shown.issuer_name(EN)),
        issuer_codes=tuple(map(str, codes)) if isinstance(codes, list) else (),
        telephone=str(shown.issuer["telephone"]),
        level=str(shown.claims["level"]),
        items=tuple(items),
        notice=str(notice["sentence"]) if isinstance(notice, dict) else None,
    )


def _word(code: str) -> Said:
    return Said(messages.word(code, ZH), messages.word(code, EN))


def _said(both: Mapping[str, str]) -> Said:
    return Said(both["zh"], both["en"])
