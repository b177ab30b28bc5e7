"""The page about the commands says what the commands say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_made_of_the_commands() -> None:
    command = [sys.executable, "scripts/command_pages.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, "run python scripts/command_pages.py"


def test_the_page_speaks_both_languages_wherever_it_is_made() -> None:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    assert "## `kexin verify FILE...`" in text
    assert "离线" in text
    assert "offline" in text
