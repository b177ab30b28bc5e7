"""The command line as a whole: texts in two languages, options, secrets, errors, speed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from crypto.errors import InvalidCiphertext
from ledger.errors import LogInconsistent
from services import cli
from services.cli import main
from services.commands import speech
from services.platform import texts
from services.platform.errors import NotFound

ROOT = Path(__file__).parents[3]
SECRETS = ("password", "passphrase", "document", "secret", "seed")
WITHOUT_JSON = {"serve", "worker", "demo", "demo code"}


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        whole = f"{path} {name}".strip()
        yield whole, command
        if isinstance(command, click.Group):
            yield from commands(command, whole)


ALL = dict(commands(main))


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_command_and_option_speaks_both_languages(name: str) -> None:
    command = ALL[name]
    said = [command.help or ""]
    said += [
        option.help or ""
        for option in command.params
        if isinstance(option, click.Option) and option.name != "help"
    ]
    for text in said:
        assert any("一" <= each <= "鿿" for each in text) or "JSON" in text, (name, text)
        assert any(each.isascii() and each.isalpha() for each in text), (name, text)


@pytest.mark.parametrize(
    "name", sorted(name for name, each in ALL.items() if not isinstance(each, click.Group))
)
def test_every_command_may_answer_in_json(name: str) -> None:
    options = {each for param in ALL[name].params for each in param.opts}
    assert ("--json" in options) != (name in WITHOUT_JSON)


def test_no_option_takes_a_secret_as_its_value() -> None:
    values = [
        (name, option.name)
        for name, command in ALL.items()
        for option in command.params
        if isinstance(option, click.Option)
        and any(each in (option.name or "") for each in SECRETS)
        and not isinstance(option.type, click.Path)
        and option.name != "document_type"
    ]
    assert values == []


def test_each_first_command_is_described_where_it_is_listed() -> None:
    result = CliRunner().invoke(main, ["--help"], env={"LC_ALL": "zh_CN.UTF-8"})
    for name in cli.COMMANDS:
        assert name in result.output
        assert ALL[name].help


@pytest.mark.parametrize("language", ["zh_CN.UTF-8", "en_US.UTF-8", "C"])
def test_the_language_follows_the_locale(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", language)
    said = speech.explained(NotFound("master_missing"))
    english = texts.explain("master_missing", texts.EN)
    assert any(english in each for each in said)
    assert len(said) == (1 if language.startswith("en") else 2)
    assert all("[master_missing]" not in each for each in said[1:])


@pytest.mark.parametrize(
    "error",
    [InvalidCiphertext("sealed_mismatch"), LogInconsistent("entry_missing", origin="x", index=1)],
)
def test_an_error_of_a_lower_room_has_a_text_too(error: Exception) -> None:
    said = speech.explained(error)
    assert all(len(each) > 20 for each in said)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "nothing"),
        (["--nothing"], "--nothing"),
        (["honours", "nothing"], "nothing"),
        (["honours", "approve"], "BATCH"),
        (["honours", "import", "missing.xlsx"], "missing.xlsx"),
        (["demo", "--port", "eighty"], "eighty"),
    ],
)
def test_wrong_usage_is_told_in_both_languages(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(main, arguments, env={"LC_ALL": "zh_CN.UTF-8"})
    assert result.exit_code == 2
    assert told in result.stderr
    assert "用法" in result.stderr
    assert "usage" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["honours"], ["demo", "--help"], ["--version"]])
def test_asking_what_there_is_tells_it(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (0, 2)
    assert "用法不对" not in result.output


def python(code: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_bug_shows_where_it_is_and_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    code = """
import click
from services import cli
@click.command("bug", help="bug")
def bug():
    raise RuntimeError("Zhang San 410101200001011234")
cli.COMMANDS["bug"] = "__main__:bug"
cli.main(["bug"])
"""
    done = python(code)
    assert done.returncode == 1
    assert "RuntimeError" in done.stderr
    assert "程序出错" in done.stderr
    assert "Zhang" not in done.stdout + done.stderr


def test_a_reader_who_goes_away_is_no_error() -> None:
    code = "import sys; from services.cli import main; sys.stdout.close(); main(['--help'])"
    done = python(code)
    assert "Traceback" not in done.stderr


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "services", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.split()[-1][0].isdigit()


def test_verify_loads_nothing_heavy() -> None:
    code = """
import sys
from click.testing import CliRunner
from services.cli import main
result = CliRunner().invoke(main, ["verify", "--help"])
assert result.exit_code == 0
heavy = {"sqlalchemy", "fastapi", "web3", "pydantic", "uvicorn", "alembic"} & set(sys.modules)
assert not heavy, heavy
"""
    done = python(code)
    assert done.returncode == 0, done.stderr
