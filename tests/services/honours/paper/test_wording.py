"""What a certificate says on paper."""

import pytest

from identity import codes, credential
from services.honours.paper import wording
from services.honours.paper.wording import Issued, Signatory
from tests.services.evidence import world

NUMBER = codes.number("3441000001", 2026, "comprehensive", 123)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("2026-06-18", "二〇二六年六月十八日"),
        ("2026-10-10", "二〇二六年十月十日"),
        ("2026-11-20", "二〇二六年十一月二十日"),
        ("2026-12-31", "二〇二六年十二月三十一日"),
        ("2030-01-01", "二〇三〇年一月一日"),
    ],
)
def test_a_day_in_words(written: str, spoken: str) -> None:
    assert wording.day(written) == spoken


@pytest.mark.parametrize(
    ("claims", "prize", "said"),
    [
        ({}, False, "被评为校级"),
        ({"period": "2025—2026 学年"}, False, "在2025—2026 学年中，被评为校级"),
        ({"programme": "科技节"}, True, "在科技节中，荣获校级"),
        (
            {"period": "2025—2026 学年", "programme": "科技节"},
            True,
            "在2025—2026 学年“科技节”中，荣获校级",
        ),
        (
            {"period": "2025-2026学年", "programme": "2025—2026 学年校级表彰"},
            False,
            "在2025—2026 学年校级表彰中，被评为校级",
        ),
        (
            {"programme": "表彰", "statement": "品德优良，学业勤勉。"},
            False,
            "在表彰中，品德优良，学业勤勉，被评为校级",
        ),
        ({"programme": "竞赛", "subject": "数学"}, True, "在竞赛中，荣获校级数学学科"),
    ],
)
def test_the_sentence_that_leads_to_the_award(
    claims: dict[str, str], prize: bool, said: str
) -> None:
    assert wording.lead(claims, level="school", prize=prize) == said


def test_numbers_and_codes_stand_in_groups() -> None:
    assert wording.grouped_number(NUMBER) == ("3441000001", "2026", NUMBER[14:])
    assert wording.grouped_code("7KQ2M9XW4HD0RT3F") == ("7KQ2", "M9XW", "4HD0", "RT3F")


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("https://kx.qinghe.example/v", "kx.qinghe.example/v"),
        ("http://127.0.0.1:8400/v", "127.0.0.1:8400/v"),
        ("https://edu.example/kexin/v", "edu.example/kexin/v"),
    ],
)
def test_the_entry_is_what_a_person_types(address: str, entry: str) -> None:
    assert wording.entry(address) == entry


def issued(**changes: object) -> Issued:
    plain: dict[str, object] = {
        "number": NUMBER,
        "code": "7KQ2M9XW4HD0RT3F",
        "institution": "郑州市示范高级中学",
        "address": "https://kexin.zz.example/v",
    }
    return Issued(**{**plain, **changes})  # type: ignore[arg-type]


def test_a_title_and_a_prize_are_named_as_such() -> None:
    title = wording.sheet(credential.parse(world.sd_jwt()), issued(), "<svg/>")
    claims = {**world.CLAIMS, "award": "科技创新", "rank": "first"}
    prize = wording.sheet(credential.parse(world.sd_jwt(claims)), issued(), "<svg/>")

    assert (title["title"], title["award"]) == ("荣誉证书", "三好学生")
    assert (prize["title"], prize["award"]) == ("获奖证书", "科技创新　一等奖")
    assert "荣获" in str(prize["lead"])


def test_no_rank_is_no_word() -> None:
    claims = {**world.CLAIMS, "rank": "none"}
    sheet = wording.sheet(credential.parse(world.sd_jwt(claims)), issued(), "<svg/>")

    assert (sheet["award"], sheet["title"]) == ("三好学生", "荣誉证书")


def test_the_looks_title_and_signatories_go_before_ours() -> None:
    sheet = wording.sheet(
        credential.parse(world.sd_jwt()),
        issued(title="奖状", signatories=(Signatory("校长", "周明远"),), test=True),
        "<svg/>",
    )

    assert (sheet["title"], sheet["test"]) == ("奖状", True)
    assert sheet["signatories"] == [{"name": "周明远", "title": "校长"}]


def test_a_contest_carries_its_sentence() -> None:
    sheet = wording.sheet(credential.parse(world.contest()), issued(), "<svg/>")

    assert sheet["notice"] == {
        "approval_number": "教监管厅函〔2026〕1号",
        "sentence": "不作为中小学招生入学依据",
    }
