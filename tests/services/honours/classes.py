"""Classes of pupils that do not exist, as rosters and as batches of a node."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, Table, delete, insert, select, text

from services.honours import changes, drafting, queries
from services.honours.approving import Approved
from services.honours.dry_run import Report
from services.platform import guarded
from services.status import queries as status_queries
from services.status.tables import STATUS_LIST
from tests.services.honours import books
from tests.services.honours.rosters import id_number
from tests.services.nodes import Node

NAME, XJH, ID, NO, AWARD = "姓名", "学籍号", "身份证号", "学号", "奖项"
MODEL, CADRE = "三好学生", "优秀学生干部"
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = "子丑寅卯辰巳午未申酉戌亥甲乙丙丁戊己庚辛"

Pupil = Mapping[str, str]


def pupil(number: int, award: str = MODEL, **changes: str) -> dict[str, str]:
    """Return a pupil with all three identifiers; `changes` replaces or, by "", leaves out."""
    name = SURNAMES[number % 20] + GIVEN[number // 20 % 20] + GIVEN[number // 400 % 20]
    identity = id_number(number % 1000, born=f"2012{1 + number // 1000 % 12:02d}04")
    made = {NAME: name, XJH: f"G{identity}", ID: identity, NO: f"{number:05d}", AWARD: award}
    titles = {"name": NAME, "xjh": XJH, "id": ID, "no": NO}
    return made | {titles[title]: value for title, value in changes.items()}


def pupils(count: int, first: int = 0) -> list[dict[str, str]]:
    return [pupil(number) for number in range(first, first + count)]


def roster(rows: Iterable[Pupil]) -> bytes:
    titles = (NAME, XJH, ID, NO, AWARD)
    return books.csv([titles, *([row[title] for title in titles] for row in rows)])


def examine(node: Node, rows: Iterable[Pupil], **order: Any) -> Report:
    actor = node.operator("school-a-preparer")
    return drafting.examine(node.runtime, actor, node.order(**order), roster(rows), "名单.csv")


def draft(node: Node, rows: Iterable[Pupil], **order: Any) -> str:
    actor = node.operator("school-a-preparer")
    made = drafting.draft(node.runtime, actor, node.order(**order), roster(rows), "名单.csv")
    batch_id, report = made
    assert batch_id is not None, report.problems
    return batch_id


def approved(node: Node, rows: Iterable[Pupil], **order: Any) -> Approved:
    return node.approve(draft(node, rows, **order))


def issue(node: Node, rows: Iterable[Pupil], **order: Any) -> list[str]:
    """Issue these pupils' certificates and anchor them; return the numbers of the batch."""
    batch_id = approved(node, rows, **order).batch_id
    node.work()
    return [row["number"] for row in certificates(node, batch_id)]


def certificates(node: Node, batch_id: str | None = None) -> Sequence[RowMapping]:
    with node.runtime.reading() as work:
        return queries.certificates(
            work.session, [node.ids["school-a"]], batch_id=batch_id, limit=100_000
        )


def rows(node: Node, batch_id: str) -> Sequence[RowMapping]:
    with node.runtime.reading() as work:
        return queries.batch_rows(work.session, batch_id)


def states(node: Node, batch_id: str) -> dict[str, int]:
    with node.runtime.reading() as work:
        return queries.row_states(work.session, batch_id)


def change(node: Node, action: str, numbers: Sequence[str], reason: str = "facts_wrong") -> str:
    """Let two people change the status of certificates; return the request."""
    request_id = ask(node, action, numbers, reason)
    actor = node.operator("school-a-approver")
    changes.approve(node.runtime, actor, request_id, **node.proof("school-a-approver"))
    return request_id


def ask(node: Node, action: str, numbers: Sequence[str], reason: str = "facts_wrong") -> str:
    actor = node.operator("school-a-preparer")
    with node.runtime.writing() as work:
        return changes.ask(work, actor, action=action, reason=reason, numbers=numbers)


def by_hand(node: Node, statement: str, **values: object) -> int:
    """Change the database as somebody with its password would; return how many rows."""
    with node.runtime.writing() as work:
        done = work.session.execute(text(statement), values)
        return int(getattr(done, "rowcount", 0))


def small_list(node: Node, capacity: int) -> None:
    """Let the first status list have few places."""
    with node.runtime.writing() as work:
        row = status_queries.status_list(work.session, 1)
        values = guarded.stamp(work.protect, STATUS_LIST, {**row, "capacity": capacity})
        status_queries.replace_list(work.session, values)


def copied(node: Node, *tables: Table) -> dict[Table, list[dict[str, Any]]]:
    """Return what stands in the tables."""
    with node.runtime.reading() as work:
        return {
            each: [dict(row) for row in work.session.execute(select(each)).mappings()]
            for each in tables
        }


def put_back(node: Node, rows: dict[Table, list[dict[str, Any]]]) -> None:
    """Replace tables by what once stood in them, as somebody with their copy would."""
    with node.runtime.writing() as work:
        for table in reversed(rows):
            work.session.execute(delete(table))
        for table, old in rows.items():
            if old:
                work.session.execute(insert(table), old)


def pass_notice(node: Node) -> None:
    node.clock.now += timedelta(days=1)
