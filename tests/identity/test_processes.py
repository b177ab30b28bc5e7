"""docs/processes/identity.md says what the tables say."""

from datetime import timedelta
from pathlib import Path

import pytest

from identity.actions import HOLD, REQUIREMENTS, Action
from identity.factors import qr
from identity.levels import Acr, Role
from identity.minors import BINDING_STEPS, OBJECTABLE, REVIEW, Binding
from identity.roles import APART, ASSESSMENT_LONGEST, DELEGATION_LONGEST, EVERYWHERE, Duty, Post

PAGE = (Path(__file__).parents[2] / "docs" / "processes" / "identity.md").read_text("utf-8")
DUTIES: list[Duty] = [*Role, *Post]


def yes(value: bool) -> str:
    return "yes" if value else "–"


def minutes(span: timedelta | None) -> str:
    return "–" if span is None else f"{int(span.total_seconds()) // 60} min"


@pytest.mark.parametrize("action", Action)
def test_every_act_stands_in_the_page(action: Action) -> None:
    needed = REQUIREMENTS[action]
    cells = (
        f"`{action.value}`",
        needed.least.value,
        minutes(needed.fresh),
        yes(needed.signed),
        yes(needed.national),
        yes(needed.held),
    )
    assert f"| {' | '.join(cells)} |\n" in PAGE


def test_levels_and_limits_stand_in_the_page() -> None:
    assert " < ".join(f"`{each.value}`" for each in Acr) in PAGE
    assert timedelta(hours=24) == HOLD
    assert timedelta(days=30) == REVIEW
    assert f"at most {ASSESSMENT_LONGEST.days} days" in PAGE
    assert f"at most {DELEGATION_LONGEST.days} days" in PAGE
    assert ", ".join(f"`{each}`" for each in sorted(OBJECTABLE)) in PAGE


def test_the_sign_in_on_another_screen_is_drawn() -> None:
    steps = [
        f"    {start.name} --> {end.name}\n"
        for start, ends in qr.TRANSITIONS.items()
        for end in sorted(ends)
    ]
    assert "".join(steps) in PAGE
    ends = sorted(each.name for each, then in qr.TRANSITIONS.items() if not then)
    assert "".join(f"    {each} --> [*]\n" for each in ends) in PAGE
    lives = (qr.NEW_LIFE, qr.WHOLE_LIFE, qr.APPROVED_LIFE)
    assert [each.total_seconds() for each in lives] == [60, 120, 30]


@pytest.mark.parametrize("duty", DUTIES)
def test_every_duty_stands_in_the_page(duty: Duty) -> None:
    def cell(other: Duty) -> str:
        if other not in APART[duty]:
            return ""
        return "✕✕" if {duty, other} & EVERYWHERE else "✕"

    assert f"| {duty.value} | {' | '.join(map(cell, DUTIES))} |\n" in PAGE


def test_the_binding_of_a_guardian_is_drawn() -> None:
    for (start, end), hands in BINDING_STEPS.items():
        assert f"    {start.name} --> {end.name}: {', '.join(sorted(hands))}\n" in PAGE
    assert {each for step in BINDING_STEPS for each in step} == set(Binding)
