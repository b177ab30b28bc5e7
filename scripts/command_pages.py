"""Write docs/reference/commands.md from the commands themselves.

python scripts/command_pages.py            write it
python scripts/command_pages.py --check    write nothing; exit 1 if it is missing or stale
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["LC_ALL"] = "zh_CN.UTF-8"  # both languages: texts are read when commands are loaded

import click  # noqa: E402

from services.cli import main as kexin  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "commands.md"
_HEAD = (
    "# Commands\n\n"
    "Made by `python scripts/command_pages.py`; a test compares. Exit status: 0 done, 1 refused or "
    "failed, 2 wrong usage; `verify` and `log audit` also 3, undetermined.\n"
)


def page() -> str:
    """Return the whole page."""
    return "\n".join([_HEAD, *_commands(kexin, "kexin")]) + "\n"


def _commands(group: click.Group, path: str) -> Iterator[str]:
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        whole = f"{path} {name}"
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield from _command(command, whole)
        if isinstance(command, click.Group):
            yield from _commands(command, whole)


def _command(command: click.Command, path: str) -> Iterator[str]:
    pieces = command.collect_usage_pieces(click.Context(command, info_name=path))
    yield f"## `{' '.join([path, *(each for each in pieces if each != '[OPTIONS]')])}`\n"
    yield " · ".join((command.help or "").split("\n\n")) + "\n"
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        yield "| Option | |"
        yield "|---|---|"
        for option in options:
            yield f"| `{_spelling(option)}` | {_meaning(option)} |"
        yield ""


def _spelling(option: click.Option) -> str:
    name = "/".join(option.opts)
    if option.is_flag:
        return name
    return f"{name} {option.make_metavar(click.Context(click.Command('x')))}".replace("|", "\\|")


def _meaning(option: click.Option) -> str:
    needed = " **(required)**" if option.required else ""
    return (option.help or "").replace("|", "\\|") + needed


def main(arguments: list[str]) -> int:
    """Write or check; return the exit status."""
    stale = not PAGE.exists() or PAGE.read_text("utf-8") != page()
    if stale:
        print(PAGE.name)
        if "--check" not in arguments:
            PAGE.write_text(page(), "utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
