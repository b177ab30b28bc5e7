"""A small roster with two mistakes, and uploading one as a clerk does."""

from typing import Any

from tests.services.browsing import Page, Person
from tests.services.honours import books

HEADINGS = ("姓名", "学号", "班级", "奖项")
ROWS = [
    HEADINGS,
    ("李 明", "00201", "九(6)班", "三好学生"),
    ("王芳", "00202", "九(6)班", "三好生"),
    ("周小舟", "00203", "九(6)班", "三好学生"),
]


def upload(clerk: Person, sheet: Any = ROWS, filename: str = "名册.xlsx", **said: Any) -> Page:
    order = clerk.api.node.order()
    values = {
        "programme_id": order.programme_id,
        "period": order.period,
        "award_on": order.award_on,
        "notice_place": order.notice_place,
        "notice_from": order.notice_from,
        "notice_to": order.notice_to,
    }
    data = sheet if isinstance(sheet, bytes) else books.xlsx(sheet)
    form = clerk.open("/rosters/new").form("/rosters")
    return form.send(clerk, file=(filename, data), **{**values, **said})
