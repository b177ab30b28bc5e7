"""Certificates by the command line: where they stand, their bundles, changes by two people."""

from datetime import timedelta

import pytest

from tests.services.commands.terminals import Terminals

PREPARER, APPROVER = "school-a-preparer", "school-a-approver"


@pytest.fixture
def number(cli: Terminals) -> str:
    cli.sign_in(PREPARER, APPROVER)
    return cli.node.numbers("school-a")[0]


def verdict(cli: Terminals, number: str) -> tuple[str, str]:
    """Return the result on a bundle taken out now, and the reason of its status."""
    cli.ok("honours", "bundle", number, "--out", "now.kexin.json", by=PREPARER)
    result = cli.run("verify", "now.kexin.json", "--offline", "--json")
    said = cli.verdicts(result)[0]
    [status] = [each["reason"] for each in said["checks"] if each["code"] == "status"]
    return said["result"], status


@pytest.mark.slow
def test_a_certificate_is_revoked_by_two_people(cli: Terminals, number: str) -> None:
    asked = cli.json("honours", "revoke", number, "--reason", "facts_wrong", by=PREPARER)
    assert verdict(cli, number)[0] == "valid"
    [waiting] = cli.lines("honours", "requests", by=APPROVER)
    assert (waiting["request"], waiting["numbers"]) == (asked["request"], [number])
    done = cli.json("honours", "confirm", asked["request"], *cli.proof(APPROVER), by=APPROVER)
    assert done["count"] == 1
    cli.clock.now += timedelta(seconds=1)
    assert verdict(cli, number) == ("invalid", "revoked")
    assert cli.lines("honours", "requests", by=APPROVER) == []
    [settled] = cli.lines("honours", "requests", "--all", by=APPROVER)
    assert settled["state"] == "done"


@pytest.mark.slow
def test_a_suspension_comes_and_goes(cli: Terminals, number: str) -> None:
    for action, expected in (("suspend", "invalid"), ("lift", "valid")):
        reason = ["--reason", "under_dispute"] if action == "suspend" else []
        asked = cli.json("honours", action, number, *reason, by=PREPARER)["request"]
        cli.ok("honours", "confirm", asked, *cli.proof(APPROVER), by=APPROVER)
        assert verdict(cli, number)[0] == expected


def test_a_certificate_shows_its_place_and_its_history(cli: Terminals, number: str) -> None:
    before = cli.json("honours", "show", number, by=PREPARER)
    assert (before["state"], before["changes"]) == ("ISSUED", [])
    asked = cli.json("honours", "suspend", number, "--reason", "other", by=PREPARER)["request"]
    cli.ok("honours", "confirm", asked, *cli.proof(APPROVER), by=APPROVER)
    after = cli.json("honours", "show", number, by=PREPARER)
    assert (after["state"], after["log"], after["index"]) == (
        "SUSPENDED",
        before["log"],
        before["index"],
    )
    [change] = after["changes"]
    assert (change["action"], change["reason"]) == ("suspend", "other")
    said = cli.ok("honours", "show", number, by=PREPARER).stdout.splitlines()
    assert len(said) == 2
    assert "suspend" in said[1]


def test_several_are_changed_together_or_not_at_all(cli: Terminals, number: str) -> None:
    numbers = cli.node.numbers("school-a")[:3]
    asked = cli.json("honours", "revoke", *numbers, "--reason", "other", by=PREPARER)
    assert asked["count"] == 3
    cli.ok("honours", "confirm", asked["request"], *cli.proof(APPROVER), by=APPROVER)
    states = {
        each["number"]: each["state"] for each in cli.lines("honours", "certificates", by=PREPARER)
    }
    assert [states[each] for each in numbers] == ["REVOKED"] * 3
    again = ["honours", "revoke", *numbers, "--reason", "other"]
    cli.refused("event_not_possible", *again, by=PREPARER)


def test_a_request_is_refused(cli: Terminals, number: str) -> None:
    asked = cli.json("honours", "revoke", number, "--reason", "other", by=PREPARER)["request"]
    assert cli.json("honours", "refuse", asked, by=APPROVER)["state"] == "refused"
    cli.refused("request_not_open", "honours", "confirm", asked, *cli.proof(APPROVER), by=APPROVER)


def test_a_reason_is_one_of_the_list(cli: Terminals, number: str) -> None:
    result = cli.run("honours", "revoke", number, "--reason", "因为", by=PREPARER)
    assert result.exit_code == 2
    assert "facts_wrong" in result.stderr


@pytest.mark.parametrize("command", ["bundle", "show"])
def test_another_schools_certificate_is_unknown(cli: Terminals, command: str) -> None:
    cli.sign_in("school-b-preparer")
    number = cli.node.numbers("school-a")[0]
    cli.refused("certificate_unknown", "honours", command, number, by="school-b-preparer")


def test_a_number_that_is_none_is_refused(cli: Terminals, number: str) -> None:
    result = cli.run("honours", "show", "31410000012026H0001x", by=PREPARER)
    assert result.exit_code == 1
    assert "Traceback" not in result.output


@pytest.mark.slow
def test_a_certificates_person_is_forgotten_and_a_neighbour_is_not(
    cli: Terminals, number: str
) -> None:
    neighbour = cli.node.numbers("school-a")[1]
    reason = ["--reason", "person_asked"]
    cli.refused("role_missing", "honours", "forget", number, *reason, by=PREPARER)
    done = cli.json("honours", "forget", number, *reason, by=APPROVER)
    assert done == {"rows": 1, "numbers": [number]}
    cli.refused("record_forgotten", "honours", "bundle", number, by=PREPARER)
    assert verdict(cli, neighbour)[0] == "valid"


def test_a_person_is_forgotten_by_an_identifier_that_is_typed(cli: Terminals, number: str) -> None:
    school = cli.node.ids["school-a"]
    wanted = ["honours", "forget-person", school, "--identifier", "student_no"]
    reason = ["--reason", "ordered"]
    done = cli.json(*wanted, *reason, by=APPROVER, stdin="00101\n")
    assert done["rows"] == len(done["numbers"]) == 1
    result = cli.run(*wanted, *reason, by=APPROVER, stdin="99999\n")
    assert result.exit_code == 1
    assert "[person_unknown]" in result.stderr
    assert "99999" not in result.output
