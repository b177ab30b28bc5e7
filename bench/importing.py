"""A large roster from its file to the report of the dry run."""

from bench import school
from bench.measure import Measured, memory, watch
from services.honours import drafting, sheet
from tests.services.honours import books
from tests.services.nodes import Node


def run(node: Node, rows: int) -> list[Measured]:
    """Read a workbook, then examine it against the node's database; nothing is stored."""
    group = f"roster of {rows:,} rows"
    data = books.xlsx(school.roster(0, rows))
    actor = node.operator(f"{school.SCHOOL}-preparer")
    with watch() as read:
        sheet.read(data, "roster.xlsx")
    with watch() as examined:
        report = drafting.examine(node.runtime, actor, node.order(), data, "roster.xlsx")
    assert len(report.rows) == rows, report.problems[:1]
    return [
        read.of(group, "read the .xlsx", rows, bytes=len(data)),
        examined.of(group, "dry run, reading included", rows, peak_mib=memory()),
    ]
