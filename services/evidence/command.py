"""The command `kexin verify`: files in, verdicts out.

Output     stdout: for people, Chinese with English below it (English alone where the locale
           says so), or --json, one kexin/verdict/v1 a line with "file"; stderr: what is wrong
           with the call
Exit       0 all valid, 1 some invalid, 3 none invalid but some undetermined, 2 wrong usage, or
           a file could not be read or the output not be written
Network    none with --offline or --pack; else status lists and records of the nodes, and the
           chain at KEXIN_CHAIN_URLS. No request names a credential
Speed      the whole process under 0.3 s: only click, the standard library, rfc8785 and
           `cryptography` are loaded; what is rarely needed is loaded where it is needed
"""

import errno
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from crypto import selftest
from crypto.errors import CryptoUnavailable
from identity.trust_list import EVIDENCE
from ledger.evidence import Level
from services.evidence import pdf, printing, trust_store
from services.evidence.sources import Sources
from services.evidence.trust_store import UnusablePack, UnusableRoot
from services.evidence.verdict import BUNDLE, AsOf, Outcome, Verdict
from services.evidence.verdict import verify as judge
from services.platform import clock, environment, texts

VALID: Final = 0
INVALID: Final = 1
USAGE: Final = 2
UNDETERMINED: Final = 3


@dataclass(frozen=True, slots=True)
class Options:
    """How the files are to be judged and shown."""

    root: Path
    trust: Path
    state: Path
    now: datetime
    as_of: AsOf = None
    require: Level | None = None
    offline: bool = False
    packs: tuple[Path, ...] = ()
    endpoints: tuple[str, ...] = ()
    as_json: bool = False
    language: str = texts.ZH


def _say(code: str, **params: object) -> str:
    """Return a text about the call: English, or Chinese with English beside it."""
    said = texts.both("verdict", f"usage.{code}", **params)
    if environment.language() == texts.EN:
        return said["en"]
    return f"{said['zh']} · {said['en']}"


def read_as_of(ctx: click.Context, param: click.Parameter, value: str | None) -> AsOf:
    """Return the instant that --as-of names: one that has passed, or the word `bundle`."""
    if value is None:
        return None
    if value == BUNDLE:
        return BUNDLE
    try:
        given = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(_say("as_of_form"), ctx, param) from error
    if given.tzinfo is None or given.microsecond:
        raise click.BadParameter(_say("as_of_form"), ctx, param)
    if given > clock.system():
        raise click.BadParameter(_say("as_of_future"), ctx, param)
    try:
        return given.astimezone(UTC)
    except OverflowError as error:  # before the first year there is
        raise click.BadParameter(_say("as_of_form"), ctx, param) from error


@click.command(help=_say("help"), epilog=_say("help_exit"))
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--offline", is_flag=True, help=_say("help_offline"))
@click.option(
    "--trust",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_say("help_trust"),
)
@click.option(
    "--root",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_say("help_root"),
)
@click.option(
    "--pack",
    "packs",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_say("help_pack"),
)
@click.option(
    "--as-of",
    metavar="TIME|bundle",
    callback=read_as_of,
    help=_say("help_as_of"),
)
@click.option("--require", type=click.Choice(EVIDENCE), help=_say("help_require"))
@click.option("--json", "as_json", is_flag=True, help=_say("help_json"))
@click.pass_context
def verify(
    ctx: click.Context,
    files: tuple[Path, ...],
    offline: bool,
    trust: Path | None,
    root: Path | None,
    packs: tuple[Path, ...],
    as_of: AsOf,
    require: str | None,
    as_json: bool,
) -> None:
    """Verify certificates: bundles, credentials, or PDFs that carry a bundle."""
    root = root or environment.home() / "trust" / "root.json"
    options = Options(
        root=root,
        trust=trust or root.parent / "list.json",
        state=environment.state_folder(),
        now=clock.system(),
        as_of=as_of,
        require=Level.of(require) if require else None,
        offline=offline or bool(packs),
        packs=packs,
        endpoints=environment.chain_urls(),
        as_json=as_json,
        language=environment.language(),
    )
    try:
        status = verify_files(files, options)
    except OSError as error:
        status = _stopped(error)
    ctx.exit(status)


def verify_files(paths: Sequence[Path], options: Options) -> int:
    """Print a verdict on each file and return the exit code of all of them."""
    try:
        selftest.require(selftest.FOR_VERIFYING)
        root = trust_store.read_root(options.root)
        packs = [trust_store.read_pack(each) for each in options.packs]
        trust = trust_store.read_list(
            options.trust, root, now=options.now, state=options.state, packs=packs
        )
    except (UnusablePack, UnusableRoot) as error:
        click.echo(_say(error.code, **error.params), err=True)
        return USAGE
    except CryptoUnavailable as error:
        click.echo(_say("crypto_unavailable", cause=error.code), err=True)
        return USAGE
    sources = _sources(options)
    outcomes = []
    for path in paths:
        verdict = judge(
            _read(path),
            trust=trust,
            now=options.now,
            as_of=options.as_of,
            require=options.require,
            sources=sources,
            packs=packs,
        )
        _print(path, verdict, options)
        outcomes.append(verdict.result)
    return exit_code(outcomes)


def _stopped(error: OSError) -> int:
    """Tell what the system refused; its exit code must not read as a verdict."""
    reason = error.strerror or type(error).__name__
    if error.filename is not None:
        click.echo(_say("file_unreadable", name=error.filename, reason=reason), err=True)
        return USAGE
    if error.errno != errno.EPIPE:  # else whoever read the output has gone
        click.echo(_say("output_refused", reason=reason), err=True)
    # What is still buffered goes nowhere: else the interpreter fails with it once more, at its end.
    with suppress(OSError), Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    return USAGE


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """Return what the outcomes of all files add up to."""
    found = set(outcomes)
    if Outcome.INVALID in found:
        return INVALID
    return UNDETERMINED if Outcome.UNDETERMINED in found else VALID


def _sources(options: Options) -> Sources | None:
    if options.offline:
        return None
    from services.evidence.fetching import UrlSources

    return UrlSources(endpoints=options.endpoints)


def _read(path: Path) -> bytes:
    """Return the file, but no more of it than is needed to see that it is too large."""
    try:
        with path.open("rb") as file:
            return file.read(pdf.MAX_SIZE + 1)
    except OSError as error:  # only `open` would say which file it was
        raise OSError(error.errno, error.strerror, str(path)) from error


def _print(path: Path, verdict: Verdict, options: Options) -> None:
    if options.as_json:
        line = {"file": click.format_filename(path), **verdict.to_json()}
        click.echo(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
    else:
        click.echo(printing.written(click.format_filename(path), verdict, options.language))
