"""People at their terminals: who runs a command, in which home, with which sign-in."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services import demo
from services.cli import main
from tests.conftest import NOON
from tests.services.nodes import Node, Ticking


@dataclass
class Terminals:
    """Runs `kexin` as one person or another."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    home: Path = field(default_factory=Path)
    clock: Ticking = field(default_factory=lambda: Ticking(NOON))
    made: Node | None = None
    node_name = demo.NODE_NAME

    def use(self, home: Path, clock: Ticking, made: Node | None) -> None:
        """Work in this home from now on."""
        self.home, self.clock, self.made = home, clock, made
        self.monkeypatch.setenv("KEXIN_HOME", str(home))

    def now(self) -> datetime:
        """Return what the commands' clock shows."""
        return self.clock.now

    @property
    def node(self) -> Node:
        """The node of this home."""
        assert self.made is not None
        return self.made

    def run(self, *arguments: str, by: str = "nobody", stdin: str | None = None) -> Result:
        """Run a command at somebody's terminal."""
        self.monkeypatch.setenv("XDG_STATE_HOME", str(self.folder / "terminals" / by))
        runner = CliRunner(catch_exceptions=False)
        return runner.invoke(main, [*arguments], input=stdin, prog_name="kexin")

    def ok(self, *arguments: str, by: str = "nobody", stdin: str | None = None) -> Result:
        """Run a command that must succeed."""
        result = self.run(*arguments, by=by, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result

    def json(self, *arguments: str, by: str = "nobody", stdin: str | None = None) -> Any:
        """Run a command with --json; return its one object."""
        [found] = self.lines(*arguments, by=by, stdin=stdin)
        return found

    def lines(self, *arguments: str, by: str = "nobody", stdin: str | None = None) -> list[Any]:
        """Run a command with --json; return all of its objects."""
        result = self.ok(*arguments, "--json", by=by, stdin=stdin)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def refused(self, code: str, *arguments: str, by: str = "nobody", stdin: str = "") -> Result:
        """Run a command that must be refused with this code, in both languages."""
        result = self.run(*arguments, by=by, stdin=stdin)
        assert result.exit_code == 1, result.output
        assert f"[{code}]" in result.stderr
        assert len(result.stderr.strip().splitlines()) >= 2
        return result

    def sign_in(self, *logins: str) -> None:
        """Sign people in, each at his own terminal."""
        for login in logins:
            self.ok("login", "--login", login, *self.proof(login), by=login)

    def proof(self, login: str) -> list[str]:
        """Return the options of a fresh proof of somebody's two factors."""
        proof = self.node.proof(login)
        path = self.folder / f"{login}.password"
        path.write_text(proof["password"] + "\n", "utf-8")
        return ["--password-file", str(path), "--code", proof["code"]]

    @staticmethod
    def verdicts(result: Result) -> list[Any]:
        """Return the verdicts that `verify --json` printed."""
        return [json.loads(line) for line in result.stdout.splitlines()]
