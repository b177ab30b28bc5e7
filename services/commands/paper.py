"""kexin honours: certificates on paper, one or a batch, and how they look."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from services.accounts.operators import Operator
from services.audit import trail
from services.commands import certificates, entry, speech
from services.commands.entry import AS_JSON
from services.honours import approving
from services.honours.paper import looks, prints, service
from services.honours.paper.looks import Look
from services.honours.paper.service import File
from services.honours.paper.typesetting import DESIGNS
from services.honours.paper.wording import Signatory
from services.platform import files
from services.platform.errors import NotFound
from services.platform.work import Runtime

_Command = TypeVar("_Command", bound=Callable[..., Any])

FOLDER = click.Path(file_okay=False, path_type=Path)
_NUMBER = re.compile("[0-9A-Z]{22}")


def with_look(command: _Command) -> _Command:
    """Give a command the options of a look."""
    design = click.option(
        "--template", "design", type=click.Choice(DESIGNS), help=speech.line("option_design")
    )
    title = click.option("--title", help=speech.line("option_paper_title"))
    signatory = click.option(
        "--signatory",
        "signatories",
        multiple=True,
        metavar="TITLE=NAME",
        help=speech.line("option_signatory"),
    )
    right = click.option("--offset-x", type=float, help=speech.line("option_offset_x"))
    down = click.option("--offset-y", type=float, help=speech.line("option_offset_y"))
    return design(title(signatory(right(down(command)))))


@click.command("paper", help=speech.text("help_honours_paper"))
@click.argument("batch")
@click.option("--out", required=True, type=FOLDER, help=speech.line("option_out_folder"))
@click.option("--one-file", is_flag=True, help=speech.line("option_one_file"))
@click.option("--stock", is_flag=True, help=speech.line("option_stock"))
@click.option("--lists", is_flag=True, help=speech.line("option_lists"))
@with_look
@AS_JSON
def paper(
    batch: str, out: Path, one_file: bool, stock: bool, lists: bool, as_json: bool, **given: Any
) -> None:
    """Write the certificates of a batch into a folder; what is there already is kept."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        _require(runtime, actor, batch)
        look = _look_of_batch(runtime, batch, given)
        kind = "stock" if stock else "print" if one_file else "files"
        files.sweep(out)
        if kind == "files":
            made = service.files_of(runtime, batch, look, done=_present(out))
        else:
            made = prints.pages_of(runtime, batch, look, stock=stock)
        _note(runtime, actor, batch, kind)
        count = _write(out, made, sole=None if kind == "files" else "print-*.pdf")
        if lists:
            _note(runtime, actor, batch, "lists")
            count += _write(out, [prints.sign_off_of(runtime, batch)])
            count += _write(out, prints.slips_of(runtime, batch), sole="slips-*.pdf")
        speech.show({"files": count, "folder": str(out)}, as_json=as_json, code="paper_written")


@click.command("pdf", help=speech.text("help_honours_pdf"))
@click.argument("number")
@click.option("--out", type=entry.NEW_FILE, help=speech.line("option_out"))
@AS_JSON
def pdf(number: str, out: Path | None, as_json: bool) -> None:
    """Write one certificate as a signed PDF."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.reading() as work:
            row = certificates.load(work, actor, number)
        path = out or Path(f"{row['number']}.pdf")
        data = service.file_of(runtime, row["number"])
        _note(runtime, actor, row["number"], "pdf")
        files.replace(path, data)
        speech.show({"file": str(path)}, as_json=as_json, code="bundle_written")


@click.command("look", help=speech.text("help_honours_look"))
@click.argument("subject")
@with_look
@AS_JSON
def look(subject: str, as_json: bool, **given: Any) -> None:
    """Show or change how the paper of an institution or a programme looks."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.reading() as work:
            kept = looks.of_subject(work, subject)
        changed = _changed(kept, given)
        if changed != kept:
            with runtime.writing() as work:
                looks.change(work, actor, subject, changed)
        result = {
            "subject": subject,
            "template": changed.design,
            "title": changed.title,
            "signatories": [f"{each.title}={each.name}" for each in changed.signatories],
            "offset_x": changed.offset_x / 100,
            "offset_y": changed.offset_y / 100,
        }
        speech.show(result, as_json=as_json, code="look_line")


COMMANDS = (paper, pdf, look)


def _require(runtime: Runtime, actor: Operator, batch_id: str) -> None:
    with runtime.reading() as work:
        batch = approving.load(work, batch_id)
    if batch["institution_id"] not in entry.scopes(actor):
        raise NotFound("batch_unknown")


def _note(runtime: Runtime, actor: Operator, subject: str, kind: str) -> None:
    """Say who takes paper out, before any of it leaves: a run may die at its first file."""
    with runtime.writing() as work:
        trail.record(work, actor=actor.id, action="paper.read", object=subject, kind=kind)


def _look_of_batch(runtime: Runtime, batch_id: str, given: dict[str, Any]) -> Look:
    with runtime.reading() as work:
        programme_id = approving.load(work, batch_id)["programme_id"]
        kept = looks.of_programme_id(work, programme_id)
    return _changed(kept, given)


def _changed(kept: Look, given: dict[str, Any]) -> Look:
    """Return the look with what was given on the command line in its place."""
    values: dict[str, Any] = {
        name: given[name] for name in ("design", "title") if given[name] is not None
    }
    if given["signatories"]:
        values["signatories"] = tuple(_signatory(each) for each in given["signatories"])
    for name in ("offset_x", "offset_y"):
        if given[name] is not None:
            values[name] = round(given[name] * 100)
    return replace(kept, **values)


def _signatory(text: str) -> Signatory:
    title, mark, name = text.partition("=")
    if not mark:
        raise click.UsageError(speech.line("signatory_form"))
    return Signatory(title.strip(), name.strip())


def _present(folder: Path) -> set[str]:
    """Return the numbers whose files are in the folder already."""
    names = (path.stem.rpartition("-")[2] for path in folder.rglob("*.pdf"))
    return {name for name in names if _NUMBER.fullmatch(name)}


def _write(folder: Path, made: Iterable[File], sole: str | None = None) -> int:
    """Write files, each whole or not at all; say how far it is.

    `sole` names files of which only those are left that were made now: a part that an earlier run
    needed more would be printed as well, and somebody's page twice.
    """
    written = set()
    for file in made:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(path, file.data)
        written.add(path)
        if len(written) % 100 == 0:
            speech.tell("paper_progress", done=len(written))
    for path in folder.glob(sole) if sole else ():
        if path not in written:
            path.unlink()
    return len(written)
