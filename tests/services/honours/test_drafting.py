"""From roster to draft: who is known already, what a preparer says, and many drafts at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.honours import approving, drafting, programmes, queries
from services.honours.dry_run import Accepted
from services.honours.programmes import NewProgramme
from services.honours.remarks import texts as remarks
from services.platform.errors import Conflict, Invalid, NotFound, Refused
from services.registry import institutions
from tests.services.honours import classes, invariants
from tests.services.honours.classes import CADRE, pupil, pupils
from tests.services.nodes import Node


def problems(node: Node, rows: Sequence[classes.Pupil], **order: Any) -> list[tuple[int, str]]:
    report = classes.examine(node, rows, **order)
    return [(each.row, each.code) for each in report.problems]


WEAKER = [
    pytest.param({"xjh": ""}, id="without-student-register"),
    pytest.param({"xjh": "", "id": ""}, id="student-number-alone"),
    pytest.param({"no": ""}, id="without-student-number"),
    pytest.param({"id": "", "no": ""}, id="student-register-alone"),
    pytest.param({"xjh": "", "no": ""}, id="id-number-alone"),
    pytest.param({"name": "改了名"}, id="another-name"),
]


@pytest.mark.parametrize("changes", WEAKER)
@pytest.mark.parametrize("issued_first", [True, False], ids=["issued", "drafted"])
def test_a_pupil_is_known_by_any_identifier(
    sqlite_node: Node, changes: dict[str, str], issued_first: bool
) -> None:
    start = classes.issue if issued_first else classes.draft
    start(sqlite_node, pupils(3))
    again = [pupil(1, **changes), pupil(7)]
    assert problems(sqlite_node, again) == [(2, "duplicate_in_database")]


@pytest.mark.parametrize("changes", WEAKER)
def test_a_stronger_identifier_later_finds_a_weaker_one_before(
    sqlite_node: Node, changes: dict[str, str]
) -> None:
    classes.issue(sqlite_node, [pupil(1, **changes)])
    assert problems(sqlite_node, [pupil(1)]) == [(2, "duplicate_in_database")]


def test_another_award_period_or_school_is_no_duplicate(node: Node) -> None:
    classes.issue(node, pupils(2))
    assert not problems(node, [pupil(1, CADRE)])
    assert not problems(node, [pupil(1)], period="2026—2027 学年")
    actor = node.operator("school-b-preparer")
    rows = classes.roster([pupil(1, "科技创新奖")])
    report = drafting.examine(node.runtime, actor, node.order("school-b"), rows, "名单.csv")
    assert report.is_clean


def test_of_many_drafts_at_once_one_is_stored(node: Node) -> None:
    with ThreadPoolExecutor(8) as pool:
        drafts = [pool.submit(_draft, node) for _ in range(50)]
        made = [each.result() for each in drafts]
    assert len([batch for batch in made if batch is not None]) == 1
    with node.runtime.reading() as work:
        assert len(queries.batches(work.session, [node.ids["school-a"]], limit=100)) == 1
    invariants.check(node)


def _draft(node: Node) -> str | None:
    actor = node.operator("school-a-preparer")
    data = classes.roster(pupils(5))
    batch_id, report = drafting.draft(node.runtime, actor, node.order(), data, "名单.csv")
    codes = {each.code for each in report.problems}
    assert codes <= {"duplicate_in_database"}
    return batch_id


def test_what_was_drafted_between_look_and_store_is_seen(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, other = drafting._prepare, list[str]()

    def late(*arguments: Any) -> Any:
        if not other:
            other.append("")
            other[0] = classes.draft(node, pupils(2, first=1))
        return prepare(*arguments)

    monkeypatch.setattr(drafting, "_prepare", late)
    actor = node.operator("school-a-preparer")
    data = classes.roster(pupils(2))
    batch_id, report = drafting.draft(node.runtime, actor, node.order(), data, "名单.csv")
    assert batch_id is None
    assert [(each.row, each.code) for each in report.problems] == [(3, "duplicate_in_database")]


def test_a_returned_or_withdrawn_draft_may_be_imported_again(node: Node) -> None:
    first = classes.draft(node, pupils(2))
    with node.runtime.writing() as work:
        approving.send_back(work, node.operator("school-a-approver"), first, "第 2 行 赵子子 转学")
    second = classes.draft(node, pupils(2))
    with node.runtime.writing() as work:
        approving.withdraw(work, node.operator("school-a-preparer"), second)
    assert classes.states(node, first) == classes.states(node, second) == {"CANCELLED": 2}
    with node.runtime.reading() as work:
        batch = approving.load(work, first)
        assert remarks.read(work, batch, "returned") == "第 2 行 赵子子 转学"
        assert "赵子子".encode() not in batch["returned_sealed"]
        other = approving.load(work, second)
        assert remarks.read(work, other, "returned") is None
    for batch_id in (first, second):
        with pytest.raises(Conflict, match="batch_not_draft"):
            node.approve(batch_id)
    assert len(classes.issue(node, pupils(2))) == 2
    invariants.check(node)


def test_who_may_return_and_withdraw(sqlite_node: Node) -> None:
    node = sqlite_node
    batch_id = classes.draft(node, pupils(1))
    preparer, approver = node.operator("school-a-preparer"), node.operator("school-a-approver")
    with node.runtime.writing() as work:
        with pytest.raises(Refused, match="role_missing"):
            approving.send_back(work, preparer, batch_id, "不对")
        with pytest.raises(Refused, match="role_missing"):
            approving.withdraw(work, approver, batch_id)
        with pytest.raises(Refused, match="role_missing"):
            approving.withdraw(work, node.operator("school-b-preparer"), batch_id)
        with pytest.raises(Invalid, match="reason_missing"):
            approving.send_back(work, approver, batch_id, "  ")
        with pytest.raises(NotFound, match="batch_unknown"):
            approving.withdraw(work, preparer, "bat_0")
    assert classes.states(node, batch_id) == {"ON_NOTICE": 1}


def test_exclusions_are_kept_sealed(sqlite_node: Node) -> None:
    node = sqlite_node
    rows = [*pupils(2), pupil(1)]
    accepted = Accepted(exclusions={4: "钱子子写了两次"})
    batch_id = classes.draft(node, rows, accepted=accepted)
    with node.runtime.reading() as work:
        batch = approving.load(work, batch_id)
        said = remarks.read(work, batch, "exclusions")
    assert said == '[{"reason":"钱子子写了两次","row":4}]'
    assert (batch["rows"], batch["excluded"]) == (2, 1)


def bad(code: str, kind: type[Exception], **order: Any) -> Any:
    return pytest.param(order, kind, code, id="-".join((code, *order)))


@pytest.mark.parametrize(
    ("order", "kind", "code"),
    [
        bad("period_wrong", Invalid, period=""),
        bad("period_wrong", Invalid, period="x" * 200),
        bad("notice_place", Invalid, notice_place=" "),
        bad("notice_place", Invalid, notice_place="墙" * 121),
        bad("notice_dates", Invalid, notice_from="昨天"),
        bad("notice_dates", Invalid, award_on="2026-02-30"),
        bad("notice_dates", Invalid, notice_from="2026-11-20", notice_to="2026-11-19"),
        bad("award_day", Invalid, award_on="2026-11-25"),
        bad("notice_long_enough", Conflict, notice_from="2026-11-14", notice_to="2026-11-19"),
        bad("programme_unknown", NotFound, programme_id="prg_0"),
    ],
)
def test_what_a_preparer_says_must_make_sense(
    sqlite_node: Node, order: dict[str, Any], kind: type[Exception], code: str
) -> None:
    with pytest.raises(kind, match=code):
        classes.draft(sqlite_node, pupils(1), **order)
    assert not classes.by_hand(sqlite_node, "DELETE FROM batch")


def test_five_working_days_of_notice_are_enough(sqlite_node: Node) -> None:
    batch_id = classes.draft(
        sqlite_node, pupils(1), notice_from="2026-11-13", notice_to="2026-11-19"
    )
    sqlite_node.approve(batch_id)


def test_only_a_preparer_of_the_school_drafts(sqlite_node: Node) -> None:
    node = sqlite_node
    for login in ("school-a-approver", "school-b-preparer", "registrar-1", "auditor"):
        actor = node.operator(login)
        data = classes.roster(pupils(1))
        with pytest.raises(Refused, match="role_missing"):
            drafting.draft(node.runtime, actor, node.order(), data, "名单.csv")
        with pytest.raises(Refused, match="role_missing"):
            drafting.examine(node.runtime, actor, node.order(), data, "名单.csv")


Order = Callable[..., NewProgramme]


@pytest.fixture
def new_programme(sqlite_node: Node) -> Order:
    plain = NewProgramme(
        institution_id=sqlite_node.ids["school-a"],
        name="校园数学节",
        category="comprehensive",
        level="school",
        awards=(),
        statement=None,
        contest=False,
        approval_number=None,
        notice_days=5,
        open_from="2026-11-01",
        open_to="2026-11-30",
    )
    return lambda **changes: replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"level": "county"}, "programme_level"),
        ({"level": "galactic"}, "programme_level"),
        ({"category": "cooking"}, "programme_category"),
        ({"category": "discipline_contest"}, "programme_contest_approval"),
        ({"contest": True}, "programme_contest_approval"),
        ({"contest": True, "approval_number": "  "}, "programme_contest_approval"),
        ({"approval_number": "教监管〔2026〕1号"}, "programme_approval_without_contest"),
        ({"awards": ("三好学生", "x" * 300)}, "programme_awards"),
        ({"name": ""}, "programme_name"),
        ({"statement": "字" * 2000}, "programme_statement"),
        ({"notice_days": -1}, "programme_notice_days"),
        ({"open_from": "soon"}, "programme_dates"),
        ({"open_to": "2026-10-01"}, "programme_dates"),
    ],
)
def test_a_programme_that_cannot_be(
    sqlite_node: Node, new_programme: Order, changes: dict[str, Any], code: str
) -> None:
    actor = sqlite_node.operator("school-a-preparer")
    with sqlite_node.runtime.writing() as work, pytest.raises(Invalid, match=code):
        programmes.create(work, actor, new_programme(**changes))


def test_a_programme_has_its_time(sqlite_node: Node, new_programme: Order) -> None:
    node = sqlite_node
    with node.runtime.writing() as work:
        actor = node.operator("school-a-preparer")
        programme_id = programmes.create(work, actor, new_programme())
    assert not problems(node, pupils(1), programme_id=programme_id)
    node.clock.now += timedelta(days=10)
    with pytest.raises(Conflict, match="programme_closed"):
        classes.draft(node, pupils(1), programme_id=programme_id)


def test_only_a_preparer_makes_programmes(sqlite_node: Node, new_programme: Order) -> None:
    for login in ("school-a-approver", "school-b-preparer"):
        actor = sqlite_node.operator(login)
        with sqlite_node.runtime.writing() as work, pytest.raises(Refused, match="role_missing"):
            programmes.create(work, actor, new_programme())


def test_a_character_that_no_font_has_is_found_before_anybody_approves(sqlite_node: Node) -> None:
    report = classes.examine(sqlite_node, [classes.pupil(1, name="王\U00031350")])

    [problem] = report.problems
    assert problem.code == "glyph_missing"
    assert problem.params["code_points"] == "U+31350"


UNPRINTABLE = "\U000323af"
"""An ideograph of extension H, which no font of ours has."""


def test_a_letter_that_no_font_has_is_found_when_a_programme_is_saved(sqlite_node: Node) -> None:
    node = sqlite_node
    actor = node.operator("school-a-preparer")
    with node.runtime.reading() as work:
        row = programmes.load(work, node.programmes["school-a"])
    order = NewProgramme(
        institution_id=row["institution_id"],
        name=f"{UNPRINTABLE}杯",
        category=row["category"],
        level=row["level"],
        awards=(),
        statement=None,
        contest=False,
        approval_number=None,
        notice_days=5,
        open_from="2026-01-01",
        open_to=None,
    )
    with node.runtime.writing() as work, pytest.raises(Invalid, match="glyph_missing") as told:
        programmes.create(work, actor, order)
    assert told.value.params == {"code_points": "U+323AF"}


def test_a_letter_of_the_institution_is_found_at_the_dry_run(sqlite_node: Node) -> None:
    node = sqlite_node
    with node.runtime.writing() as work:
        institutions.change(work, node.ids["school-a"], name_zh=f"{UNPRINTABLE}中学")
    with pytest.raises(Invalid, match="glyph_missing") as told:
        node.draft()
    assert told.value.params == {"code_points": "U+323AF"}
