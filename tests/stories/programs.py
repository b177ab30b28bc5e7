"""`kexin` as processes of its own, and people who use it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
Done = subprocess.CompletedProcess[str]
Child = subprocess.Popen[str]
WAITS = 600


@dataclass
class Kexin:
    """One home, and commands that are run in it; who runs them is said by his state folder."""

    folder: Path
    home: Path
    monkeypatch: pytest.MonkeyPatch

    def by(self, person: str) -> None:
        """Sit down at another person's terminal."""
        self.monkeypatch.setenv("XDG_STATE_HOME", str(self.folder / "terminals" / person))

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of a process."""
        return [sys.executable, "-m", "services", *arguments]

    def run(self, *arguments: str, stdin: str = "") -> Done:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def json(self, *arguments: str, stdin: str = "") -> Any:
        """Run a command that must succeed; return the last object it printed."""
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def start(self, *arguments: str) -> Child:
        """Start a command and leave it running."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def serving(self, port: int, *arguments: str) -> Iterator[Child]:
        """Run a server until the block ends, then stop it as an operator does."""
        child = self.start(*arguments, "--port", str(port))
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", child)
            yield child
        finally:
            child.terminate()
            _, said = child.communicate(timeout=60)
        assert child.returncode == 0, said

    def secrets(self) -> dict[str, dict[str, str]]:
        """Return the passwords of this home's operators."""
        path = self.home / "demo" / "sign-ins.json"
        found: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))
        return found

    def proof(self, login: str) -> str:
        """Return what somebody types when he is asked for password and code."""
        code = self.run("demo", "code", login)
        assert code.returncode == 0, code.stderr
        return f"{self.secrets()[login]['password']}\n{code.stdout}"

    def sign_in(self, login: str) -> None:
        """Sign somebody in at his terminal."""
        self.by(login)
        done = self.run("login", "--login", login, stdin=self.proof(login))
        assert done.returncode == 0, done.stderr


def wait_for(url: str, child: Child) -> None:
    """Return when a server answers 200; fail if it ends before that."""
    pause = Event()
    for _ in range(WAITS):
        assert child.poll() is None, child.stderr and child.stderr.read()
        try:
            with urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            pass
        pause.wait(0.1)
    raise AssertionError(f"{url} does not answer")
