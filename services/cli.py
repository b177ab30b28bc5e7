"""The command line, `kexin`: each group is loaded when it is called, so that `verify` is quick.

Results go to stdout, progress and complaints to stderr. Exit: 0 done, 1 refused or failed, 2
wrong usage (and `verify`'s own 3). Errors are told in both languages, with their code.
"""

import sys
from importlib import import_module
from typing import Any

import click

from services.commands import speech

COMMANDS = {
    "verify": "services.evidence.command:verify",
    "login": "services.commands.people:login",
    "logout": "services.commands.people:logout",
    "honours": "services.commands.honours:honours",
    "institutions": "services.commands.registry:institutions",
    "registry": "services.commands.checkup:registry",
    "operators": "services.commands.people:operators",
    "keys": "services.commands.keys:keys",
    "trust": "services.commands.trust:trust",
    "authority": "services.commands.authority:authority",
    "status": "services.commands.status:status",
    "chain": "services.commands.chain:chain",
    "anchor": "services.commands.ledger:anchor",
    "log": "services.commands.ledger:log",
    "alarms": "services.commands.alarms:alarms",
    "serve": "services.commands.node:serve",
    "worker": "services.commands.node:worker",
    "init": "services.commands.node:init",
    "migrate": "services.commands.node:migrate",
    "health": "services.commands.node:health",
    "selftest": "services.commands.node:selftest",
    "demo": "services.commands.demo:demo",
}


class Lazy(click.Group):
    """A group that imports a command's module when somebody asks for the command."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run as a program: from here on a bug shows where it is, and no data."""
        sys.excepthook = speech.crashed
        return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the options of the program itself."""
        with speech.told():
            return super().make_context(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the catalogue, without loading any of them."""
        with formatter.section(speech.line("commands")):
            formatter.write_dl([(name, speech.line(f"help_{name}")) for name in COMMANDS])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; tell an error of ours instead of a stack trace."""
        with speech.told():
            return super().invoke(ctx)


@click.command(cls=Lazy, help=speech.text("help"))
@click.version_option(package_name="kexin")
def main() -> None:
    """Be the group of all commands."""
