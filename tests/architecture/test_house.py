"""The rules of the house that no linter knows. Each message is the rule."""

import ast
import re

from tests.architecture import tree

FUNCTION_LINES = 60
FILE_LINES = 400
SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "lib"}
MIGRATION = "services/migrations/versions/"
"""A migration is written once, by a machine first, and never changed: no size is asked of it."""


def test_packages_are_empty() -> None:
    full = [
        str(path)
        for path, module in tree.python(*tree.ROOMS)
        if path.name == "__init__.py" and module.body
    ]
    assert not full, "an __init__.py with code loads it for everyone who imports a neighbour"


def test_every_folder_of_the_house_is_a_package() -> None:
    folders = {path.parent for path, _ in tree.python(*tree.HOUSE)}
    bare = [str(folder) for folder in folders if not (tree.ROOT / folder / "__init__.py").exists()]
    assert not bare, "without __init__.py import-linter and mypy pass a folder by"


def test_tests_are_not_packages() -> None:
    assert not list((tree.ROOT / "tests").rglob("__init__.py")), (
        "tests/crypto/__init__.py would make pytest import tests/crypto as `crypto`"
    )


def test_names_say_something() -> None:
    empty = [str(path) for path, _ in tree.python(*tree.PLACES) if path.stem in SAY_NOTHING]
    assert not empty, "name the module after what it holds"


def own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without those of the functions in it."""
    inner = (node for each in function.body for node in ast.walk(each))
    nested = [node for node in inner if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {number for node in nested for number in range(node.lineno, _end(node) + 1)}
    return len(set(range(function.lineno, _end(function) + 1)) - inside)


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def test_functions_fit_a_screen() -> None:
    long = [
        f"{path}:{node.lineno} {node.name}"
        for path, module in tree.python(*tree.ROOMS)
        if not path.as_posix().startswith(MIGRATION)
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and own_lines(node) > FUNCTION_LINES
    ]
    assert not long, f"look twice at 40 lines, split at {FUNCTION_LINES}"


def test_files_are_small() -> None:
    long = [
        f"{path}: {lines} lines"
        for path, _ in tree.python(*tree.ROOMS)
        if not path.as_posix().startswith(MIGRATION)
        and (lines := len((tree.ROOT / path).read_text("utf-8").splitlines())) > FILE_LINES
    ]
    assert not long, f"a file of more than {FILE_LINES} lines holds more than one noun"


def test_nothing_is_caught_blindly() -> None:
    blind = [
        f"{path}:{node.lineno}"
        for path, module in tree.python(*tree.ROOMS)
        for node in ast.walk(module)
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
    ]
    assert not blind, "name what you can answer for; the rest must be seen"


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise NotImpl" + r"emented")
    left = [
        f"{path}:{number}"
        for path, text in tree.texts()
        if path.parts[0] in (*tree.ROOMS, "tests") and "vectors" not in path.parts
        for number, line in enumerate(text.splitlines(), start=1)
        if later.search(line)
    ]
    assert not left, "a limit is said in the docs, a wish is an issue; code has neither"


def test_dataclasses_have_slots() -> None:
    loose = [
        f"{path}:{node.lineno} {node.name}"
        for path, module in tree.python(*tree.HOUSE)
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if ast.unparse(decorator).startswith(("dataclass", "dataclasses.dataclass"))
        and "slots=True" not in ast.unparse(decorator)
    ]
    assert not loose, "a misspelt attribute must fail: @dataclass(frozen=True, slots=True)"
