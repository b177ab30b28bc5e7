"""Who acts at a terminal, and how people come to a node."""

from datetime import timedelta

from pyotp import parse_uri

from services.commands import entry
from tests.services.commands.terminals import Terminals

REGISTRARS = ("registrar-1", "registrar-2")


def test_nobody_acts_without_a_sign_in(cli: Terminals) -> None:
    cli.refused("not_signed_in", "honours", "batches")


def test_a_sign_in_ends_after_idle_minutes(cli: Terminals) -> None:
    cli.sign_in("school-a-preparer")
    cli.ok("honours", "batches", by="school-a-preparer")
    cli.clock.now += timedelta(minutes=entry.settings().session_idle_minutes)
    cli.refused("session_ended", "honours", "batches", by="school-a-preparer")


def test_a_sign_out_ends_it_at_once(cli: Terminals) -> None:
    cli.sign_in("auditor")
    assert cli.json("logout", by="auditor") == {"signed_in": False}
    cli.refused("not_signed_in", "honours", "batches", by="auditor")
    cli.ok("logout", by="auditor")


def test_a_second_sign_in_at_a_terminal_ends_the_first(cli: Terminals) -> None:
    cli.sign_in("auditor")
    first = entry.remembered(entry.settings())
    login = ["login", "--login", "registrar-1", *cli.proof("registrar-1")]
    cli.ok(*login, by="auditor")
    assert entry.remembered(entry.settings()) != first
    assert "registrar-1" in {each["login"] for each in cli.lines("operators", "list", by="auditor")}


def test_the_sign_in_is_the_readers_alone(cli: Terminals) -> None:
    cli.sign_in("auditor")
    [kept] = (cli.folder / "terminals" / "auditor").rglob("sign-ins.json")
    assert kept.stat().st_mode & 0o077 == 0


def test_a_wrong_code_and_a_stranger_are_told_the_same(cli: Terminals) -> None:
    password = cli.proof("auditor")[:2]
    known = cli.refused("sign_in_refused", "login", "--login", "auditor", *password, "--code", "1")
    strange = cli.refused("sign_in_refused", "login", "--login", "noone", *password, "--code", "1")
    assert known.stderr == strange.stderr


def test_what_is_not_given_is_asked_for(cli: Terminals) -> None:
    proof = cli.node.proof("auditor")
    typed = f"auditor\n{proof['password']}\n{proof['code']}\n"
    said = cli.ok("login", by="auditor", stdin=typed)
    assert proof["password"] not in said.output
    assert "auditor" in said.stdout


def make(
    cli: Terminals, login: str, document: str, *more: str, by: str = "nobody"
) -> dict[str, str]:
    """Make an operator with the document and the password on stdin, line by line."""
    arguments = ["operators", "create", login, "--name", "张三", "--document-type", "other"]
    made: dict[str, str] = cli.json(
        *arguments, *more, by=by, stdin=f"{document}\nfour plain words here\n"
    )
    return made


def test_the_first_registrars_of_a_node_need_no_sign_in(fresh: Terminals) -> None:
    fresh.ok("init")
    for login in REGISTRARS:
        made = make(fresh, login, login.upper(), "--role", "registrar", "--role", "auditor")
        assert parse_uri(made["totp_uri"]).name == login
    wanted = ["operators", "create", "third", "--name", "李四", "--role", "registrar"]
    fresh.refused("not_signed_in", *wanted)


def test_without_a_sign_in_no_role_at_a_school_is_given(fresh: Terminals) -> None:
    fresh.ok("init")
    wanted = ["operators", "create", "early", "--name", "李四", "--role", "approver@inst_41"]
    fresh.refused("not_signed_in", *wanted)


def test_a_registrar_makes_operators_and_gives_roles(cli: Terminals) -> None:
    cli.sign_in("registrar-1")
    school = cli.node.ids["school-a"]
    role = f"preparer@{school}"
    make(cli, "new-preparer", "DOC-1", "--role", role, by="registrar-1")
    for command, key in (("grant", "granted"), ("withdraw", "withdrawn")):
        more = f"approver@{school}"
        done = cli.json("operators", command, "new-preparer", more, by="registrar-1")
        assert done == {"login": "new-preparer", key: more}
        listed = {
            each["login"]: each["roles"]
            for each in cli.lines("operators", "list", by="registrar-1")
        }
        assert listed["new-preparer"] == sorted([role, more] if command == "grant" else [role])
    assert "new-preparer" in cli.ok("operators", "list", by="registrar-1").stdout


def test_nobody_gives_himself_a_role(cli: Terminals) -> None:
    cli.sign_in("registrar-1")
    role = f"approver@{cli.node.ids['school-a']}"
    cli.refused("role_for_oneself", "operators", "grant", "registrar-1", role, by="registrar-1")
    cli.refused("operator_unknown", "operators", "grant", "nobody", role, by="registrar-1")
    cli.refused("operator_unknown", "operators", "withdraw", "nobody", role, by="registrar-1")


def test_nobody_makes_himself_a_second_account_with_a_role(cli: Terminals) -> None:
    cli.sign_in("registrar-1")
    role = f"approver@{cli.node.ids['school-a']}"
    wanted = ["operators", "create", "second", "--name", "张三", "--role", role]
    for number in ("DEMO-0000", " demo-0000 "):
        typed = f"{number}\nfour plain words here\n"
        arguments = (*wanted, "--document-type", "other")
        cli.refused("role_for_oneself", *arguments, by="registrar-1", stdin=typed)
    listed = cli.lines("operators", "list", by="registrar-1")
    assert "second" not in {each["login"] for each in listed}


def test_the_first_registrar_is_not_the_second_one_too(fresh: Terminals) -> None:
    fresh.ok("init")
    make(fresh, "one", "DOC-1", "--role", "registrar")
    wanted = ["operators", "create", "two", "--name", "李四", "--role", "registrar"]
    typed = "doc-1\nfour plain words here\n"
    fresh.refused("role_for_oneself", *wanted, "--document-type", "other", stdin=typed)
    make(fresh, "two", "DOC-2", "--role", "registrar")


def test_a_role_that_is_none_is_wrong_usage(cli: Terminals) -> None:
    result = cli.run("operators", "grant", "somebody", "headmaster@inst_41")
    assert result.exit_code == 2
    assert "registrar" in result.stderr


def test_only_an_auditor_sees_who_there_is(cli: Terminals) -> None:
    cli.sign_in("school-a-preparer")
    cli.refused("role_missing", "operators", "list", by="school-a-preparer")


def test_an_operator_made_for_people_is_told_once(cli: Terminals) -> None:
    cli.sign_in("registrar-1")
    role = ["--role", f"preparer@{cli.node.ids['school-b']}"]
    arguments = ["operators", "create", "told", "--name", "王五", "--document-type", "other", *role]
    said = cli.ok(*arguments, by="registrar-1", stdin="DOC-2\na-long-password\n")
    assert said.stdout.splitlines()[-1].startswith("otpauth://totp/")
