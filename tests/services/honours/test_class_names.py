"""Which spellings are one class, and when another one is proposed."""

from typing import Any

import pytest

from services.honours import class_names
from services.honours.class_names import suggest
from tests.services.honours.rosters import check

HEADINGS = ("姓名", "学号", "班级", "奖项")
GRADED = ("姓名", "学号", "年级", "班级", "奖项")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("九3班", "九(3)班"),
        ("九（3）班", "九(3)班"),
        ("九 (3) 班", "九(3)班"),
        ("高2(三)班", "高二（3）班"),
        ("高二十二班", "高二(12)班"),
        ("高一(10)班", "高一十班"),
        ("三年级2班", "三(2)班"),
        ("小学三年级第2班", "小三（2）班"),
        ("3(2)班", "三(2)班"),
        ("九3", "九(3)班"),
    ],
)
def test_the_same_class(one: str, other: str) -> None:
    assert class_names.key(one) == class_names.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("高二十二班", "高二(2)班"),
        ("初三(1)班", "九(1)班"),
        ("12班", "一(2)班"),
        ("2023级3班", "2024级3班"),
        ("实验一班", "实验二班"),
        ("高三(1)班", "初三(1)班"),
    ],
)
def test_another_class(one: str, other: str) -> None:
    assert class_names.key(one) != class_names.key(other)


def rows(*classes: str) -> list[tuple[Any, ...]]:
    return [
        HEADINGS,
        *(
            (f"张{'甲乙丙丁戊己'[n]}", f"001{n:02d}", each, "三好学生")
            for n, each in enumerate(classes)
        ),
    ]


def test_the_spelling_of_earlier_certificates_is_proposed() -> None:
    [found] = suggest(check(rows("九3班", "九(4)班", "九3班")), ["九(3)班", "九(4)班"])
    assert (found.written, found.known, found.rows) == ("九3班", "九(3)班", (2, 4))
    assert found.cells == {2: "九(3)班", 4: "九(3)班"}


def test_two_earlier_spellings_propose_nothing() -> None:
    assert suggest(check(rows("九3班")), ["九(3)班", "九（3）班"]) == []


def test_a_new_class_is_no_mistake() -> None:
    assert suggest(check(rows("九5班")), ["九(3)班"]) == []


def test_the_first_roster_is_measured_by_its_own_majority() -> None:
    [found] = suggest(check(rows("九(3)班", "九(3)班", "九3班")), [])
    assert found.known == "九(3)班"
    assert suggest(check(rows("九(3)班", "九3班")), []) == []


def test_the_grade_may_stand_in_a_column_of_its_own() -> None:
    sheet = [GRADED, ("张甲", "00101", "九", "3班", "三好学生")]
    [found] = suggest(check(sheet), ["九(3)班"])
    assert found.cells == {2: "(3)班"}
    assert suggest(check(sheet), ["初三(3)班"]) == []


def test_a_grade_that_is_written_otherwise_is_left_alone() -> None:
    sheet = [GRADED, ("张甲", "00101", "9", "(3)班", "三好学生")]
    assert suggest(check(sheet), ["九(3)班"]) == []


def test_without_classes_nothing_is_proposed() -> None:
    sheet = [("姓名", "学号", "奖项"), ("张甲", "00101", "三好学生")]
    assert suggest(check(sheet), ["九(3)班"]) == []
