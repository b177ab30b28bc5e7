"""A node with one school, and a roster as long as one likes. Nobody in it exists."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from identity.check_characters import mod_11_2
from services.honours.cells import MAX_ROWS
from services.platform import clock
from tests.services import nodes
from tests.services.nodes import Node

SCHOOL = "school-a"
MOST_PUPILS = MAX_ROWS - 1
"""Pupils of one file; the headings are a row as well."""

HEADINGS = ("学籍号", "姓名", "年级", "班级", "学号", "奖项")
AWARD = "三好学生"
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = "子丑寅卯辰巳午未申酉戌亥甲乙丙丁戊己庚辛"
BEHIND = timedelta(hours=1)
"""The node's clock runs ahead while it works; at the end it must not be ahead of ours."""


@contextmanager
def opened(folder: Path, url: str | None) -> Iterator[Node]:
    """Open a new node on a database, by default SQLite in the folder."""
    home = folder / "home"
    start = clock.system() - BEHIND
    now, ids, programmes = nodes.build(home, url, nodes.READY, start)
    with nodes.few_rounds(), nodes.opened(home, url, now) as node:
        node.ids.update(ids)
        node.programmes.update(programmes)
        yield node


def roster(start: int, stop: int) -> Iterator[tuple[str, ...]]:
    """Yield the headings and the pupils [start, stop): each has three identifiers, none twice."""
    yield HEADINGS
    for number in range(start, stop):
        name = SURNAMES[number % 20] + GIVEN[number // 20 % 20] + GIVEN[number // 400 % 20]
        born = date(2012, 1, 1) + timedelta(days=number // 999)
        body = f"419900{born:%Y%m%d}{number % 999 + 1:03d}"
        xjh = f"G{body}{mod_11_2(body)}"
        yield xjh, name, "高一", f"({number % 20 + 1})班", f"{number:08d}", AWARD
