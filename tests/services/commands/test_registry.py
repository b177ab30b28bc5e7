"""Institutions and their records by the command line, signed by two registrars."""

from tests.services.commands.terminals import Terminals

FIRST, SECOND = "registrar-1", "registrar-2"
NEW = (
    *("--kind", "school", "--name-zh", "中原市新华小学", "--region", "419900"),
    *("--telephone", "0371-12340003", "--school-code", "2141000003"),
)


def new_school(cli: Terminals) -> str:
    superior = ["--superior", cli.node.ids["authority"]]
    made: str = cli.json("institutions", "create", *NEW, *superior, by=FIRST)["institution"]
    return made


def test_an_institution_comes_to_be_by_two_registrars(cli: Terminals) -> None:
    cli.sign_in(FIRST, SECOND)
    school = new_school(cli)
    cli.ok("institutions", "accredit", school, "--level", "school", by=FIRST)
    cli.ok("institutions", "propose", school, *cli.proof(FIRST), by=FIRST)
    [draft] = cli.lines("institutions", "drafts", by=SECOND)
    assert (draft["institution"], draft["registrar"]) == (school, FIRST)
    assert "中原市新华小学" in cli.ok("institutions", "drafts", by=SECOND).stdout
    cli.refused(
        "record_same_person", "institutions", "publish", school, *cli.proof(FIRST), by=FIRST
    )
    cli.ok("institutions", "publish", school, *cli.proof(SECOND), by=SECOND)
    assert cli.lines("institutions", "drafts", by=SECOND) == []
    listed = {each["id"]: each for each in cli.lines("institutions", "list", by=FIRST)}
    assert listed[school]["record"] == 1
    assert "中原市新华小学" in cli.ok("institutions", "list", by=FIRST).stdout


def test_a_draft_is_thrown_away(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    school = new_school(cli)
    cli.ok("institutions", "propose", school, *cli.proof(FIRST), by=FIRST)
    assert cli.json("institutions", "discard", school, by=FIRST) == {"institution": school}
    cli.refused("record_draft_missing", "institutions", "discard", school, by=FIRST)


def test_an_institution_shows_its_codes_keys_and_rights(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    school = new_school(cli)
    made = cli.json("institutions", "accredit", school, "--level", "school", by=FIRST)
    cli.ok("institutions", "recode", school, "2141000004", by=FIRST)
    cli.ok("institutions", "unaccredit", school, made["accreditation"], by=FIRST)
    cli.ok("keys", "make", school, by=FIRST)
    shown = cli.json("institutions", "show", school, by=FIRST)
    assert [each["code"] for each in shown["codes"]] == ["2141000003", "2141000004"]
    assert shown["codes"][0]["to"] is not None
    assert [each["state"] for each in shown["keys"]] == ["active", "active"]
    assert shown["accreditations"][0]["to"] is not None
    assert (shown["record"], shown["record_waiting"]) == (None, False)
    said = cli.ok("institutions", "show", school, by=FIRST).stdout
    assert len(said.splitlines()) == 1 + 2 + 2 + 1
    assert "2141000004" in said


def test_an_institution_is_closed_and_reopened(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    school = cli.node.ids["school-b"]
    for command, state in (("close", "closed"), ("reopen", "open")):
        cli.ok("institutions", command, school, by=FIRST)
        listed = {each["id"]: each["state"] for each in cli.lines("institutions", "list", by=FIRST)}
        assert listed[school] == state


def test_a_code_that_is_none_is_told_with_its_reason(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    result = cli.run("institutions", "recode", cli.node.ids["school-b"], "123", by=FIRST)
    assert result.exit_code == 1
    assert "[" in result.stderr
    assert "Traceback" not in result.output


def test_a_preparer_registers_nothing(cli: Terminals) -> None:
    cli.sign_in("school-a-preparer")
    arguments = ["institutions", "create", *NEW]
    cli.refused("role_missing", *arguments, by="school-a-preparer")


def test_keys_are_listed_made_and_retired(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    school = cli.node.ids["school-a"]
    made = cli.json("keys", "make", school, by=FIRST)["key"]
    listed = {each["kid"]: each for each in cli.lines("keys", "list", by=FIRST)}
    assert (listed[made]["owner"], listed[made]["use"]) == (school, "issuer")
    assert {each["use"] for each in listed.values() if each["owner"] == "node"} >= {"log", "status"}
    assert cli.json("keys", "retire", made, by=FIRST) == {"key": made, "successor": None}
    cli.refused("key_not_active", "keys", "retire", made, by=FIRST)
    assert made in cli.ok("keys", "list", by=FIRST).stdout


def test_a_key_of_the_node_gets_a_successor(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    cli.ok("anchor", "now", by=FIRST)
    keys = cli.lines("keys", "list", by=FIRST)
    [old] = [each["kid"] for each in keys if each["use"] == "receipt"]
    new = cli.json("keys", "retire", old, by=FIRST)["successor"]
    states = {each["kid"]: each["state"] for each in cli.lines("keys", "list", by=FIRST)}
    assert (states[old], states[new]) == ("retired", "active")


def test_a_key_with_a_pending_anchor_stays(cli: Terminals) -> None:
    cli.sign_in(FIRST, "school-a-preparer", "school-a-approver")
    [kid] = [
        each["kid"]
        for each in cli.lines("keys", "list", by=FIRST)
        if each["owner"] == cli.node.ids["school-a"]
    ]
    number = cli.node.numbers("school-a")[0]
    asked = ["honours", "suspend", number, "--reason", "other"]
    request = cli.json(*asked, by="school-a-preparer")["request"]
    proof = cli.proof("school-a-approver")
    cli.ok("honours", "confirm", request, *proof, by="school-a-approver")
    said = cli.refused("key_has_pending", "keys", "retire", kid, by=FIRST)
    assert f"{cli.node.ids['school-a']}/2026#" in said.stderr
