"""Anchoring by hand, logs, the audit trail, alarms, and the chain, by the command line."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.audit import trail
from services.status.tables import STATUS_ENTRY, STATUS_LIST, STATUS_PUBLICATION
from tests.services.commands.terminals import Terminals
from tests.services.honours import classes
from tests.services.honours.classes import copied, put_back

AUDITOR, REGISTRAR = "auditor", "registrar-1"


def test_what_waits_is_anchored_now(cli: Terminals) -> None:
    cli.sign_in("school-a-preparer", "school-a-approver")
    number = cli.node.numbers("school-a")[0]
    asked = ["honours", "suspend", number, "--reason", "other"]
    request = cli.json(*asked, by="school-a-preparer")["request"]
    cli.ok("honours", "confirm", request, *cli.proof("school-a-approver"), by="school-a-approver")
    done = cli.json("anchor", "now", by="school-a-preparer")
    assert done["checkpoints"] >= 1
    assert "回执" in cli.ok("anchor", "now", by="school-a-preparer").stdout


def test_logs_are_listed_with_what_is_anchored(cli: Terminals) -> None:
    cli.sign_in(AUDITOR)
    logs = {each["origin"]: each for each in cli.lines("log", "list", by=AUDITOR)}
    [origin] = [each for each in logs if cli.node.ids["school-a"] in each]
    assert logs[origin]["size"] == logs[origin]["anchored"] == 31
    assert origin in cli.ok("log", "list", by=AUDITOR).stdout


def test_an_audit_without_an_outside_witness_is_told_as_such(cli: Terminals) -> None:
    cli.sign_in(AUDITOR)
    result = cli.run("log", "audit", "--json", by=AUDITOR)
    assert result.exit_code in (0, 3), result.output
    said = cli.ok("log", "list", "--json", by=AUDITOR).stdout.splitlines()
    assert len(result.stdout.splitlines()) == 1 + len(said)


def test_an_audit_notices_an_altered_entry(cli: Terminals) -> None:
    cli.sign_in(AUDITOR)
    with cli.node.runtime.database.engine.begin() as connection:
        connection.execute(
            text("UPDATE log_entry SET data = CAST(replace(data, 'Z', 'z') AS BLOB)")
        )
    result = cli.run("log", "audit", by=AUDITOR)
    assert result.exit_code == 1
    assert "✗" in result.stdout
    assert "Traceback" not in result.output


def test_an_audit_names_text_in_the_place_of_an_entry(cli: Terminals) -> None:
    cli.sign_in(AUDITOR)
    classes.by_hand(cli.node, "UPDATE log_entry SET data = 'text' WHERE \"index\" = 1")
    result = cli.run("log", "audit", "--json", by=AUDITOR)
    assert result.exit_code == 1
    assert '"entry_not_bytes"' in result.stdout
    assert "Traceback" not in result.output


def test_an_audit_names_a_revocation_that_was_undone(cli: Terminals) -> None:
    node = cli.node
    number = node.numbers("school-a")[0]
    old = copied(node, STATUS_LIST, STATUS_ENTRY, STATUS_PUBLICATION)
    classes.change(node, "revoke", [number], "issued_in_error")
    node.work()
    put_back(node, old)
    cli.sign_in(AUDITOR)
    result = cli.run("log", "audit", "--json", by=AUDITOR)
    assert result.exit_code == 1
    audited = [json.loads(line) for line in result.stdout.splitlines()]
    [wrong] = [each for each in audited if each.get("outcome") == "inconsistent"]
    assert node.ids["school-a"] in wrong["origin"]
    [finding] = wrong["findings"]
    assert (finding["code"], finding["number"]) == ("status_differs", number)
    assert number in cli.run("log", "audit", wrong["origin"], by=AUDITOR).stdout


def test_only_an_auditor_audits(cli: Terminals) -> None:
    cli.sign_in("school-a-preparer")
    for command in ("audit", "trail"):
        cli.refused("role_missing", "log", command, by="school-a-preparer")


def test_the_trail_shows_the_newest_events_last(cli: Terminals) -> None:
    cli.clock.now += timedelta(seconds=1)
    cli.sign_in(AUDITOR)
    [first, last] = cli.lines("log", "trail", "--last", "2", by=AUDITOR)
    assert first["at"] <= last["at"]
    assert last["action"] == "session.start"
    assert "session.start" in cli.ok("log", "trail", by=AUDITOR).stdout


def test_an_alarm_is_listed_and_cleared_by_a_person(cli: Terminals) -> None:
    assert "没有告警" in cli.ok("alarms", "list").stderr
    assert cli.lines("alarms", "list") == []
    with cli.node.runtime.writing() as work:
        trail.raise_alarm(work, "honours.issue", "workers_died")
    found = {"kind": "honours.issue", "subject": "workers_died"}
    assert cli.lines("alarms", "list") == [found]
    assert "workers_died" in cli.ok("alarms", "list").stdout
    clear = ["alarms", "clear", "honours.issue", "workers_died"]
    cli.refused("not_signed_in", *clear)
    cli.sign_in(AUDITOR, REGISTRAR)
    cli.refused("role_missing", *clear, by=AUDITOR)
    assert cli.json(*clear, by=REGISTRAR) == found
    cli.refused("alarm_unknown", *clear, by=REGISTRAR)
    dismissed = [each["action"] for each in cli.lines("log", "trail", by=AUDITOR)]
    assert "alarm.dismiss" in dismissed


def test_the_local_driver_says_that_it_is_one(cli: Terminals) -> None:
    assert cli.json("chain", "show")["driver"] == "local"


def test_the_anchoring_account_is_the_same_every_time(cli: Terminals) -> None:
    first = cli.json("chain", "account")
    assert first["address"].startswith("0x")
    assert cli.json("chain", "account") == first
    assert (cli.home / "chain" / "anchorer.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "0x12", "zz" * 32])
def test_an_administrators_key_is_32_bytes(cli: Terminals, content: str) -> None:
    cli.sign_in(REGISTRAR)
    (cli.folder / "admin").write_text(content)
    arguments = ["chain", "deploy", "http://127.0.0.1:9", "--admin-key", "admin"]
    cli.refused("admin_key_form", *arguments, by=REGISTRAR)


def test_a_chain_that_is_away_is_told(cli: Terminals) -> None:
    cli.sign_in(REGISTRAR)
    (cli.folder / "admin").write_text("11" * 32)
    arguments = ["chain", "deploy", "http://127.0.0.1:9", "--admin-key", "admin"]
    cli.refused("chain_silent", *arguments, by=REGISTRAR)
    assert not (cli.home / "chain" / "deployment.json").exists()
