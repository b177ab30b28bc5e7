"""What commands start with: settings, runtime, and who is signed in at this terminal.

A sign-in is a token in the user's state folder (mode 0600), one for each KEXIN_HOME; it ends by
itself after 15 idle minutes, like a page's. Beside a running server a command writes short
transactions and leaves the work to the one worker.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from services import process
from services.accounts import sign_in
from services.accounts.operators import Operator
from services.commands import speech
from services.platform import environment
from services.platform.errors import Unauthenticated
from services.platform.settings import Settings
from services.platform.work import Runtime

AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON.")


@dataclass(frozen=True, slots=True)
class Proof:
    """A fresh proof of both factors, for an act that binds."""

    password: str
    code: str


def settings(**chosen: Any) -> Settings:
    """Return the settings of this node."""
    return Settings.load(**chosen)


@contextmanager
def runtime(given: Settings | None = None) -> Iterator[Runtime]:
    """Open the node for one command and close it afterwards."""
    loaded = given or settings()
    passphrase = process.read_passphrase(loaded, _ask_passphrase)
    opened = process.open_runtime(loaded, passphrase)
    try:
        yield opened
    finally:
        opened.database.close()


def operator(opened: Runtime) -> Operator:
    """Return who is signed in here. Raises Unauthenticated."""
    token = _tokens().get(_home(opened.settings))
    if token is None:
        raise Unauthenticated("not_signed_in")
    return sign_in.resume(opened, token)


def remember(loaded: Settings, token: str | None) -> None:
    """Keep or forget this terminal's sign-in."""
    tokens = _tokens()
    tokens.pop(_home(loaded), None)
    if token is not None:
        tokens[_home(loaded)] = token
    path = _token_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        json.dump(tokens, file)


def remembered(loaded: Settings) -> str | None:
    """Return this terminal's token."""
    return _tokens().get(_home(loaded))


def ask_proof(password_file: Path | None, code: str | None) -> Proof:
    """Return password and code: from a file and an option, or asked for."""
    if password_file is not None:
        password = password_file.read_text("utf-8").rstrip("\r\n")
    else:
        password = click.prompt(speech.line("ask_password"), hide_input=True, err=True)
    return Proof(password, code or click.prompt(speech.line("ask_code"), err=True))


PROOF = (
    click.option(
        "--password-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=speech.line("option_password_file"),
    ),
    click.option("--code", help=speech.line("option_code")),
)


def with_proof(command: Any) -> Any:
    """Give a command the options of a fresh proof."""
    for option in reversed(PROOF):
        command = option(command)
    return command


def _ask_passphrase() -> str:
    return str(click.prompt(speech.line("ask_passphrase"), hide_input=True, err=True))


def _home(loaded: Settings) -> str:
    return str(loaded.home.resolve())


def _token_file() -> Path:
    return environment.state_folder() / "sign-ins.json"


def _tokens() -> dict[str, str]:
    try:
        found = json.loads(_token_file().read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): str(token) for name, token in found.items()}
