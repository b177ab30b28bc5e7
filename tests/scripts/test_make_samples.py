"""The sample rosters are what their README says, and what the script writes."""

import re
from datetime import date
from pathlib import Path

import pytest

from scripts import make_samples
from services.honours import dry_run, sheet
from services.honours.dry_run import Report
from services.honours.rules import Rules

SCHOOL_A = Rules(
    today=date(2026, 11, 24),
    award_date=date(2026, 6, 1),
    awards=("三好学生", "优秀学生干部"),
    school_codes=("3141000001",),
)
SCHOOL_B = Rules(
    today=date(2026, 11, 24),
    award_date=date(2026, 6, 1),
    awards=("科技创新奖",),
    ranks=("一等奖", "二等奖", "三等奖"),
    school_codes=("2141000001",),
)


def check(name: str, rules: Rules) -> Report:
    data = (make_samples.SAMPLES / name).read_bytes()
    return dry_run.check(sheet.read(data, name), rules)


def test_school_a_is_clean_and_as_ugly_as_real_ones() -> None:
    report = check("school-a.xlsx", SCHOOL_A)

    assert report.is_clean, report.problems
    assert len(report.rows) == 30
    assert report.layout.heading_rows == (2, 3)
    assert report.layout.title_rows == (1,)
    assert report.layout.footer_rows == (35,)
    assert sum(row.name == "张伟" for row in report.rows) == 2
    assert all(row.student_no is not None and row.student_no[:2] == "00" for row in report.rows)


def test_school_b_is_clean_gb_18030() -> None:
    report = check("school-b.csv", SCHOOL_B)

    assert report.is_clean, report.problems
    assert len(report.rows) == 30
    assert report.encoding == "gb18030"
    assert {row.award_date for row in report.rows} == {date(2026, 6, 1)}


def test_both_schools_have_rare_characters_and_middle_dots() -> None:
    for name, rules in (("school-a.xlsx", SCHOOL_A), ("school-b.csv", SCHOOL_B)):
        letters = "".join(row.name for row in check(name, rules).rows)
        assert set("𠅤𬭎㛃龘·") <= set(letters)


def test_the_third_has_exactly_the_seven_mistakes_of_the_readme() -> None:
    report = check("school-c-seven-mistakes.xlsx", SCHOOL_A)
    readme = (make_samples.SAMPLES / "README.md").read_text("utf-8")

    listed = re.findall(r"^\| ([A-Z][0-9]+) \|.*\| `([a-z_]+)` \|$", readme, re.MULTILINE)

    assert len(listed) == 7
    assert [(f"{p.column}{p.row}", p.code) for p in report.problems] == listed
    assert len(report.rows) == 5


@pytest.mark.parametrize("name", sorted(make_samples.FILES))
def test_the_script_writes_what_is_kept(name: str, tmp_path: Path) -> None:
    assert make_samples.main([str(tmp_path)]) == 0

    made = sheet.read((tmp_path / name).read_bytes(), name)

    assert made == sheet.read((make_samples.SAMPLES / name).read_bytes(), name)
