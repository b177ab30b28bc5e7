"""Paper by the command line: a batch into a folder, one file, lists, the look."""

from pathlib import Path

import pytest

from services.audit import queries
from tests.services.commands.terminals import Terminals
from tests.services.honours.paper import reading

PREPARER, APPROVER, OTHER = "school-a-preparer", "school-a-approver", "school-b-preparer"


@pytest.fixture
def batch(cli: Terminals) -> str:
    cli.sign_in(PREPARER, OTHER)
    [found] = cli.lines("honours", "batches", by=PREPARER)
    return str(found["batch"])


def pdfs(folder: str) -> list[Path]:
    return sorted(Path(folder).rglob("*.pdf"))


def test_a_batch_goes_into_folders_by_class_and_verifies(cli: Terminals, batch: str) -> None:
    done = cli.json("honours", "paper", batch, "--out", "paper", by=PREPARER)

    assert done["files"] == len(pdfs("paper")) == 30
    result = cli.run("verify", str(pdfs("paper")[0]), "--offline", "--json")
    assert result.exit_code == 0
    assert cli.verdicts(result)[0]["result"] == "valid"


@pytest.mark.slow
def test_a_run_that_broke_off_goes_on(cli: Terminals, batch: str) -> None:
    cli.ok("honours", "paper", batch, "--out", "paper", by=PREPARER)
    kept = {path: path.read_bytes() for path in pdfs("paper")}
    for path in list(kept)[:3]:
        path.unlink()
    done = cli.json("honours", "paper", batch, "--out", "paper", by=PREPARER)

    assert done["files"] == 3
    assert set(pdfs("paper")) == set(kept)
    unchanged = list(kept)[3:]
    assert all(path.read_bytes() == kept[path] for path in unchanged)


@pytest.mark.slow
def test_one_file_with_lists_for_the_printer(cli: Terminals, batch: str) -> None:
    given = ("--one-file", "--lists", "--template", "plain", "--offset-x", "1.5")
    cli.ok("honours", "paper", batch, "--out", "print", *given, by=PREPARER)

    assert [path.name for path in pdfs("print")] == ["print-01.pdf", "sign-off.pdf", "slips-01.pdf"]
    assert reading.pages(pdfs("print")[0].read_bytes()) == 30
    result = cli.run("verify", str(pdfs("print")[0]), "--offline", "--json")
    assert result.exit_code == 1


def test_stock_has_only_what_varies(cli: Terminals, batch: str) -> None:
    cli.ok("honours", "paper", batch, "--out", "stock", "--stock", by=PREPARER)

    assert "荣誉证书" not in reading.text(pdfs("stock")[0].read_bytes())


def test_one_certificate(cli: Terminals, batch: str) -> None:
    number = cli.node.numbers()[0]
    written = cli.json("honours", "pdf", number, by=PREPARER)["file"]

    assert written == f"{number}.pdf"
    assert cli.run("verify", written, "--offline").exit_code == 0


def test_a_look_is_kept_and_shown(cli: Terminals, batch: str) -> None:
    programme = cli.node.programmes["school-a"]
    given = ("--template", "blue", "--title", "奖状", "--signatory", "校长=周明远")
    kept = cli.json("honours", "look", programme, *given, "--offset-y", "-0.5", by=PREPARER)

    assert cli.json("honours", "look", programme, by=PREPARER) == kept
    assert (kept["template"], kept["signatories"], kept["offset_y"]) == (
        "blue",
        ["校长=周明远"],
        -0.5,
    )
    written = cli.json("honours", "pdf", cli.node.numbers()[0], by=PREPARER)["file"]
    assert "校长周明远" in reading.text(Path(written).read_bytes())


def test_a_signatory_without_a_name_is_wrong_usage(cli: Terminals, batch: str) -> None:
    programme = cli.node.programmes["school-a"]
    result = cli.run("honours", "look", programme, "--signatory", "校长", by=PREPARER)
    assert result.exit_code == 2


def test_what_is_another_schools_is_unknown(cli: Terminals, batch: str) -> None:
    for command in (
        ("paper", batch, "--out", "paper"),
        ("pdf", cli.node.numbers()[0]),
    ):
        result = cli.run("honours", *command, by=OTHER)
        assert result.exit_code == 1
        assert "unknown" in result.stderr
    assert not Path("paper").exists()


def test_an_audit_event_says_who_took_paper_out(cli: Terminals, batch: str) -> None:
    cli.ok("honours", "pdf", cli.node.numbers()[0], by=PREPARER)
    with cli.node.runtime.reading() as work:
        found = queries.events(work.session, limit=1_000)
    [read] = [each for each in found if each["action"] == "paper.read"]
    assert read["object"] == cli.node.numbers()[0]
