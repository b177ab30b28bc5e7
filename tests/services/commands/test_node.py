"""The node itself by the command line: its first start, and what stops a start."""

import json
import socket
from pathlib import Path

import pytest

from crypto import selftest
from crypto.errors import CryptoUnavailable
from services.commands import entry, node
from services.platform.errors import Unavailable
from services.platform.settings import Settings
from tests.services.commands.homes import WORDS
from tests.services.commands.terminals import Terminals


def test_a_node_is_made_once_and_again_what_is_missing(fresh: Terminals) -> None:
    made = fresh.json("init")
    assert made == {"home": str(fresh.home), "node": "kexin.local"}
    sealed = (fresh.home / "keys" / "master.json").read_bytes()
    database = (fresh.home / "kexin.sqlite3").stat().st_size
    assert fresh.json("init") == made
    assert (fresh.home / "keys" / "master.json").read_bytes() == sealed
    assert (fresh.home / "kexin.sqlite3").stat().st_size == database
    assert fresh.json("migrate") == {"migrated": True}


def test_a_new_home_is_its_owners_alone(fresh: Terminals, monkeypatch: pytest.MonkeyPatch) -> None:
    home = fresh.folder / "elsewhere" / "home"
    monkeypatch.setenv("KEXIN_HOME", str(home))
    monkeypatch.setenv("KEXIN_UNSEAL_FILE", str(fresh.home / "unseal"))
    fresh.ok("init")
    assert home.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("command", ["serve", "worker", "honours batches", "alarms list"])
def test_nothing_runs_before_the_node_is_made(fresh: Terminals, command: str) -> None:
    fresh.refused("master_missing", *command.split())


def test_nothing_runs_on_a_database_of_before(fresh: Terminals) -> None:
    fresh.ok("init")
    (fresh.home / "kexin.sqlite3").unlink()
    fresh.refused("database_outdated", "alarms", "list")


def test_a_database_that_cannot_be_opened_is_told(fresh: Terminals) -> None:
    fresh.ok("init")
    (fresh.home / "kexin.sqlite3").unlink()
    (fresh.home / "kexin.sqlite3").mkdir()
    fresh.refused("database_unreachable", "alarms", "list")
    fresh.refused("database_unreachable", "migrate")


def test_the_passphrase_may_be_typed(fresh: Terminals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEXIN_HOME", str(fresh.folder / "typed"))
    assert fresh.run("init", stdin="").exit_code == 1
    said = fresh.run("init", stdin="")
    assert "[passphrase_missing]" in said.stderr
    assert "KEXIN_UNSEAL_FILE" in said.stderr
    fresh.ok("init", stdin=f"{WORDS}\n")
    fresh.ok("init", stdin=f"{WORDS}\n")
    said = fresh.run("init", stdin="another passphrase\n")
    assert "[passphrase_wrong]" in said.stderr
    assert "another" not in said.output


def test_a_short_passphrase_makes_no_node(fresh: Terminals) -> None:
    (fresh.home / "unseal").write_text("short\n")
    fresh.refused("passphrase_short", "init")
    assert not (fresh.home / "keys" / "master.json").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_an_unseal_file_that_others_may_read_stops_the_start(fresh: Terminals, mode: int) -> None:
    (fresh.home / "unseal").chmod(mode)
    fresh.refused("unseal_file_open_to_others", "init")


def test_an_unseal_file_that_is_not_there_is_told(fresh: Terminals) -> None:
    (fresh.home / "unseal").unlink()
    fresh.refused("unseal_file_missing", "init")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KEXIN_DATABSE_URL", "sqlite:///x", "KEXIN_DATABASE_URL"),
        ("KEXIN_NOTHING_LIKE_IT", "1", "docs/reference/settings.md"),
        ("KEXIN_PORT", "eighty", "KEXIN_PORT"),
        ("KEXIN_NODE_NAME", "Not A Name", "KEXIN_NODE_NAME"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    fresh: Terminals, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    for command in ("serve", "init", "worker"):
        result = fresh.run(command)
        assert result.exit_code == 2
        assert name in result.stderr
        assert told in result.stderr
        assert "Traceback" not in result.output


def test_a_misspelt_line_of_the_settings_file_stops_the_start(fresh: Terminals) -> None:
    with (fresh.home / "settings.env").open("a") as file:
        file.write("KEXIN_PROT=8400\n")
    result = fresh.run("serve")
    assert result.exit_code == 2
    assert "KEXIN_PORT" in result.stderr


def test_a_wrong_setting_is_told_without_its_value(
    fresh: Terminals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEXIN_CHAIN_CONFIRMATIONS", "hunter2")
    assert "hunter2" not in fresh.run("serve").output


def test_a_taken_port_is_told_before_anything_is_begun(fresh: Terminals) -> None:
    fresh.ok("init")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = fresh.refused("port_taken", "serve", "--port", port)
        assert port in said.stderr


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(Unavailable, match="port_refused"):
        node.listening(Settings(host="192.0.2.1", port=0))


def test_a_node_says_how_it_feels(cli: Terminals) -> None:
    found = {each["check"]: each["state"] for each in cli.lines("health")}
    assert set(found.values()) == {"ok"}
    assert "database" in cli.ok("health").stdout


def test_a_lost_high_water_mark_is_not_well(cli: Terminals) -> None:
    (cli.home / "high-water" / "marks.json").write_text("{}")
    result = cli.run("health", "--json")
    assert result.exit_code == 1
    found = {each["check"]: each["reason"] for each in map(json.loads, result.stdout.splitlines())}
    assert found["checkpoints"] == "mark_unreadable"


def test_known_answers_are_listed(fresh: Terminals) -> None:
    said = fresh.json("selftest")
    assert said["ok"]
    assert set(said["results"].values()) == {True}
    assert len(fresh.ok("selftest").stdout.splitlines()) == len(said["results"])


def test_a_wrong_known_answer_is_a_failure(
    fresh: Terminals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> selftest.Report:
        raise CryptoUnavailable("self_test_failed", failed="sm3")

    monkeypatch.setattr(selftest, "run", failing)
    fresh.refused("self_test_failed", "selftest")


def test_a_home_that_cannot_be_written_is_told(
    fresh: Terminals, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fresh.folder / "file").write_text("")
    monkeypatch.setenv("KEXIN_HOME", str(fresh.folder / "file" / "home"))
    monkeypatch.setenv("KEXIN_UNSEAL_FILE", str(fresh.home / "unseal"))
    for command in ("init", "demo"):
        result = fresh.run(command)
        assert result.exit_code == 1
        assert str(fresh.folder / "file") in result.stderr
        assert "Traceback" not in result.output


def test_a_lost_sign_in_file_is_no_sign_in(fresh: Terminals, tmp_path: Path) -> None:
    fresh.ok("init")
    state = tmp_path / "terminals" / "nobody" / "kexin"
    state.mkdir(parents=True, exist_ok=True)
    (state / "sign-ins.json").write_text("{")
    fresh.refused("not_signed_in", "honours", "batches")
    entry.remember(entry.settings(), None)
    assert json.loads((state / "sign-ins.json").read_text()) == {}
