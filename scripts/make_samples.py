"""Write the sample rosters in samples/: 60 fictitious pupils of two schools, and seven mistakes.

    python scripts/make_samples.py [FOLDER]

Every person, school and number is invented: the district 419900 does not exist, the check
digits are right. Running it again gives the same files. samples/README.md says what is in them.
"""

import re
import sys
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import openpyxl
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from identity.check_characters import mod_11_2

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
DISTRICT = "419900"
A_LONG_TIME_AGO = (2026, 6, 1, 0, 0, 0)

A_NAMES = """
    张伟 张伟 王芳 李娜 刘洋 陈思远 杨雨桐 赵子涵 黄𬭎 周㛃 吴龘 徐梓萱 孙浩然 马晓燕 朱嘉怡
    胡俊杰 郭𠅤 何静怡 高明轩 林可欣 罗一鸣 梁若曦 宋天佑 阿依古丽·买买提 迪丽努尔·艾合买提
    唐雅婷 许博文 邓欣妍 冯子墨 欧阳文博"""
B_NAMES = """
    韩雨泽 曹梦瑶 彭佳琪 曾俊熙 萧诗涵 田宇航 董子轩 潘欣怡 袁梓豪 蔡雨萱 蒋奕辰 余思琪 于𬭎
    杜明哲 叶子涵 程㛃 魏嘉豪 苏婉清 吕浩宇 丁若彤 沈龘 任天翔 姚紫萱 卢晨曦 傅𠅤 钟灵
    古丽米热·吐尔逊 买买提江·阿不力孜 陆一诺 司马青云"""
C_NAMES = (
    *("李 明", "古丽扎尔・艾山", "赵\ue863", "钱多多", "孙小圣", "周小舟"),
    *("吴小语", "郑小航", "冯小雅", "陈小松", "褚小棠", "卫小宁"),
)


def register_number(place: int, *, born_in: int) -> str:
    """Return the 学籍号 of the pupil at a place of the list: G and a valid ID number."""
    birthday = f"{born_in}{place % 12 + 1:02d}{place * 7 % 28 + 1:02d}"
    body = f"{DISTRICT}{birthday}{place * 13 % 900 + 17:03d}"
    return "G" + body + mod_11_2(body)


def school_a() -> bytes:
    """Return the workbook of school A: a title, headings of two lines, a footer."""
    book = openpyxl.Workbook()
    sheet = _first(book, "表彰名单")
    sheet.append(["中原市明德中学（示范）2025—2026 学年表彰名单"])
    sheet.append(["序号", "学生信息", "", "", "", "", "获奖信息", "备注"])
    sheet.append(["", "姓名", "性别", "班级", "学籍号", "学号", "荣誉称号", ""])
    for place, name in enumerate(A_NAMES.split()):
        award = "优秀学生干部" if place % 6 == 5 else "三好学生"
        sex, form = "男女"[place % 2], f"九({place // 8 + 1})班"
        number = f"00{place + 101}"
        row = [place + 1, name, sex, form, register_number(place, born_in=2011), number, award]
        sheet.append(row)
    sheet.append([])
    sheet.append(["制表人：教务处（示范）", "", "", "", "审核：校办（示范）"])
    for merged in ("A1:H1", "A2:A3", "B2:F2", "H2:H3"):
        sheet.merge_cells(merged)
    _dress(sheet, last_heading=3)
    return _fixed(book)


def school_b() -> bytes:
    """Return the table of school B: item names of the data standards, GB 18030, no quotes."""
    lines = ["XXBSM,XM,XB,BJ,XH,XJH,JXMC,HJDC,HJRQ"]
    for place, name in enumerate(B_NAMES.split()):
        rank = ("一等奖", "二等奖", "三等奖")[place % 3]
        known = f"{name},{place % 2 + 1},五({place // 10 + 1})班,0{place + 501}"
        register = register_number(place + 300, born_in=2015)
        lines.append(f"2141000001,{known},{register},科技创新奖,{rank},2026-06-01")
    return "".join(line + "\r\n" for line in lines).encode("gb18030")


def school_c() -> bytes:
    """Return a workbook with seven mistakes, each in a row of its own."""
    book = openpyxl.Workbook()
    sheet = _first(book, "名单")
    sheet.append(["姓名", "学籍号", "学号", "班级", "奖项", "获奖日期"])
    for place, name in enumerate(C_NAMES):
        register, number = register_number(place + 600, born_in=2011), f"00{place + 201}"
        sheet.append([name, register, number, "九(6)班", "三好学生", "2026-06-01"])
    right = str(sheet["B5"].value)
    sheet["B5"] = right[:-2] + str((int(right[-2]) + 1) % 10) + right[-1]
    sheet["C6"] = 205
    sheet["E7"] = "三好生"
    sheet["F8"] = "2026-06-31"
    _dress(sheet, last_heading=1)
    return _fixed(book)


FILES = {
    "school-a.xlsx": school_a,
    "school-b.csv": school_b,
    "school-c-seven-mistakes.xlsx": school_c,
}


def _first(book: openpyxl.Workbook, title: str) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    return sheet


def _dress(sheet: Worksheet, *, last_heading: int) -> None:
    """Make it look as rosters look: bold centred headings, wide columns, text cells."""
    for row in sheet.iter_rows(max_row=last_heading):
        for cell in row:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(horizontal="center", vertical="center")
    for row in sheet.iter_rows(min_row=last_heading + 1):
        for cell in row:
            if isinstance(cell.value, str):
                cell.number_format = "@"
    for letter, width in zip("ABCDEFGH", (8, 22, 22, 12, 24, 12, 16, 12), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = f"A{last_heading + 1}"


def _fixed(book: openpyxl.Workbook) -> bytes:
    """Return the workbook without the time of its making."""
    made, target = BytesIO(), BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(target, "w") as fixed:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"[0-9-]{10}T[0-9:]{8}Z", b"2026-06-01T00:00:00Z", content)
            info = zipfile.ZipInfo(name, A_LONG_TIME_AGO)
            fixed.writestr(info, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def main(arguments: Sequence[str]) -> int:
    """Write the files; return the exit status."""
    folder = Path(arguments[0]) if arguments else SAMPLES
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in FILES.items():
        (folder / name).write_bytes(make())
        print(folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
