"""Every text that code and pages ask for is in the catalogues, and none lies there unasked.

Asked    by a literal: `t('…')` and `say('<domain>', '…')` in templates, texts.say, texts.both and
         speech in code. What is put together of pieces is seen when the pages are opened
Unasked  a code is asked for if it is a literal somewhere, or can be put together of literals
Settled  reading a catalogue refuses fuzzy and empty texts (scripts/catalogues.py); that both
         languages have the same codes and parameters is held in tests/services/platform
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from scripts import catalogues
from services.platform import texts

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
LOCALES = ("zh_CN", "en")
TEMPLATES = sorted(SERVICES.glob("*/templates/**/*.html"))
SCRIPTS = [
    *sorted((SERVICES / "web" / "static").glob("*.js")),
    *sorted((SERVICES / "verification" / "offline" / "src").rglob("*.js")),
    *sorted((SERVICES / "verification" / "offline" / "src").rglob("*.html")),
]
CODE = [
    *(path for name in ("crypto", "identity", "ledger") for path in (ROOT / name).rglob("*.py")),
    *(path for path in SERVICES.rglob("*.py")),
    ROOT / "scripts" / "offline_page.py",
]
OF_PAGES = {"layout.html", "api.html", "problem.html", "icons.html"}
"""Templates of services/web that speak in the domain `pages`; the others are the console's."""

SPOKEN = {"text": "cli", "line": "cli", "tell": "cli"}
_T = re.compile(r"\bt\('([^']+)'\s*[,)]")
_SAY = re.compile(r"\bsay\('([a-z]+)', '([^']+)'\s*[,)]")
_QUOTED = (re.compile(r"'([^'\n]*)'"), re.compile(r'"([^"\n]*)"'), re.compile(r"`([^`]*)`"))
_HOLE = re.compile(r"\$\{[^}]*\}")
MOST_PIECES = 4


@cache
def known(domain: str, locale: str) -> frozenset[str]:
    return frozenset(
        catalogues.messages(catalogues.LOCALE / locale / "LC_MESSAGES" / f"{domain}.po")
    )


def asked_in(template: Path) -> Iterator[tuple[str, str]]:
    """Yield domain and code of each literal text of a template."""
    text = template.read_text("utf-8")
    slice_name = template.relative_to(SERVICES).parts[0]
    of_pages = slice_name == "verification" or template.name in OF_PAGES
    for code in _T.findall(text):
        yield "pages" if of_pages else "console", code
    yield from _SAY.findall(text)


def asked_by(path: Path) -> Iterator[tuple[str, str]]:
    """Yield domain and code of each literal text that a module asks for."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        literal = [each.value for each in node.args if isinstance(each, ast.Constant)]
        words = [each for each in literal if isinstance(each, str)]
        whose = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        if whose == "texts" and node.func.attr in ("say", "both") and len(words) >= 2:
            yield words[0], words[1]
        elif whose == "speech" and node.func.attr in SPOKEN and words:
            yield SPOKEN[node.func.attr], words[0]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "template", TEMPLATES, ids=[each.relative_to(SERVICES).as_posix() for each in TEMPLATES]
)
def test_every_text_of_a_template_is_there(template: Path, locale: str) -> None:
    missing = {pair for pair in asked_in(template) if pair[1] not in known(pair[0], locale)}
    assert not missing


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_of_the_code_is_there(locale: str) -> None:
    asked = [(path, pair) for path in SERVICES.rglob("*.py") for pair in asked_by(path)]
    assert len(asked) > 150
    missing = {(str(path), pair) for path, pair in asked if pair[1] not in known(pair[0], locale)}
    assert not missing


def pieces_of(path: Path) -> Iterator[str]:
    """Yield the literals of a file that codes may be put together of."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | int):
                yield str(node.value)
        return
    for quoted in _QUOTED:
        for found in quoted.findall(text):
            yield from _HOLE.split(found)


@cache
def pieces() -> frozenset[str]:
    found = {piece for path in (*CODE, *TEMPLATES, *SCRIPTS) for piece in pieces_of(path)}
    return frozenset(found - {""})


@cache
def is_asked(code: str, left: int = MOST_PIECES) -> bool:
    """Return whether a code is a literal, or literals that meet at a dot or an underscore."""
    if code in pieces():
        return True
    cuts = (at for at in range(1, len(code)) if code[at - 1] in "._" or code[at] in "._")
    return left > 1 and any(code[:at] in pieces() and is_asked(code[at:], left - 1) for at in cuts)


@pytest.mark.parametrize("domain", texts.DOMAINS)
def test_no_text_lies_there_unasked(domain: str) -> None:
    assert not [code for code in known(domain, "zh_CN") if not is_asked(code)]
