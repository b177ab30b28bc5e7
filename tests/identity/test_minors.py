"""Birthdays at midnight in Shanghai, guardians, and which of two decisions holds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import minors
from identity.minors import (
    BINDING_STEPS,
    OBJECTABLE,
    REVIEW,
    Binding,
    Choice,
    Decision,
    Guardianship,
    Hand,
    Outcome,
    Stage,
)

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
BORN = date(2012, 11, 25)
FOURTEEN = datetime(2026, 11, 24, 16, tzinfo=UTC)
EIGHTEEN = datetime(2030, 11, 24, 16, tzinfo=UTC)
MOTHER = Guardianship("mother", "child", Binding.ACTIVE)
FATHER = Guardianship("father", "child", Binding.ACTIVE)
BOTH = (MOTHER, FATHER)
GIVE, REFUSE = Choice.GIVE, Choice.REFUSE


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (FOURTEEN - SECOND, Stage.CHILD),
        (FOURTEEN, Stage.YOUTH),
        (EIGHTEEN - SECOND, Stage.YOUTH),
        (EIGHTEEN, Stage.ADULT),
    ],
)
def test_rights_switch_at_midnight_in_shanghai(now: datetime, expected: Stage) -> None:
    assert minors.stage(BORN, now=now) is expected


def test_the_next_step_is_known() -> None:
    assert minors.next_step(BORN, now=FOURTEEN - SECOND) == FOURTEEN
    assert minors.next_step(BORN, now=FOURTEEN) == EIGHTEEN
    assert minors.next_step(BORN, now=EIGHTEEN) is None


def test_a_leap_day_has_its_birthday_on_the_first_of_march() -> None:
    born = date(2012, 2, 29)

    assert minors.turns(born, 14) == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert minors.turns(born, 16) == datetime(2028, 2, 28, 16, tzinfo=UTC)
    assert minors.stage(born, now=datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC)) is Stage.CHILD


def test_nobody_is_asked_before_he_is_born() -> None:
    with pytest.raises(ValueError, match="not born"):
        minors.stage(date(2030, 1, 1), now=FOURTEEN)


@given(born=st.dates(date(1990, 1, 1), date(2020, 12, 31)), days=st.integers(0, 9000))
def test_nobody_gets_younger(born: date, days: int) -> None:
    order = list(Stage)
    start = minors.turns(born, 0)
    now = start + days * DAY

    assert order.index(minors.stage(born, now=now)) <= order.index(
        minors.stage(born, now=now + DAY)
    )
    following = minors.next_step(born, now=now)
    if following is not None:
        assert minors.stage(born, now=following) is not minors.stage(born, now=following - SECOND)


@pytest.mark.parametrize("start", Binding)
@pytest.mark.parametrize("end", Binding)
@pytest.mark.parametrize("hand", Hand)
def test_only_listed_steps_are_taken_by_their_hands(
    start: Binding, end: Binding, hand: Hand
) -> None:
    listed = hand in BINDING_STEPS.get((start, end), set())
    assert minors.may_move(start, end, hand) is listed


def test_who_confirms_a_guardian() -> None:
    confirming = {
        hand for hand in Hand if minors.may_move(Binding.EVIDENCE, Binding.CONFIRMED, hand)
    }
    assert confirming == {Hand.SCHOOL, Hand.REVIEWER}
    assert not any(minors.may_move(Binding.REQUESTED, Binding.CONFIRMED, hand) for hand in Hand)
    assert not any(minors.may_move(Binding.ENDED, end, hand) for end in Binding for hand in Hand)
    assert minors.may_move(Binding.ACTIVE, Binding.ENDED, Hand.COURT)


def names(all_of_ward: Any, now: datetime) -> set[str]:
    return {each.guardian for each in minors.guardians(all_of_ward, BORN, now=now)}


def test_guardians_end_with_the_last_second_of_childhood() -> None:
    assert names(BOTH, EIGHTEEN - SECOND) == {"mother", "father"}
    assert names(BOTH, EIGHTEEN) == set()


def test_only_a_binding_in_force_makes_a_guardian() -> None:
    for state in set(Binding) - {Binding.ACTIVE}:
        assert names([replace(MOTHER, state=state)], FOURTEEN) == set()
    ended = replace(MOTHER, ends_at=FOURTEEN)
    assert names([ended], FOURTEEN - SECOND) == {"mother"}
    assert names([ended], FOURTEEN) == set()


def test_a_guardian_does_not_see_what_a_court_hides() -> None:
    ordered = replace(FATHER, hidden=frozenset({"address"}))
    twice = replace(FATHER, hidden=frozenset({"school"}))
    kinds = ("address", "grades", "school")

    def seen(who: str, *all_of_ward: Guardianship, now: datetime = FOURTEEN) -> set[str]:
        return set(minors.visible(who, kinds, all_of_ward, BORN, now=now))

    assert seen("father", MOTHER, ordered) == {"grades", "school"}
    assert seen("father", MOTHER, ordered, twice) == {"grades"}
    assert seen("mother", MOTHER, ordered) == set(kinds)
    assert seen("uncle", MOTHER, ordered) == set()
    assert seen("mother", MOTHER, now=EIGHTEEN) == set()


@pytest.mark.parametrize(
    ("person", "purpose", "choice", "child", "youth", "adult"),
    [
        ("child", "photo", GIVE, False, True, True),
        ("child", "photo", REFUSE, False, True, True),
        ("mother", "photo", GIVE, True, False, False),
        ("mother", "photo", REFUSE, True, True, False),
        ("mother", "statistics", REFUSE, True, False, False),
        ("uncle", "photo", GIVE, False, False, False),
        ("uncle", "photo", REFUSE, False, False, False),
    ],
)
def test_who_may_decide_when(
    person: str, purpose: str, choice: Choice, child: bool, youth: bool, adult: bool
) -> None:
    answers = [
        minors.may_decide(person, "child", purpose, choice, BOTH, BORN, now=now)
        for now in (FOURTEEN - SECOND, FOURTEEN, EIGHTEEN)
    ]
    assert answers == [child, youth, adult]
    assert "photo" in OBJECTABLE


def decided(by: str, choice: Choice, at: datetime, purpose: str = "photo") -> Decision:
    return Decision(by, purpose, choice, at)


def held(
    *decisions: Decision, now: datetime, guardians: Any = BOTH, purpose: str = "photo"
) -> Outcome:
    return minors.outcome("child", purpose, decisions, guardians, BORN, now=now)


EARLY = FOURTEEN - 100 * DAY
BEFORE = FOURTEEN - DAY
AFTER = FOURTEEN + DAY


def test_without_a_decision_nothing_is_allowed() -> None:
    for now in (BEFORE, AFTER, EIGHTEEN):
        assert held(now=now) == Outcome(False)


def test_one_guardian_decides_for_a_child() -> None:
    assert held(decided("mother", GIVE, EARLY), now=BEFORE) == Outcome(True)
    assert held(decided("mother", REFUSE, EARLY), now=BEFORE) == Outcome(False)
    assert held(decided("mother", GIVE, BEFORE + SECOND), now=BEFORE) == Outcome(False)
    assert held(decided("mother", GIVE, EARLY, "sharing"), now=BEFORE) == Outcome(False)


@pytest.mark.parametrize(("first", "second"), [("mother", "father"), ("father", "mother")])
def test_of_two_guardians_the_more_protective_holds_and_the_school_is_told(
    first: str, second: str
) -> None:
    given = decided(first, GIVE, EARLY)
    refused = decided(second, REFUSE, EARLY + DAY)

    assert held(given, refused, now=BEFORE) == Outcome(False, conflict=True)
    assert held(refused, given, now=BEFORE) == Outcome(False, conflict=True)
    agreed = decided(second, GIVE, EARLY + 2 * DAY)
    assert held(given, refused, agreed, now=BEFORE) == Outcome(True)


def test_the_latest_decision_counts_and_of_two_at_once_the_refusal() -> None:
    give, refuse = decided("mother", GIVE, EARLY), decided("mother", REFUSE, EARLY)

    assert held(give, refuse, now=BEFORE) == held(refuse, give, now=BEFORE) == Outcome(False)
    assert held(refuse, decided("mother", GIVE, EARLY + SECOND), now=BEFORE) == Outcome(True)


def test_neither_a_child_nor_a_stranger_nor_a_former_guardian_decides() -> None:
    assert held(decided("child", GIVE, EARLY), now=BEFORE) == Outcome(False)
    assert held(decided("uncle", GIVE, EARLY), now=BEFORE) == Outcome(False)
    former = replace(MOTHER, state=Binding.ENDED, ends_at=EARLY + DAY)
    assert held(decided("mother", GIVE, EARLY), now=BEFORE, guardians=[former]) == Outcome(False)


def test_a_youth_decides_and_a_guardian_objects_to_some_purposes() -> None:
    own = decided("child", GIVE, AFTER)

    assert held(own, now=AFTER) == Outcome(True)
    assert held(decided("child", REFUSE, AFTER), now=AFTER) == Outcome(False)
    objection = decided("mother", REFUSE, AFTER)
    assert held(own, objection, now=AFTER) == Outcome(False, conflict=True)
    about = {"purpose": "statistics"}
    others = [replace(each, purpose="statistics") for each in (own, objection)]
    assert held(*others, now=AFTER, **about) == Outcome(True)
    taken_back = decided("mother", GIVE, AFTER + DAY)
    assert held(own, objection, taken_back, now=AFTER + DAY) == Outcome(True)


def test_a_decision_of_the_birthdays_first_second_is_the_youths_own() -> None:
    own, given = decided("child", REFUSE, FOURTEEN), decided("mother", GIVE, EARLY)

    assert held(given, own, now=FOURTEEN) == Outcome(False)
    assert held(decided("child", GIVE, FOURTEEN), now=FOURTEEN) == Outcome(True)
    assert held(decided("child", GIVE, FOURTEEN), now=EIGHTEEN) == Outcome(True)


def test_a_refusal_from_childhood_does_not_bind_a_youth() -> None:
    old = decided("mother", REFUSE, EARLY)
    assert held(old, decided("child", GIVE, AFTER), now=AFTER) == Outcome(True)


def test_what_guardians_gave_goes_on_until_the_youth_decides() -> None:
    given = decided("mother", GIVE, EARLY)

    assert held(given, now=AFTER) == Outcome(True)
    assert held(given, decided("father", REFUSE, EARLY), now=AFTER) == Outcome(False, conflict=True)
    assert held(given, decided("father", REFUSE, AFTER), now=AFTER) == Outcome(False)
    assert held(given, decided("child", REFUSE, AFTER), now=AFTER) == Outcome(False)
    # What the child said before does not count, what guardians say after does not either.
    assert held(decided("child", GIVE, EARLY), now=AFTER) == Outcome(False)
    assert held(decided("mother", GIVE, AFTER), now=AFTER) == Outcome(False)


LAPSES = EIGHTEEN + REVIEW
ENDED = tuple(replace(each, state=Binding.ENDED, ends_at=EIGHTEEN) for each in BOTH)


@pytest.mark.parametrize("guardians", [BOTH, ENDED], ids=["not ended yet", "ended"])
def test_at_eighteen_what_guardians_gave_is_kept_or_lapses(guardians: Any) -> None:
    given = decided("mother", GIVE, EARLY)
    known: dict[str, Any] = {"guardians": guardians}

    assert held(given, now=EIGHTEEN, **known) == Outcome(True, lapses_at=LAPSES)
    assert held(given, now=LAPSES - SECOND, **known) == Outcome(True, lapses_at=LAPSES)
    assert held(given, now=LAPSES, **known) == Outcome(False)
    kept = decided("child", GIVE, EIGHTEEN + DAY)
    assert held(given, kept, now=LAPSES, **known) == Outcome(True)
    withdrawn = decided("child", REFUSE, EIGHTEEN + DAY)
    assert held(given, withdrawn, now=EIGHTEEN + DAY, **known) == Outcome(False)


def test_at_eighteen_ones_own_decisions_go_on_and_objections_end() -> None:
    own, objection = decided("child", GIVE, AFTER), decided("mother", REFUSE, AFTER)

    assert held(own, objection, now=EIGHTEEN - SECOND) == Outcome(False, conflict=True)
    assert held(own, objection, now=EIGHTEEN) == Outcome(True)
    assert held(objection, now=EIGHTEEN) == Outcome(False)


def test_at_eighteen_a_guardian_of_long_ago_has_left_nothing() -> None:
    long_ago = replace(MOTHER, state=Binding.ENDED, ends_at=FOURTEEN)
    unknown = replace(MOTHER, state=Binding.ENDED)
    for former in (long_ago, unknown):
        given = decided("mother", GIVE, EARLY)
        assert held(given, now=EIGHTEEN, guardians=[former]) == Outcome(False)


def test_at_eighteen_a_guardian_decides_nothing_more() -> None:
    assert held(decided("mother", GIVE, EIGHTEEN), now=EIGHTEEN) == Outcome(False)


def test_what_is_to_review_is_listed() -> None:
    decisions = [
        decided("mother", GIVE, EARLY, "photo"),
        decided("mother", GIVE, EARLY, "competition"),
        decided("mother", REFUSE, EARLY, "publication"),
        decided("mother", GIVE, EARLY, "sharing"),
        decided("child", REFUSE, AFTER, "sharing"),
        decided("child", GIVE, AFTER, "statistics"),
    ]

    def listed(now: datetime) -> tuple[str, ...]:
        return minors.to_review("child", decisions, BOTH, BORN, now=now)

    assert listed(EIGHTEEN) == ("competition", "photo")
    assert listed(EIGHTEEN - SECOND) == ()
    assert listed(LAPSES) == ()
    decisions.append(decided("child", GIVE, EIGHTEEN + DAY, "photo"))
    assert listed(EIGHTEEN + DAY) == ("competition",)
