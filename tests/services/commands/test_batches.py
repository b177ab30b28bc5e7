"""From a spreadsheet to certificates by the command line, by two people."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from services import demo
from tests.services.commands.terminals import Terminals

PREPARER, APPROVER = "school-a-preparer", "school-a-approver"
PERIOD = "2026—2027 学年"


def options(cli: Terminals, **changes: str) -> list[str]:
    today = (cli.now() + timedelta(hours=8)).date()
    given = {
        "--programme": cli.node.programmes["school-a"],
        "--period": PERIOD,
        "--award-on": demo.AWARD_ON,
        "--notice-place": "学校公示栏",
        "--notice-from": str(today - timedelta(days=15)),
        "--notice-to": str(today - timedelta(days=2)),
        **changes,
    }
    return [part for pair in given.items() for part in pair]


ROSTER = str(demo.SAMPLES / "school-a.xlsx")
MISTAKES = str(demo.SAMPLES / "school-c-seven-mistakes.xlsx")


def test_a_class_is_issued_from_its_spreadsheet_by_two_people(cli: Terminals) -> None:
    cli.sign_in(PREPARER, APPROVER)
    made = cli.json("honours", "import", ROSTER, *options(cli), by=PREPARER)
    batch = made["batch"]
    assert made["clean"]
    assert made["counts"]["ok"] == 30
    listed = cli.lines("honours", "batches", by=APPROVER)
    [mine] = [each for each in listed if each["batch"] == batch]
    assert (mine["state"], mine["job"], mine["states"]) == ("draft", None, {"ON_NOTICE": 30})
    approved = cli.json("honours", "approve", batch, *cli.proof(APPROVER), by=APPROVER)
    cli.clock.now += timedelta(seconds=10)
    issued = cli.json("honours", "issue", batch, by=PREPARER)
    assert (issued["state"], issued["anchored"]) == ("done", True)
    found = cli.lines("honours", "certificates", "--batch", batch, by=PREPARER)
    assert [each["state"] for each in found] == ["ISSUED"] * 30
    assert found[0]["number"] == approved["first"]
    cli.ok("honours", "bundle", approved["last"], "--out", "last.kexin.json", by=PREPARER)
    verdict = cli.json("verify", "last.kexin.json", "--offline")
    assert (verdict["result"], verdict["credential"]["number"]) == ("valid", approved["last"])


@pytest.mark.slow
def test_people_read_what_programs_read(cli: Terminals) -> None:
    cli.sign_in(PREPARER, APPROVER)
    said = cli.ok("honours", "import", ROSTER, *options(cli), by=PREPARER)
    batch = re.findall("bat_[0-9A-Z]+", said.stdout)[0]
    assert "另一人审批" in said.stdout
    said = cli.ok("honours", "approve", batch, *cli.proof(APPROVER), by=APPROVER)
    assert "编号" in said.stdout
    said = cli.ok("honours", "issue", batch, by=PREPARER)
    assert "ISSUED 30" in said.stdout
    assert "30/30" in said.stderr
    said = cli.ok("honours", "batches", by=PREPARER)
    assert PERIOD in said.stdout


def test_a_dry_run_lists_every_mistake_and_stores_nothing(cli: Terminals) -> None:
    cli.sign_in(PREPARER)
    before = cli.lines("honours", "batches", by=PREPARER)
    for more in (["--dry-run"], []):
        result = cli.run("honours", "import", MISTAKES, *options(cli), *more, "--json", by=PREPARER)
        report = json.loads(result.stdout)
        assert (result.exit_code, report["batch"], report["clean"]) == (1, None, False)
        assert report["counts"]["bad"] == 7
    said = cli.run("honours", "import", MISTAKES, *options(cli), by=PREPARER)
    assert said.exit_code == 1
    assert "姓名" in said.stdout
    assert cli.lines("honours", "batches", by=PREPARER) == before


def test_a_clean_dry_run_stores_nothing_either(cli: Terminals) -> None:
    cli.sign_in(PREPARER)
    before = cli.lines("honours", "batches", by=PREPARER)
    made = cli.json("honours", "import", ROSTER, *options(cli), "--dry-run", by=PREPARER)
    assert (made["clean"], made["batch"]) == (True, None)
    assert cli.lines("honours", "batches", by=PREPARER) == before


def test_bad_rows_may_be_left_out_by_name(cli: Terminals) -> None:
    cli.sign_in(PREPARER)
    result = cli.run("honours", "import", MISTAKES, *options(cli), "--json", by=PREPARER)
    rows = sorted({each["row"] for each in json.loads(result.stdout)["problems"]})
    left_out = [part for row in rows for part in ("--exclude", f"{row}=资料有误")]
    made = cli.json("honours", "import", MISTAKES, *options(cli), *left_out, by=PREPARER)
    assert (made["clean"], len(made["excluded"])) == (True, 7)


@pytest.mark.parametrize("wrong", ["7", "seven=moved", "7="])
def test_an_exclusion_without_row_or_reason_is_wrong_usage(cli: Terminals, wrong: str) -> None:
    cli.sign_in(PREPARER)
    arguments = ["honours", "import", ROSTER, *options(cli), "--exclude", wrong]
    result = cli.run(*arguments, by=PREPARER)
    assert result.exit_code == 2
    assert "--exclude" in result.stderr


def test_nobody_approves_what_he_prepared(cli: Terminals) -> None:
    both = "school-a-double"
    cli.sign_in(both)
    made = cli.json("honours", "import", ROSTER, *options(cli), by=both)
    cli.refused(
        "approver_is_preparer", "honours", "approve", made["batch"], *cli.proof(both), by=both
    )


def test_a_wrong_password_approves_nothing(cli: Terminals, tmp_path: Path) -> None:
    cli.sign_in(PREPARER, APPROVER)
    made = cli.json("honours", "import", ROSTER, *options(cli), by=PREPARER)
    code = cli.proof(APPROVER)[-1]
    (tmp_path / "wrong").write_text("not the password\n")
    wrong = ["--password-file", str(tmp_path / "wrong"), "--code", code]
    cli.refused("sign_in_refused", "honours", "approve", made["batch"], *wrong, by=APPROVER)


def test_a_draft_is_returned_or_withdrawn(cli: Terminals) -> None:
    cli.sign_in(PREPARER, APPROVER)
    first = cli.json("honours", "import", ROSTER, *options(cli), by=PREPARER)["batch"]
    done = cli.json("honours", "return", first, "--reason", "名单有误", by=APPROVER)
    assert done["state"] == "returned"
    second = cli.json("honours", "import", ROSTER, *options(cli), by=PREPARER)["batch"]
    assert cli.json("honours", "withdraw", second, by=PREPARER)["state"] == "withdrawn"
    for batch in (first, second):
        cli.refused(
            "batch_not_draft", "honours", "approve", batch, *cli.proof(APPROVER), by=APPROVER
        )


def test_a_draft_has_nothing_to_issue_or_resume(cli: Terminals) -> None:
    cli.sign_in(PREPARER, APPROVER)
    batch = cli.json("honours", "import", ROSTER, *options(cli), by=PREPARER)["batch"]
    cli.refused("batch_not_approved", "honours", "issue", batch, by=PREPARER)
    cli.refused("batch_not_approved", "honours", "resume", batch, by=APPROVER)


def test_another_schools_batch_is_unknown(cli: Terminals) -> None:
    cli.sign_in(PREPARER, "school-b-preparer")
    batch = cli.json("honours", "import", ROSTER, *options(cli), by=PREPARER)["batch"]
    cli.refused("batch_unknown", "honours", "issue", batch, by="school-b-preparer")
    listed = cli.lines("honours", "batches", by="school-b-preparer")
    assert batch not in {each["batch"] for each in listed}


def test_a_programme_is_registered_and_listed(cli: Terminals) -> None:
    cli.sign_in(PREPARER)
    school = cli.node.ids["school-a"]
    wanted = ["--name", "校园歌手", "--category", "arts_sports", "--open-from", "2026-09-01"]
    awards = ["--award", "一等奖", "--award", "二等奖", "--notice-days", "7"]
    made = cli.json("honours", "programme", school, *wanted, *awards, by=PREPARER)["programme"]
    listed = {each["programme"]: each for each in cli.lines("honours", "programmes", by=PREPARER)}
    assert listed[made]["awards"] == ["一等奖", "二等奖"]
    assert listed[made]["notice_days"] == 7
    said = cli.ok("honours", "programmes", by=PREPARER)
    assert "校园歌手" in said.stdout


def test_a_contest_needs_its_approval_number(cli: Terminals) -> None:
    cli.sign_in(PREPARER)
    wanted = ["--name", "数学竞赛", "--category", "discipline_contest", "--open-from", "2026-09-01"]
    arguments = ["honours", "programme", cli.node.ids["school-a"], *wanted]
    cli.refused("programme_contest_approval", *arguments, by=PREPARER)
