"""The measuring itself: whether it runs and says what it promises, never how fast it was."""

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import measure, table
from bench.__main__ import PARTS, main
from bench.measure import Measured, compare


@pytest.fixture
def thawed() -> Iterator[None]:
    """Give the collector back what measuring took from it."""
    yield
    gc.unfreeze()


@pytest.mark.slow
def test_everything_is_measured(tmp_path: Path, thawed: None) -> None:
    output = tmp_path / "results.json"
    done = CliRunner().invoke(main, ["--tiny", "--output", str(output)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    results = json.loads(output.read_text("utf-8"))
    assert {"cpu", "cores", "python", "openssl"} <= set(results["machine"])
    named = {(each["group"], each["name"]) for each in results["measured"]}
    assert len(named) == len(results["measured"])
    for name in ("SM2 sign", "issue", "inclusion proof", "kexin verify --offline"):
        assert name in {each for _, each in named}
        assert name in done.stdout
    assert all(each["cpu_us"] > 0 and each["wall_us"] > 0 for each in results["measured"])


def test_a_part_may_be_left_out(tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    arguments = ["--tiny", "--only", "tree", "--output", str(output)]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    groups = {each["group"] for each in json.loads(output.read_text("utf-8"))["measured"]}
    assert groups == {"log of 20 entries, SQLite"}
    assert set(PARTS) == {"primitives", "two_party", "tree", "issuing", "paper", "postgres"}


def test_subjects_are_compared_with_one_of_them() -> None:
    lines = compare(
        "sums",
        {"small": lambda: sum(range(10)), "large": lambda: sum(range(10_000))},
        rounds=3,
        against="small",
    )
    assert [(each.name, each.against) for each in lines] == [("small", "small"), ("large", "small")]
    small, large = lines
    assert small.ratio == 1
    assert large.ratio


def test_the_table_and_the_file_show_what_was_measured() -> None:
    lines = [
        Measured("group", "quick", 1_000, 1.5, 2.5),
        Measured("group", "slow", 2, 2_500_000, 3_000_000, 3.0, "quick", {"bytes": 7779}),
    ]
    shown = "\n".join(table.lines(lines))
    for text in ("group", "1.5 us", "2.50 s", "3.00 x quick", "7,779 B"):
        assert text in shown
    assert measure.as_json(lines[0]) == {
        "group": "group",
        "name": "quick",
        "items": 1000,
        "cpu_us": 1.5,
        "wall_us": 2.5,
    }
    assert measure.as_json(lines[1])["facts"] == {"bytes": 7779}
