"""`make` is the front door: it lists its targets, and they do what the README says."""

import os
import re
import subprocess

from tests.architecture import tree

TARGETS = {"setup", "demo", "test", "check", "fix", "lock", "bench", "clean"}
TARGETS |= {"catalogues", "openapi"}


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=tree.ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_lists_its_targets() -> None:
    listed = make()
    assert listed.returncode == 0
    assert set(re.findall(r"^  make (\w+) ", listed.stdout, re.MULTILINE)) >= TARGETS


def test_every_target_can_be_made() -> None:
    for target in TARGETS:
        planned = make("--dry-run", target)
        assert planned.returncode == 0, planned.stderr


def test_the_readme_names_targets_that_exist() -> None:
    for page in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md"):
        text = (tree.ROOT / page).read_text("utf-8")
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
        assert named <= TARGETS, page


def test_the_demo_hands_its_settings_on() -> None:
    plan = make("--dry-run", "demo", "ONCE=1", "PORT=9000").stdout
    assert plan.splitlines()[-1] == "KEXIN_PORT=9000 .venv/bin/kexin demo --once"
    assert make("--dry-run", "demo").stdout.splitlines()[-1].strip().endswith("kexin demo")
