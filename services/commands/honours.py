"""kexin honours: the group; its commands stand in batches.py and certificates.py."""

import click

from services.commands import batches, certificates, speech


@click.group(cls=speech.Group, help=speech.text("help_honours"))
def honours() -> None:
    """Be the group."""


for command in (*batches.COMMANDS, *certificates.COMMANDS):
    honours.add_command(command)
