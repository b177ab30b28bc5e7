"""Passwords that are tried first: words and runs that many people choose.

A password counts as common if what is left of it without digits and marks around it is one of
WORDS, or if the whole is a run along the alphabet, the digits or a row of keys, or one text
repeated. That catches `Password2026!` and `woaini1314` without a list of millions; a larger list
is a matter of the service that knows a source for it.
"""

import re

_TEXT = """
    abc abcd admin administrator aini aishiteru baobao baobei beijing changeme china computer
    default dragon family flower football forever friend guanli guanliyuan guest happy hello henan
    honghong huanying iloveyou jiaoshi jiaoyu kexin kexinpassword laoshi letmein login love loveyou
    master mima mimamima monkey mypassword office operator p@ssw0rd pa55word pass passw0rd passwd
    password princess qwer qwerty qwertyuiop root school secret shanghai student sunshine superman
    superuser sysadmin system taobao teacher temp temppass test tester testing tiantian tianxia
    user username welcome woaini woaiwo woaiwojia woaizhongguo xiaoming xiaoxue xuesheng xuexiao
    yonghu zhanghao zhengzhou zhongguo zhongxue 可信 学校 学生 密码 教师 管理员 老师
    郑州 中国 我爱你
"""
WORDS = frozenset(_TEXT.split())

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "!@#$%^&*()",
)
_RUNS = _ROWS + tuple(row[::-1] for row in _ROWS)
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SHORTEST_RUN = 4


def is_common(text: str) -> bool:
    """Return whether many people would choose this password."""
    folded = text.casefold()
    return _AROUND.sub("", folded) in {"", *WORDS} or _is_run(folded) or _repeats(folded)


def _is_run(text: str) -> bool:
    """Return whether the whole text is made of runs along a row, each of several keys."""
    at = 0
    while at < len(text):
        length = max(_run_length(text[at:], row) for row in _RUNS)
        if length < _SHORTEST_RUN:
            return False
        at += length
    return True


def _run_length(text: str, row: str) -> int:
    """Return how many characters at the start of the text follow the row."""
    length = 0
    while length < len(text) and text[: length + 1] in row:
        length += 1
    return length


def _repeats(text: str) -> bool:
    """Return whether the text is a shorter one written several times."""
    return text in (text + text)[1:-1]
