"""The command line, `kexin`: each group is loaded when it is called, so that `verify` is quick.

Results go to stdout, progress and complaints to stderr. Exit: 0 done, 1 refused or failed, 2
wrong usage (and `verify`'s own 3). Errors of ours are told in both languages, with their code.
"""

from importlib import import_module

import click

from services.commands import speech

COMMANDS = {
    "verify": "services.evidence.command:verify",
    "login": "services.commands.people:login",
    "logout": "services.commands.people:logout",
    "operators": "services.commands.people:operators",
    "honours": "services.commands.honours:honours",
    "institutions": "services.commands.registry:institutions",
    "keys": "services.commands.registry:keys",
    "trust": "services.commands.trust:trust",
    "anchor": "services.commands.ledger:anchor",
    "log": "services.commands.ledger:log",
    "serve": "services.commands.node:serve",
    "worker": "services.commands.node:worker",
    "migrate": "services.commands.node:migrate",
    "init": "services.commands.node:init",
    "selftest": "services.commands.node:selftest",
    "demo": "services.commands.demo:demo",
}


class Lazy(click.Group):
    """A group that imports a command's module when somebody asks for the command."""

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
