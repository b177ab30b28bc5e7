"""A print run that dies anywhere, started again: no file twice, none missing, each one whole.

Table    one batch into one folder, cut off again and again before and after each thing that a run
         asks of the disk (tests.services.commands.dying). Between two deaths what is in the folder
         is looked at, and the next run goes on with it
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.audit import queries
from services.evidence.verdict import Outcome, verify
from services.honours.paper import prints
from tests.services import verifying
from tests.services.commands.terminals import Terminals
from tests.services.commands.test_paper import PREPARER, pdfs
from tests.services.honours.paper import reading
from tests.services.honours.test_crashes import DIED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
FROM_ROOT = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module("tests.services.commands.dying", run_name="__main__", alter_sys=True)
"""
STEPS_OF_A_FILE = 5
"""Open beside, flush, move, open the folder, flush it."""

Deaths = Callable[..., Iterator[None]]


@pytest.fixture
def batch(cli: Terminals) -> str:
    cli.sign_in(PREPARER)
    [found] = cli.lines("honours", "batches", by=PREPARER)
    return str(found["batch"])


@pytest.fixture
def deaths(cli: Terminals, batch: str) -> Iterator[Deaths]:
    """Give what runs a command that dies at each of its first steps, before and after it."""
    command = [sys.executable, "-c", FROM_ROOT, str(ROOT), cli.now().isoformat()]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    wanted, said = child.stdin, child.stdout

    def die(folder: str, steps: int, *options: str, part: int = prints.PART) -> Iterator[None]:
        run = ["honours", "paper", batch, "--out", folder, *options]
        for step in range(1, steps + 1):
            for before in (True, False):
                asked = {"step": step, "before": before, "folder": folder}
                wanted.write(json.dumps(asked | {"part": part, "command": run}) + "\n")
                wanted.flush()
                assert said.readline().strip() == str(DIED), (step, before)
                yield

    yield die
    wanted.close()
    said.close()
    assert child.wait(timeout=60) == 0


def numbers(folder: str) -> list[str]:
    return [path.stem.rpartition("-")[2] for path in pdfs(folder)]


def test_a_run_dies_at_every_step_and_goes_on(cli: Terminals, batch: str, deaths: Deaths) -> None:
    trust = verifying.trusted(cli.node)
    seen: dict[Path, bytes] = {}
    for _ in deaths("paper", 2 * STEPS_OF_A_FILE + 2):
        found = {path: path.read_bytes() for path in pdfs("paper")}
        assert seen.items() <= found.items(), "what was there is there, byte for byte"
        for path in found.keys() - seen.keys():
            assert verify(found[path], trust=trust, now=cli.clock.now).result is Outcome.VALID
        seen = found
        assert len(set(numbers("paper"))) == len(numbers("paper"))
    assert 20 < len(seen) < 30
    done = cli.json("honours", "paper", batch, "--out", "paper", by=PREPARER)

    assert done["files"] == 30 - len(seen)
    assert numbers("paper") == cli.node.numbers()
    assert {path.suffix for path in Path("paper").rglob("*") if path.is_file()} == {".pdf"}


def test_print_files_die_at_every_step_and_are_made_anew(
    cli: Terminals, batch: str, deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "PART", 12)
    for _ in deaths("print", STEPS_OF_A_FILE + 2, "--one-file", part=12):
        assert all(reading.pages(path.read_bytes()) in (12, 6) for path in pdfs("print"))
    cli.ok("honours", "paper", batch, "--out", "print", "--one-file", by=PREPARER)

    names = [path.name for path in sorted(Path("print").iterdir())]
    assert names == ["print-01.pdf", "print-02.pdf", "print-03.pdf"]
    assert sum(reading.pages(path.read_bytes()) for path in pdfs("print")) == 30


def test_who_took_paper_out_is_known_though_the_run_died(
    cli: Terminals, batch: str, deaths: Deaths
) -> None:
    next(deaths("paper", 1))
    with cli.node.runtime.reading() as work:
        found = queries.events(work.session, limit=1_000)

    assert [each["object"] for each in found if each["action"] == "paper.read"] == [batch]


def test_a_part_of_an_earlier_run_is_not_printed_again(
    cli: Terminals, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("honours", "paper", batch, "--out", "print", "--one-file", "--lists")
    monkeypatch.setattr(prints, "PART", 12)
    cli.ok(*command, by=PREPARER)
    monkeypatch.setattr(prints, "PART", 20)
    cli.ok(*command, by=PREPARER)

    assert [path.name for path in pdfs("print")] == [
        "print-01.pdf",
        "print-02.pdf",
        "sign-off.pdf",
        "slips-01.pdf",
        "slips-02.pdf",
    ]
