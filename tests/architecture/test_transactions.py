"""Whoever opens a unit of work ends it, and that is one file."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALLOWED = {Path("services/platform/work.py")}
ENDS = {"commit", "rollback"}


def test_only_work_commits_or_rolls_back() -> None:
    guilty = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("identity", "ledger", "services")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.relative_to(ROOT) not in ALLOWED and "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ENDS
    ]
    assert not guilty, "runtime.writing() commits: services/platform/work.py"


def test_only_work_opens_sessions() -> None:
    guilty = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "services").rglob("*.py"))
        if path.relative_to(ROOT) not in ALLOWED
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"reading", "writing"}
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "database"
    ]
    assert not guilty, "sessions come from runtime.reading() and runtime.writing()"
