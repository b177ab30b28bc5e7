"""A verdict as a terminal shows it: one look tells what to think, each check says why.

Chinese with English below the first sentence; in English alone where the reader's language is.
Marks stand before words, so that nothing depends on colour.
"""

from services.evidence import messages
from services.evidence.finding import Finding
from services.evidence.reasons import Result
from services.evidence.verdict import Shown, Verdict
from services.platform.texts import EN, ZH

MARKS = {Result.PASS: "✓", Result.FAIL: "✗", Result.UNKNOWN: "?"}
_HEADLINE_MARKS = {"valid": "✓", "invalid": "✗"}


def written(name: str, verdict: Verdict, language: str) -> str:
    """Return the lines about one file."""
    lines = [
        _plain(name),
        f"{_HEADLINE_MARKS.get(verdict.state, '?')} {verdict.headline(language)}",
    ]
    if language == ZH:
        lines.append(f"  {verdict.headline(EN)}")
    if verdict.shown is not None:
        lines += _shown(verdict.shown, language)
    for finding in verdict.checks:
        lines += _check(finding, language)
    return "\n".join([*lines, ""])


def _shown(shown: Shown, language: str) -> list[str]:
    """Return what the credential says; the issuer by its record."""
    claims = [
        f"  {messages.word(f'claim.{name}', language)}: {value}"
        for name, value in shown.claims.items()
        if isinstance(value, str) and name not in ("category", "level")
    ]
    notice = shown.claims.get("notice")
    sentence = [f"  {notice['sentence']}"] if isinstance(notice, dict) else []
    issuer = f"{shown.issuer_name(language)} {shown.issuer['telephone']}"
    kind = messages.word(f"type.{shown.type}", language)
    return [f"  {kind} {shown.number}", f"  {issuer}", *claims, *sentence]


def _check(finding: Finding, language: str) -> list[str]:
    name = messages.word(f"check.{finding.check}", language)
    word = messages.word(f"result.{finding.result.value}", language)
    short = "en" if language == EN else "zh"
    lines = [f"  {MARKS[finding.result]} {name} [{word}] {messages.message(finding)[short]}"]
    if not finding.passed:
        lines.append(f"      → {messages.remedy(finding)[short]}")
    return lines


def _plain(name: str) -> str:
    """A file's name is a stranger's text: nothing in it may command the terminal."""
    return "".join(each if each.isprintable() else "?" for each in name)
