"""What the program says to people: a catalogue per room, Chinese and English.

Catalogues  services/platform/locale/{zh_CN,en}/LC_MESSAGES/<domain>.po and the .mo made of it
            by scripts/catalogues.py; both are kept, and a test compares them
Keys        msgid is a stable code such as `batch_closed`; both languages have the same codes
Parameters  named, `{row}`, the same in both languages
Missing     a code without a text is shown as the code itself; in tests it raises KeyError
Standard library only: `kexin verify` loads this file.
"""

import gettext
from functools import cache
from importlib.resources import files

ZH = "zh-CN"
EN = "en"
LANGUAGES = (ZH, EN)
DOMAINS = (
    "problems",
    "verdict",
    "honours",
    "cli",
    "pages",
    "console",
    "offline",
    "accounts",
    "registry",
    "checkup",
    "notices",
    "authority",
)

_FOLDERS = {ZH: "zh_CN", EN: "en"}
_strict = False


class _Missing(gettext.NullTranslations):
    """Stands behind each catalogue: whoever asks here asked for a text that does not exist."""

    def gettext(self, message: str) -> str:
        raise KeyError(message)


def require_all(required: bool) -> None:
    """Raise KeyError for missing texts and parameters from now on; tests ask for this."""
    global _strict
    _strict = required


def say(domain: str, code: str, /, lang: str = ZH, **params: object) -> str:
    """Return the text of a code in a language."""
    try:
        return _catalogue(domain, lang).gettext(code).format(**params)
    except KeyError:
        if _strict:
            raise
        return code


def has(domain: str, code: str) -> bool:
    """Return whether there is a text for the code."""
    try:
        _catalogue(domain, ZH).gettext(code)
    except KeyError:
        return False
    return True


def both(domain: str, code: str, /, **params: object) -> dict[str, str]:
    """Return the text in Chinese and English, as answers and verdicts carry it."""
    return {"zh": say(domain, code, ZH, **params), "en": say(domain, code, EN, **params)}


def domain_of(code: str) -> str | None:
    """Return the first domain that has a text for the code, or a reason and a remedy."""
    found = (each for each in DOMAINS if has(each, code) or has(each, f"{code}.reason"))
    return next(found, None)


def explain(code: str, /, lang: str = ZH, **params: object) -> str:
    """Return what a code means, from whichever domain knows it; the reason, then the remedy."""
    domain = domain_of(code) or "problems"
    if has(domain, code) or not has(domain, f"{code}.reason"):
        return say(domain, code, lang, **params)
    parts = [f"{code}.{part}" for part in ("reason", "remedy") if has(domain, f"{code}.{part}")]
    joint = " " if lang == EN else ""
    return joint.join(say(domain, part, lang, **params) for part in parts)


@cache
def _catalogue(domain: str, lang: str) -> gettext.NullTranslations:
    if domain not in DOMAINS or lang not in _FOLDERS:
        raise ValueError(f"there are no {lang} texts of {domain}")
    place = files("services.platform") / "locale" / _FOLDERS[lang] / "LC_MESSAGES"
    with (place / f"{domain}.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    catalogue.add_fallback(_Missing())
    return catalogue
