"""What a verdict says to people, in Chinese and English.

Texts      catalogue `verdict`: `<check>.<reason>`, `<check>.<reason>.remedy`, `note.<note>`
Instants   Beijing time to the minute, said so, in both languages
"""

from datetime import UTC, datetime, timedelta, timezone

from services.evidence.finding import Fact, Finding, Names, Term
from services.platform import texts
from services.platform.texts import EN, ZH

DOMAIN = "verdict"

_BEIJING = timezone(timedelta(hours=8))
_LAST = datetime(9999, 12, 31, 15, 59, 59, tzinfo=UTC)
"""The last instant that has a date in Beijing: what strangers write may lie after it."""


def message(finding: Finding) -> dict[str, str]:
    """Return what was found, with its notes, in both languages."""
    codes = [f"{finding.check}.{finding.reason}", *(f"note.{note}" for note in finding.notes)]
    return {
        "zh": "".join(_say(code, ZH, finding) for code in codes),
        "en": " ".join(_say(code, EN, finding) for code in codes),
    }


def remedy(finding: Finding) -> dict[str, str]:
    """Return what to do about it, in both languages."""
    code = f"{finding.check}.{finding.reason}.remedy"
    return {"zh": _say(code, ZH, finding), "en": _say(code, EN, finding)}


def sentence(code: str, lang: str, **facts: Fact) -> str:
    """Return a text of the catalogue with its facts written out."""
    params = {name: written(fact, lang) for name, fact in facts.items()}
    return texts.say(DOMAIN, code, lang, **params)


def word(code: str, lang: str) -> str:
    """Return the name of a check, a result or a claim."""
    return texts.say(DOMAIN, code, lang)


def written(fact: Fact, lang: str) -> str:
    """Return a fact as a reader of this language expects it."""
    match fact:
        case Names():
            return fact.en if lang == EN else fact.zh
        case Term():
            return word(fact.code, lang)
        case tuple():
            return (", " if lang == EN else "、").join(written(each, lang) for each in fact)
        case datetime():
            local = min(fact, _LAST).astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M")
            return f"{local} Beijing time" if lang == EN else f"北京时间 {local}"
    return str(fact)


def _say(code: str, lang: str, finding: Finding) -> str:
    return sentence(code, lang, **finding.params)
