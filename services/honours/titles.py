"""What schools call the columns of a roster.

Sources     headings of school spreadsheets; item names of the education data standards
            (JY/T 1001-1007: XM, XJH, XSXJH, SFZJH, XH, BH, NJ, XXBSM, …)
Comparing   spaces, case, width, stars and what stands in brackets do not matter in a heading,
            which is a label and not a fact: `plain` takes them away
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum


class Field(StrEnum):
    """What a column of a roster may say."""

    NAME = "name"
    AWARD = "award"
    XJH = "xjh"
    ID_NUMBER = "id_number"
    STUDENT_NO = "student_no"
    RANK = "rank"
    CLASS = "class"
    GRADE = "grade"
    SUBJECT = "subject"
    AWARD_DATE = "award_date"
    SCHOOL_CODE = "school_code"
    DOCUMENT_TYPE = "document_type"


IDENTIFIERS = (Field.XJH, Field.ID_NUMBER, Field.STUDENT_NO)
"""From the strongest to the weakest."""

TITLES: Mapping[Field, str] = {
    Field.NAME: "姓名 学生姓名 获奖学生 获奖人 学生 XM XSXM NAME",
    Field.AWARD: """
        奖项 奖项名称 荣誉 荣誉名称 荣誉称号 获奖名称 获奖荣誉 所获荣誉 所获奖项 称号 奖励名称
        JLMC JXMC RYMC RYCH AWARD""",
    Field.XJH: "学籍号 全国学籍号 学生学籍号 学籍号码 全国学籍号码 XJH XSXJH QGXJH",
    Field.ID_NUMBER: """
        身份证号 身份证号码 身份证 身份证件号 身份证件号码 公民身份号码 居民身份证号 证件号 证件号码
        SFZJH SFZH SFZHM IDNUMBER""",
    Field.STUDENT_NO: "学号 学生学号 校内学号 XH STUDENTNO",
    Field.RANK: "等次 名次 等级 奖项等级 获奖等级 获奖等次 获奖名次 奖次 奖级 HJDC HJDJ RANK",
    Field.CLASS: "班级 班 班别 所在班级 班级名称 班号 BJ BH BJMC BJDM CLASS",
    Field.GRADE: "年级 所在年级 年级名称 NJ GRADE",
    Field.SUBJECT: "科目 学科 KM XK SUBJECT",
    Field.AWARD_DATE: """
        获奖日期 日期 获奖时间 颁发日期 颁奖日期 授予日期 表彰日期 HJRQ JLRQ AWARDDATE""",
    Field.SCHOOL_CODE: "学校标识码 学校代码 学校编码 XXBSM XXDM SCHOOLCODE",
    Field.DOCUMENT_TYPE: "身份证件类型 证件类型 身份证类型 SFZJLX DOCUMENTTYPE",
}
"""The first title of each field is the one to recommend."""

_NOT_NEEDED = """
    序号 编号 NO 性别 XB 民族 MZ 备注 说明 BZ 学校 学校名称 XXMC 出生日期 出生年月 CSRQ CSNY
    联系电话 家长电话 电话 手机号 班主任 学籍辅号 XJFH 考号 KSH 准考证号 ZKZH"""

NOT_NEEDED = frozenset(_NOT_NEEDED.split())
"""Columns that many rosters have and no certificate shows."""

FIELDS: Mapping[str, Field] = {
    title: field for field, titles in TITLES.items() for title in titles.split()
}

_BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]")
_DECORATION = re.compile(r"[\s*:_·、.。]+")


def plain(title: str) -> str:
    """Return a heading without what does not matter in one."""
    text = unicodedata.normalize("NFKC", title)
    return _DECORATION.sub("", _BRACKETS.sub("", text)).upper()


def recommended(field: Field) -> str:
    """Return the heading to recommend for a field."""
    return TITLES[field].split()[0]


def is_known(title: str) -> bool:
    """Return whether a heading is one of ours, needed or not."""
    return plain(title) in FIELDS or plain(title) in NOT_NEEDED
