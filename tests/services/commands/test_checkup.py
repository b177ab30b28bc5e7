"""kexin registry check: a school by its id or its code, an exit code for scripts."""

from services.registry import institutions, trust
from tests.services.commands.terminals import Terminals

FIRST = "registrar-1"


def test_a_school_that_is_ready(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    school = cli.node.ids["school-a"]
    with cli.node.runtime.reading() as work:
        code = institutions.current_code(work, school)

    points = cli.lines("registry", "check", school, by=FIRST)

    assert {each["result"] for each in points} == {"ok"}
    assert cli.lines("registry", "check", code, by=FIRST) == points
    assert "[正常] 机构登记书：" in cli.ok("registry", "check", school, by=FIRST).stdout


def test_what_is_wrong_is_said_with_its_remedy(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    school = cli.node.ids["school-a"]
    with cli.node.runtime.writing() as work:
        institutions.recode(work, cli.node.operator(FIRST), school, "3441000098")

    said = cli.run("registry", "check", school, by=FIRST)

    assert said.exit_code == 1
    assert "两名登记员" in said.stdout


def test_an_unknown_school_is_refused(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    cli.refused("institution_unknown", "registry", "check", "0000000000", by=FIRST)


def test_what_cannot_be_looked_at_is_neither_right_nor_wrong(cli: Terminals) -> None:
    cli.sign_in(FIRST)
    (cli.node.runtime.settings.trust_folder / trust.LIST).write_bytes(b"{")

    said = cli.run("registry", "check", cli.node.ids["school-a"], by=FIRST)

    assert said.exit_code == 3
    assert "无法检查" in said.stdout
