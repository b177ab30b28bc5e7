"""kexin status: the node's status lists as files."""

from pathlib import Path

import click

from identity import instants
from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.platform import files
from services.status import lists
from services.status.packs import Packs


@click.group(cls=speech.Group, help=speech.text("help_status"))
def status() -> None:
    """Be the group."""


@status.command("pack", help=speech.text("help_status_pack"))
@click.option(
    "-o", "--output", required=True, type=entry.NEW_FILE, help=speech.line("option_pack_output")
)
@AS_JSON
def pack(output: Path, as_json: bool) -> None:
    """Write all status lists of the node into one signed file, for a day without a network."""
    with entry.runtime() as runtime:
        lists.publish(runtime)
        made = Packs(runtime).newest()
        files.replace(output, made.data, mode=files.PUBLIC)
        result = {
            "file": str(output),
            "bytes": len(made.data),
            "expires": instants.write(made.expires_at),
        }
        speech.show(result, as_json=as_json, code="status_pack_made")
