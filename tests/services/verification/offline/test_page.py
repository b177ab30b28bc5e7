"""The offline page as it is shipped: small, closed, built from its sources, and of one mind with
the Python verifier."""

import json
import re
from typing import Any

import pytest

from crypto.jws import b64u
from identity import trust_root
from scripts import bundle_vectors, catalogues, offline_page
from services.verification import downloads
from tests.services.verification.offline.conftest import Ask

TEMPLATE = offline_page.PAGE.read_bytes()
ROOT = trust_root.parse((bundle_vectors.FOLDER / "root.json").read_bytes())
PAGE = downloads.finished(ROOT).decode()
CASES: list[dict[str, Any]] = json.loads((bundle_vectors.FOLDER / "cases.json").read_bytes())
SOURCES = sorted((offline_page.FOLDER / "src").rglob("*.*"))


def read(name: str) -> bytes:
    return (bundle_vectors.FOLDER / name).read_bytes()


def test_a_finished_page_is_below_150_kilobytes() -> None:
    assert len(PAGE.encode()) <= 150_000


def test_only_the_root_is_the_nodes_own() -> None:
    root = b64u(ROOT.to_bytes())

    assert TEMPLATE.count(downloads.MARK) == 1
    assert PAGE.replace(root, downloads.MARK.decode()).encode() == TEMPLATE


def test_a_template_without_a_place_for_the_root_is_not_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "template", lambda: b"<html>")

    with pytest.raises(ValueError, match="one place"):
        downloads.finished(ROOT)


def test_the_policy_lets_this_style_and_this_script_in_and_nothing_else() -> None:
    found = re.search('<meta http-equiv="Content-Security-Policy" content="([^"]+)">', PAGE)
    assert found is not None
    [style] = re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL)
    [script] = re.findall(r"\n<script>(.*?)</script>", PAGE, re.DOTALL)

    assert found[1].split("; ") == [
        "default-src 'none'",
        f"script-src '{offline_page.source_hash(script)}'",
        f"style-src '{offline_page.source_hash(style)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_nothing_in_it_points_anywhere() -> None:
    addresses = set(re.findall(r"""(?:src|href|action)\s*=\s*["']?([^"'\s>]+)""", PAGE))
    assert all(each.startswith("#") for each in addresses), addresses
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "import(", "innerHTML"):
        assert word not in PAGE


def test_its_sources_fit_a_screen() -> None:
    for path in SOURCES:
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= 400, path
        if path.suffix == ".js":
            assert lines[0].startswith("// "), f"{path} does not say what it is"
            assert max(map(len, lines)) <= 100, path


def test_it_has_a_text_for_all_that_it_says_and_says_all_its_texts() -> None:
    own = set(catalogues.messages(catalogues.LOCALE / "en" / "LC_MESSAGES" / "offline.po"))
    written = [each for each in SOURCES if each.suffix in {".js", ".html"}]
    source = "".join(each.read_text("utf-8") for each in written if each.stem != "outlook")
    said = set(re.findall(r"""(?:say\(|data-say=|stop\(|notice\()"([a-z_]+)\"""", source))
    said |= set(re.findall(r"""button\("([a-z_]+)\"""", source))
    kinds = ("state_", "column_", "basis_list_", "basis_pack_")

    assert said <= own
    assert not {code for code in own - said if not code.startswith(kinds)}


@pytest.mark.component
def test_it_is_built_from_its_sources(node_js: str, packages: object) -> None:
    # If a source or a text was changed on purpose: python scripts/offline_page.py
    assert node_js
    assert packages
    assert offline_page.build() == TEMPLATE


@pytest.mark.component
def test_it_gives_the_answers_of_the_python_verifier_word_for_word(ask: Ask) -> None:
    passes, *answers = ask(CASES)

    assert passes is True
    for case, answer in zip(CASES, answers, strict=True):
        verdict = bundle_vectors.judge(case, read)
        assert answer["verdict"] == verdict.to_json(), case["name"]
        assert answer["state"] == case["expect"]["state"]


@pytest.mark.component
def test_one_altered_byte_is_never_valid_and_both_say_why(ask: Ask) -> None:
    """Every 41st byte of a bundle that two witnesses signed, by its neighbour."""
    witnessed = next(case for case in CASES if case["name"] == "witnessed")
    data = read(witnessed["file"])
    splices = [
        {"at": at, "remove": 1, "insert": bytes([data[at] ^ 1]).hex()}
        for at in range(0, len(data), 41)
    ]
    cases = [{**witnessed, "splice": splice} for splice in splices]

    _, *answers = ask(cases)

    for case, answer in zip(cases, answers, strict=True):
        expected = bundle_vectors.expected(bundle_vectors.judge(case, read))
        assert expected["result"] != "valid"
        shown = [check["reason"] for check in answer["verdict"]["checks"]]
        assert shown == [check["reason"] for check in expected["checks"]], case["splice"]


@pytest.mark.component
def test_a_spreadsheet_never_takes_a_cell_for_a_formula(ask: Ask) -> None:
    risky = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\u200b=1", "\r=1"]
    [text] = ask({"table": [risky, ["三好学生", 'say "x"', "a,b", "a\nb"]]})

    first, rest = text.removeprefix("\ufeff").split("\r\n", 1)
    assert first == ",".join(f'"\'{each}"' for each in risky)
    assert rest == '"三好学生","say ""x""","a,b","a\nb"\r\n'
