"""What commands start with: settings, runtime, secrets, and who is signed in at this terminal.

Sign-in    a token in the user's state folder (mode 0600), one for each KEXIN_HOME; it ends by
           itself after 15 idle minutes, like a page's. Beside a running server a command writes
           short transactions and leaves the work to the one worker
Secrets    typed at a prompt, or the first line of a file, or of stdin where the file is `-`; no
           option takes one as its value, because every user of a machine sees command lines
Settings   a wrong or unknown one stops the command before anything else (exit status 2)
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from services import process
from services.accounts import sign_in
from services.accounts.operators import Operator
from services.commands import speech
from services.platform import environment, files
from services.platform.errors import NotFound, Refused, Unauthenticated
from services.platform.settings import PREFIX, Settings, UnknownSetting
from services.platform.work import Runtime

_Command = TypeVar("_Command", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
SECRET_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
AS_JSON = click.option("--json", "as_json", is_flag=True, help=speech.line("option_json"))


@dataclass(frozen=True, slots=True)
class Proof:
    """A fresh proof of both factors, for an act that binds."""

    password: str = field(repr=False)
    code: str


def settings(**chosen: Any) -> Settings:
    """Return the settings of this node; a wrong one ends the program."""
    try:
        return Settings.load(**chosen)
    except UnknownSetting as error:
        lines = [_unknown(name) for name in error.names]
    except ValidationError as error:
        lines = [_unfit(each) for each in error.errors(include_input=False, include_url=False)]
    for each in lines:
        click.echo(each, err=True)
    sys.exit(speech.WRONG_USAGE)


@contextmanager
def runtime(given: Settings | None = None, words: str | None = None) -> Iterator[Runtime]:
    """Open the node for one command and close it afterwards; `words`: the passphrase, if known."""
    loaded = given or settings()
    opened = process.open_runtime(loaded, passphrase(loaded) if words is None else words)
    try:
        yield opened
    finally:
        opened.database.close()


def passphrase(loaded: Settings, *, new: bool = False) -> str:
    """Return the passphrase of the master key: from the unseal file, or typed; `new`: twice."""
    if not new and not loaded.master_file.exists():
        raise NotFound("master_missing")

    def ask() -> str:
        try:
            return secret(None, "ask_new_passphrase" if new else "ask_passphrase", confirm=new)
        except EOFError as error:  # a service: then a file has to hold it
            raise Refused("passphrase_missing") from error

    return process.read_passphrase(loaded, ask)


def operator(opened: Runtime) -> Operator:
    """Return who is signed in here. Raises Unauthenticated."""
    token = remembered(opened.settings)
    if token is None:
        raise Unauthenticated("not_signed_in")
    return sign_in.resume(opened, token)


def remembered(loaded: Settings) -> str | None:
    """Return this terminal's token."""
    return _tokens().get(_home(loaded))


def remember(loaded: Settings, token: str | None) -> None:
    """Keep or forget this terminal's sign-in."""
    tokens = _tokens()
    tokens.pop(_home(loaded), None)
    if token is not None:
        tokens[_home(loaded)] = token
    path = _token_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.replace(path, json.dumps(tokens).encode())


def ask_proof(password_file: Path | None, code: str | None) -> Proof:
    """Return password and code: from a file and an option, or asked for."""
    password = secret(password_file, "ask_password")
    return Proof(password, code or click.prompt(speech.line("ask_code"), err=True))


def secret(file: Path | None, ask: str, *, confirm: bool = False) -> str:
    """Return a secret: a file's first line (`-`: of stdin), or typed unseen.

    Without a terminal it is read from stdin as well. Raises EOFError if that has ended.
    """
    if file is None and sys.stdin.isatty():
        return str(
            click.prompt(speech.line(ask), hide_input=True, confirmation_prompt=confirm, err=True)
        )
    if file is None or str(file) == "-":
        line = sys.stdin.readline()
    else:
        with file.open(encoding="utf-8") as opened:
            line = opened.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")


def secret_file(name: str, help_code: str) -> Callable[[_Command], _Command]:
    """Return the option that names the file of a secret."""
    return click.option(name, type=SECRET_FILE, help=speech.line(help_code))


def with_proof(command: _Command) -> _Command:
    """Give a command the options of a fresh proof."""
    code = click.option("--code", help=speech.line("option_code"))
    return secret_file("--password-file", "option_password_file")(code(command))


def scopes(actor: Operator) -> list[str]:
    """Return the institutions that somebody works for, and the node where he does."""
    return sorted({scope for _, scope in actor.roles})


def _unknown(name: str) -> str:
    known = [PREFIX + each.upper() for each in Settings.model_fields]
    near = get_close_matches(name.upper(), known, n=1, cutoff=0.8)
    if near:
        return speech.line("setting_unknown_near", name=name, near=near[0])
    return speech.line("setting_unknown", name=name)


def _unfit(error: Any) -> str:
    """Return a line about a wrong setting; never its value, which may hold a password."""
    name = PREFIX + "_".join(str(part) for part in error["loc"]).upper().removeprefix(PREFIX)
    if error["type"] == "extra_forbidden":
        return _unknown(name)
    return speech.line("setting_wrong", name=name, why=error["msg"])


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
