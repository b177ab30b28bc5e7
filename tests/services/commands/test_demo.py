"""kexin demo --once, on the local driver: everything there, nothing doubled, clear refusals."""

import fcntl
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services import dev_chain
from services.accounts import operators
from services.cli import main
from services.commands import demo as command
from services.honours import approving
from services.platform import files, master
from services.platform.jobs import alone
from services.registry import records, trust
from tests.services.nodes import few_rounds


@pytest.fixture(autouse=True)
def without_anvil(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_chain, "binary", lambda: None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("KEXIN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def run(*arguments: str) -> Result:
    with few_rounds(), pytest.MonkeyPatch.context() as patch:
        rounds = master.create_master.__kwdefaults__ or {}
        patch.setitem(rounds, "rounds", master.FEWEST_ROUNDS)
        return CliRunner(catch_exceptions=False).invoke(main, ["demo", *arguments])


def last_line(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    line: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return line


@pytest.mark.slow
def test_the_demo_makes_sixty_certificates_and_makes_them_once(home: Path) -> None:
    first = run("--once", "--port", "18400")
    assert len(first.stdout.splitlines()) == 1
    line = last_line(first)
    assert (line["institutions"], line["certificates"], line["anchored"]) == (3, 60, 60)
    assert (line["chain"], line["verdict"]) == ("local", "valid")
    for name in ("bundle", "trust", "root", "pdf"):
        assert Path(line[name]).is_absolute()
        assert Path(line[name]).is_file()
    assert "without outside witness" in first.stderr
    kept = {path: path.read_bytes() for path in home.rglob("*.pem")}
    again = last_line(run("--once", "--port", "18401"))
    assert (again["certificates"], again["anchored"], again["verdict"]) == (60, 60, "valid")
    assert {path: path.read_bytes() for path in home.rglob("*.pem")} == kept
    assert not (home / "trust" / "list-3.json").exists()
    assert (home / "demo" / "sign-ins.json").stat().st_mode & 0o077 == 0
    assert "KEXIN_PORT=18401" in (home / "settings.env").read_text()


@pytest.mark.slow
def test_a_relative_home_is_the_same_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEXIN_HOME", "home")
    line = last_line(run("--once"))
    assert Path(line["bundle"]) == home / "demo" / "bundle.kexin.json"
    code = CliRunner().invoke(main, ["demo", "code", "registrar-1"])
    assert code.stdout.strip().isdecimal()


@pytest.mark.slow
def test_an_unknown_demo_operator_is_told_who_there_is(home: Path) -> None:
    last_line(run("--once"))
    result = CliRunner().invoke(main, ["demo", "code", "somebody"])
    assert result.exit_code == 2
    assert "school-a-preparer" in result.stderr


class Dies(BaseException):
    """Stands for the end of the process."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "name", "call"),
    [
        (files, "replace", 1),
        (files, "replace", 2),
        (files, "replace", 3),
        (files, "replace", 4),
        (files, "replace", 5),
        (operators, "create", 1),
        (operators, "create", 2),
        (records, "propose", 2),
        (records, "publish", 1),
        (records, "publish", 2),
        (trust, "propose", 1),
        (trust, "sign", 1),
        (trust, "sign", 2),
        (approving, "approve", 1),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_run_goes_on_where_the_one_before_died(
    home: Path, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, call: int, after: bool
) -> None:
    monkeypatch.setattr(command, "_verify", lambda *_: "valid")
    called, original = 0, getattr(place, name)

    def dying(*arguments: Any, **named: Any) -> Any:
        nonlocal called
        called += 1
        if called == call and not after:
            raise Dies
        made = original(*arguments, **named)
        if called == call:
            raise Dies
        return made

    with monkeypatch.context() as patch:
        patch.setattr(place, name, dying)
        with pytest.raises(Dies):
            run("--once")
    line = last_line(run("--once"))
    assert (line["certificates"], line["anchored"], line["verdict"]) == (60, 60, "valid")


def test_one_demo_at_a_time_in_a_home(home: Path) -> None:
    home.mkdir()
    with (home / "demo.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run("--once")
    assert result.exit_code == 1
    assert "[demo_runs_already]" in result.stderr


@pytest.mark.slow
def test_no_demo_beside_a_worker_of_this_home(home: Path) -> None:
    last_line(run("--once"))
    with alone._locked(home):
        result = run("--once")
    assert result.exit_code == 1
    assert "[worker_runs_already]" in result.stderr


def test_a_real_nodes_home_is_left_alone(home: Path) -> None:
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "master.json").write_text("{}")
    result = run("--once")
    assert result.exit_code == 1
    assert "[demo_in_real_home]" in result.stderr
    assert not (home / "unseal").exists()


def test_a_node_that_had_a_chain_waits_for_it(home: Path) -> None:
    (home / "chain").mkdir(parents=True)
    (home / "chain" / "deployment.json").write_text("{}")
    result = run("--once")
    assert result.exit_code == 1
    assert "[dev_chain_missing]" in result.stderr


@pytest.mark.slow
def test_a_node_that_began_without_a_chain_stays_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_line(run("--once"))
    monkeypatch.setattr(dev_chain, "binary", lambda: Path("/bin/false"))
    result = run("--once")
    assert last_line(result)["chain"] == "local"
    assert "stays with its local table" in result.stderr


@pytest.mark.slow
def test_lost_passwords_are_told(home: Path) -> None:
    last_line(run("--once"))
    (home / "demo" / "sign-ins.json").unlink()
    result = run("--once")
    assert result.exit_code == 1
    assert "[demo_secrets_lost]" in result.stderr


@pytest.mark.slow
def test_another_verdict_than_valid_is_a_failure(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_verify", lambda *_: "undetermined")
    result = run("--once")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["verdict"] == "undetermined"
