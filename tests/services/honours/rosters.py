"""A small roster, and short ways to read it and to be refused."""

import pytest

from services.honours import sheet
from services.honours.cells import Sheet
from services.platform.errors import Invalid

HEADINGS = ("姓名", "学号", "奖项")
PUPILS = [HEADINGS, ("张伟", "00123", "三好学生"), ("阿依古丽·买买提", "00124", "三好学生")]


def texts(found: Sheet) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in found.rows]


def only(data: bytes, filename: str) -> Sheet:
    (found,) = sheet.read(data, filename).sheets
    return found


def refused(data: bytes, filename: str = "名单.xlsx") -> Invalid:
    with pytest.raises(Invalid) as caught:
        sheet.read(data, filename)
    return caught.value
