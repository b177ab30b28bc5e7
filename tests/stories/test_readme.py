"""README followed word by word: each of its commands is run as it is written, by two people."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services import dev_chain
from tests.conftest import NOON
from tests.stories.programs import ROOT, Kexin

PREPARER, APPROVER = "school-a-preparer", "school-a-approver"
PLACES = 24


def commands(name: str = "README.md") -> list[str]:
    """Return the lines of a README that call our program."""
    blocks = re.findall(r"^```\n(.*?)^```", (ROOT / name).read_text("utf-8"), re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(".venv/bin/kexin ")]


VERIFY, *WALK = commands()


@pytest.fixture
def checkout(demo_home: Kexin) -> Kexin:
    """A folder that looks like the checkout after `make demo`: .venv, samples, var."""
    (demo_home.folder / ".venv").symlink_to(sys.prefix)
    (demo_home.folder / "samples").symlink_to(ROOT / "samples")
    demo_home.home.rename(demo_home.folder / "var")
    demo_home.home = demo_home.folder / "var"
    demo_home.monkeypatch.delenv("KEXIN_HOME")
    return demo_home


def sh(
    checkout: Kexin, line: str, stdin: str = "", **placeholders: str
) -> subprocess.CompletedProcess[str]:
    """Run one line of the README in a shell, with its placeholders filled in."""
    for name, value in placeholders.items():
        line = line.replace(name, value)
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=checkout.folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_both_languages_give_the_same_commands() -> None:
    assert commands("README.zh-CN.md") == commands()
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text("utf-8")
        assert "make demo ONCE=1" in text
        assert "make test" in text


def make(*given: str) -> str:
    """Return what `make demo` would run, without running it."""
    command = ["make", "--no-print-directory", "-n", "demo", *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def test_make_runs_the_demo_that_is_tested_here() -> None:
    assert ".venv/bin/kexin demo" in make("PORT=8499")
    assert "KEXIN_PORT=8499" in make("PORT=8499")
    assert "--once" in make("ONCE=1")
    assert "--once" not in make()


@pytest.mark.slow
def test_the_demo_ends_with_one_line_of_json(demo_home: Kexin, demo_mould: Path) -> None:
    line = json.loads((demo_mould / "line.json").read_text())
    assert set(line) >= {
        *("institutions", "certificates", "anchored", "chain", "verdict"),
        *("bundle", "trust", "root", "pdf", "kexin", "seconds"),
    }
    assert (line["certificates"], line["verdict"]) == (60, "valid")
    again = demo_home.run("demo", "--once")
    assert len(again.stdout.splitlines()) == 1
    second = json.loads(again.stdout)
    assert (second["certificates"], second["verdict"]) == (60, "valid")
    assert second["seconds"] < 20


@pytest.mark.slow
def test_a_stranger_verifies_and_no_altered_byte_is_valid(checkout: Kexin) -> None:
    done = sh(checkout, VERIFY)
    assert done.returncode == 0, done.stdout + done.stderr
    bundle = checkout.home / "demo" / "bundle.kexin.json"
    whole = bundle.read_bytes()
    for number in range(PLACES):
        place = number * (len(whole) - 1) // (PLACES - 1)
        bundle.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert sh(checkout, VERIFY).returncode == 1, place
    bundle.write_bytes(whole)
    assert sh(checkout, VERIFY).returncode == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_class_is_issued_from_a_spreadsheet_by_two_people(checkout: Kexin) -> None:
    login, programmes, roster, other, approve, issue, bundle, verify = WALK
    checkout.monkeypatch.setenv("KEXIN_HOME", str(checkout.home))
    with checkout.serving(dev_chain.free_port(), "demo"):
        done = sh(checkout, login, stdin=checkout.proof(PREPARER))
        assert done.returncode == 0, done.stderr
        [programme] = re.findall("prg_[0-9A-Z]+", sh(checkout, programmes).stdout)[:1]
        done = sh(checkout, roster, PROGRAMME=programme)
        assert done.returncode == 0, done.stdout + done.stderr
        batch = re.findall("bat_[0-9A-Z]+", done.stdout)[0]
        done = sh(checkout, other, stdin=checkout.proof(APPROVER))
        assert done.returncode == 0, done.stderr
        done = sh(checkout, approve, stdin=checkout.proof(APPROVER), BATCH=batch)
        assert done.returncode == 0, done.stderr
        number = re.findall("[0-9]{14}H[0-9A-Z]+", done.stdout)[0]
        done = sh(checkout, issue, BATCH=batch)
        assert done.returncode == 0, done.stderr
        done = sh(checkout, bundle, NUMBER=number)
        assert done.returncode == 0, done.stderr
    done = sh(checkout, verify, NUMBER=number)
    assert done.returncode == 0, done.stdout
    assert "✓" in done.stdout


def test_the_dates_of_the_walk_are_over() -> None:
    """The README's roster is issued on any later day: nothing in it lies in the future."""
    named = re.findall(r"20\d\d-\d\d-\d\d", " ".join(WALK))
    assert named
    assert all(datetime.fromisoformat(each).replace(tzinfo=UTC) < NOON for each in named)
