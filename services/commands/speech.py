"""How the command line speaks: Chinese with English beside it, or English where LANG says so.

Results    on stdout: one line, or one JSON object a line with --json
Else       on stderr: progress, and what went wrong, with its stable code in brackets
Texts      catalogue `cli`; those of errors wherever services.platform.texts finds them
Loads nothing heavy: `kexin verify` passes here. Nothing that a row or a person said is printed
when the program itself breaks: types, files and lines only.
"""

import errno
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

import click

from crypto.errors import CryptoError
from identity.errors import IdentityError
from ledger.errors import LedgerError
from services.platform import environment, texts
from services.platform.errors import ServiceError

OURS = (ServiceError, CryptoError, IdentityError, LedgerError)
FAILED = 1
WRONG_USAGE = 2


def text(code: str, /, **params: object) -> str:
    """Return a text of the command line: Chinese and, under it, English."""
    said = texts.both("cli", code, **params)
    if environment.language() == texts.EN:
        return said["en"]
    return f"{said['zh']}\n\n{said['en']}"


def line(code: str, /, **params: object) -> str:
    """Return the same in one line."""
    said = texts.both("cli", code, **params)
    return said["en"] if environment.language() == texts.EN else f"{said['zh']} · {said['en']}"


def tell(code: str, /, **params: object) -> None:
    """Tell a person something on stderr."""
    click.echo(line(code, **params), err=True)


def show(result: Mapping[str, object], *, as_json: bool, code: str) -> None:
    """Print a result on stdout: as JSON, or as the text `code` with the result's values."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, default=str))
    else:
        click.echo(line(code, **{name: _plain(value) for name, value in result.items()}))


def done(result: Mapping[str, object], *, as_json: bool) -> None:
    """Say that something was done: the facts as JSON, or the one word on stderr."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, default=str))
    else:
        tell("done")


class Group(click.Group):
    """A group that lists its commands as they were written, each in both languages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of their definition."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with the whole of their first texts."""
        helps = {name: command.help or "" for name, command in self.commands.items()}
        with formatter.section(line("commands")):
            formatter.write_dl(
                [(name, said.replace("\n\n", " · ")) for name, said in helps.items()]
            )


@contextmanager
def told() -> Iterator[None]:
    """Turn an error of ours, of the system or of the usage into a text and an exit status."""
    try:
        yield
    except OURS as error:
        for said in explained(error):
            click.echo(said, err=True)
        sys.exit(FAILED)
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        _tell_usage(error)
        sys.exit(WRONG_USAGE)
    except OSError as error:
        if error.errno == errno.EPIPE:  # who read our output has gone; click ends quietly
            raise
        reason = error.strerror or type(error).__name__
        tell("system_refused", name=error.filename or "-", reason=reason)
        sys.exit(FAILED)


def explained(error: Exception) -> list[str]:
    """Return the lines that explain an error of ours: cause, remedy if there is one, code."""
    code: str = getattr(error, "code", "")
    params: Mapping[str, object] = getattr(error, "params", {})
    known = code if texts.domain_of(code) is not None else _general(error)
    facts = {"code": code, **params}
    if environment.language() == texts.EN:
        return [f"✗ {texts.explain(known, texts.EN, **facts)} [{code}]"]
    said = texts.explain(known, texts.ZH, **facts)
    return [f"✗ {said} [{code}]", f"  {texts.explain(known, texts.EN, **facts)}"]


def crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Be the hook for what nobody expected: say where it broke, not what it says."""
    from services.web.logs import WithoutMessages

    tell("broken")
    click.echo(WithoutMessages().formatException((kind, error, trace)), err=True)


def _general(error: Exception) -> str:
    """Return the text for errors of lower rooms that have none of their own."""
    from services.web import http_errors

    return http_errors.problem_of(error).text


def _plain(value: object) -> object:
    """Return what a line shows of a value: lists by commas, nothing as a dash."""
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value) or "-"
    return "-" if value is None or value == "" else value


def _tell_usage(error: click.UsageError) -> None:
    if error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        tell("usage_missing", what=error.param.get_error_hint(error.ctx))
    else:
        tell("usage_wrong", why=error.format_message())
    if error.ctx is not None:
        tell("usage_help", command=f"{error.ctx.command_path} --help")
