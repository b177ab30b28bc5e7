"""kexin honours: the group; its commands stand in batches.py, certificates.py and paper.py."""

import click

from services.commands import batches, certificates, paper, speech


@click.group(cls=speech.Group, help=speech.text("help_honours"))
def honours() -> None:
    """Be the group."""


for command in (*batches.COMMANDS, *certificates.COMMANDS, *paper.COMMANDS):
    honours.add_command(command)
