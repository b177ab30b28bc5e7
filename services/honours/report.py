"""Say what a dry run found: as JSON for programs, as a table for a terminal.

JSON        {"format": "kexin/roster-report/v1", "clean", "counts", "sheet", "encoding",
            "heading_rows", "title_rows", "footer_rows", "hidden_rows", "hidden_columns",
            "other_sheets", "columns", "ignored_columns", "problems", "excluded"}
Problems    {"row", "column", "title", "value" (masked), "code", "params", "reason": {"zh", "en"},
            "remedy": {"zh", "en"}}
Neither holds an unmasked name or number of a person.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from services.honours.dry_run import Report
from services.honours.headings import Column
from services.honours.masking import visible
from services.honours.roster import Problem
from services.platform import texts

FORMAT = "kexin/roster-report/v1"

_DOMAIN = "honours"
_HEADINGS = ("row", "column", "title", "value", "reason", "remedy")


def to_json(report: Report) -> dict[str, Any]:
    """Return the whole report in JSON types, with the texts in both languages."""
    layout = report.layout
    return {
        "format": FORMAT,
        "clean": report.is_clean,
        "counts": counts(report),
        "sheet": visible(layout.sheet.name),
        "encoding": report.encoding,
        "heading_rows": list(layout.heading_rows),
        "title_rows": list(layout.title_rows),
        "footer_rows": list(layout.footer_rows),
        "hidden_rows": sorted(layout.sheet.hidden_rows),
        "hidden_columns": list(layout.sheet.hidden_columns),
        "other_sheets": [visible(name) for name in layout.other_sheets],
        "columns": [_column(column) for column in layout.columns],
        "ignored_columns": [_column(column) for column in report.ignored],
        "problems": [_problem(problem) for problem in report.problems],
        "excluded": [
            {
                "row": exclusion.row,
                "reason": exclusion.reason,
                "problems": [_problem(problem) for problem in exclusion.problems],
            }
            for exclusion in report.excluded
        ],
    }


def counts(report: Report) -> dict[str, int]:
    """Return how many rows there are of each sort; `problems` counts cells, not rows."""
    return {
        "rows": len(report.layout.body),
        "ok": len(report.rows),
        "bad": report.bad_rows,
        "excluded": len(report.excluded),
        "problems": len(report.problems),
    }


def table(report: Report, lang: str = texts.ZH) -> str:
    """Return the notices and the problems as lines of text, the first of them the sum."""
    lines = [_say("report_counts", lang, **counts(report)), *_notices(report, lang)]
    if report.problems:
        heads = [_say(f"report_{name}", lang) for name in _HEADINGS]
        rows = [_cells(problem, lang) for problem in report.problems]
        lines += ["", *_aligned([heads, *rows])]
    return "\n".join(lines) + "\n"


def _notices(report: Report, lang: str) -> list[str]:
    layout = report.layout
    found = {
        "report_hidden_rows": [str(row) for row in sorted(layout.sheet.hidden_rows)],
        "report_hidden_columns": layout.sheet.hidden_columns,
        "report_footer_rows": [str(row) for row in layout.footer_rows],
        "report_other_sheets": [visible(name) for name in layout.other_sheets],
        "report_ignored_columns": [f"{c.letter} {c.title}".strip() for c in report.ignored],
        "report_excluded": [f"{each.row} ({each.reason})" for each in report.excluded],
    }
    return [_say(code, lang, items="、".join(items)) for code, items in found.items() if items]


def _column(column: Column) -> dict[str, str | None]:
    field = None if column.field is None else column.field.value
    return {"column": column.letter, "title": column.title, "field": field}


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "column": problem.column,
        "title": problem.title,
        "value": problem.value,
        "code": problem.code,
        "params": dict(problem.params),
        "reason": texts.both(_DOMAIN, f"{problem.code}.reason", **problem.params),
        "remedy": texts.both(_DOMAIN, f"{problem.code}.remedy", **problem.params),
    }


def _cells(problem: Problem, lang: str) -> list[str]:
    place = [str(problem.row), problem.column, problem.title, problem.value]
    said = [_say(f"{problem.code}.{part}", lang, **problem.params) for part in ("reason", "remedy")]
    return place + said


def _say(code: str, lang: str, **params: object) -> str:
    return texts.say(_DOMAIN, code, lang, **params)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines whose columns begin at the same place; an ideograph is two places wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(symbol) in "WF" else 1 for symbol in text)
