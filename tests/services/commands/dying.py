"""Runs of `kexin` that end in the middle: a process of its own that forks one for each.

Why       a typesetter that was used once has threads, and a fork has none of them: who forks may
          not have set a page himself. This process only loads the commands, and forks
Asked     on stdin, a line of JSON: `step`, `before`, `folder`, `part` and `command`
Answers   on stdout, a line: the exit status of the run
Steps     every opening, flushing and moving of a file below the folder

The one argument is the instant at which the clock stands.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from services.cli import main
from services.honours.paper import prints
from services.platform import clock
from tests.services.honours.test_crashes import Fuse


def watch(fuse: Fuse, folder: Path) -> None:
    """Let every use of the disk below the folder be a step."""
    opened: set[int] = set()
    plain_open = os.open

    def within(path: Any, *_: Any) -> bool:
        return Path(path).absolute().is_relative_to(folder.absolute())

    def remembered(path: Any, *given: Any, **named: Any) -> int:
        number = plain_open(path, *given, **named)
        (opened.add if within(path) else opened.discard)(number)
        return number

    os.open = _stepping(fuse, remembered, within)
    os.fsync = _stepping(fuse, os.fsync, opened.__contains__)
    Path.replace = _stepping(fuse, Path.replace, within)  # type: ignore[method-assign]


def _stepping(
    fuse: Fuse, call: Callable[..., Any], counts: Callable[..., bool]
) -> Callable[..., Any]:
    def step(*given: Any, **named: Any) -> Any:
        if not counts(*given):
            return call(*given, **named)
        return fuse.around(lambda: call(*given, **named))

    return step


def run(asked: dict[str, Any]) -> int:
    """Run one command in a child; return how it ended."""
    child = os.fork()
    if child == 0:
        sys.stdout = sys.stderr
        prints.PART = asked["part"]
        watch(Fuse(asked["step"], asked["before"]), Path(asked["folder"]))
        main(asked["command"], prog_name="kexin", standalone_mode=False)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    standing = datetime.fromisoformat(sys.argv[1])
    clock.system = lambda: standing
    for line in sys.stdin:
        sys.stdout.write(f"{run(json.loads(line))}\n")
        sys.stdout.flush()
