"""Both languages say everything, with the same parameters, and what is compiled is current."""

import string
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import catalogues
from services.platform import texts

FOLDERS = {texts.ZH: "zh_CN", texts.EN: "en"}


def _texts(domain: str, lang: str) -> dict[str, str]:
    folder = catalogues.LOCALE / FOLDERS[lang] / "LC_MESSAGES"
    return catalogues.messages(folder / f"{domain}.po")


def _parameters(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_what_is_compiled_is_current() -> None:
    assert not catalogues.stale(), "run: python scripts/catalogues.py"


def test_every_domain_is_there_and_no_other() -> None:
    for folder in FOLDERS.values():
        found = {path.stem for path in (catalogues.LOCALE / folder).glob("*/*.po")}
        assert found == set(texts.DOMAINS)


@pytest.mark.parametrize("domain", texts.DOMAINS)
def test_both_languages_say_the_same_codes_with_the_same_parameters(domain: str) -> None:
    chinese, english = _texts(domain, texts.ZH), _texts(domain, texts.EN)
    assert set(chinese) == set(english)
    for code in chinese:
        assert _parameters(chinese[code]) == _parameters(english[code]), code


def test_a_code_becomes_a_sentence() -> None:
    assert texts.say("problems", "job_unknown") == "没有这个任务。"
    assert texts.say("problems", "job_unknown", texts.EN) == "There is no such job."
    assert texts.both("problems", "passphrase_short", least=12)["zh"] == "口令至少 12 个字符。"
    assert texts.has("problems", "job_unknown")
    assert not texts.has("problems", "no_such_code")


def test_a_code_is_explained_wherever_its_text_is() -> None:
    assert texts.domain_of("key_unknown") == "registry"
    assert texts.explain("key_unknown", texts.EN) == "There is no such key."
    reason = texts.say("honours", "sheet_empty.reason")
    assert texts.explain("sheet_empty") == reason + texts.say("honours", "sheet_empty.remedy")
    assert texts.explain("sheet_empty", texts.EN).count(". ") >= 1
    assert texts.domain_of("no_such_code") is None
    with pytest.raises(KeyError):
        texts.explain("no_such_code")


def test_a_missing_text_fails_a_test_and_shows_its_code_at_run_time() -> None:
    with pytest.raises(KeyError, match="no_such_code"):
        texts.say("problems", "no_such_code")
    with pytest.raises(KeyError, match="least"):
        texts.say("problems", "passphrase_short")
    texts.require_all(False)
    assert texts.say("problems", "no_such_code") == "no_such_code"
    assert texts.say("problems", "passphrase_short") == "passphrase_short"


@pytest.mark.parametrize(("domain", "lang"), [("nowhere", texts.ZH), ("problems", "fr")])
def test_another_room_or_language_is_a_programming_error(domain: str, lang: str) -> None:
    with pytest.raises(ValueError, match="there are no"):
        texts.say(domain, "job_unknown", lang)


def test_compiling_twice_gives_the_same_bytes() -> None:
    source = catalogues.LOCALE / "en" / "LC_MESSAGES" / "problems.po"
    found = catalogues.messages(source)
    assert catalogues.compiled(found) == catalogues.compiled(dict(reversed(found.items())))


@pytest.mark.parametrize(
    "content",
    [
        'msgid "a"\nmsgstr ""\n',
        '#, fuzzy\nmsgid "a"\nmsgstr "b"\n',
        'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\nmsgstr[1] "d"\n',
    ],
)
def test_an_unsettled_text_is_not_compiled(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.po"
    path.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n' + content)
    with pytest.raises(ValueError, match=r"settled|plural"):
        catalogues.messages(path)


def test_texts_load_without_the_heavy_libraries() -> None:
    code = (
        "import sys; from services.platform import texts;"
        "texts.say('problems', 'job_unknown');"
        "bad = {'sqlalchemy', 'fastapi', 'pydantic', 'babel', 'web3'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
