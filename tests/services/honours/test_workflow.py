"""The table of the honours process: exactly these transitions, each for its role and condition."""

import itertools
from pathlib import Path

import pytest

from services.honours.workflow import LIVE, TABLE
from services.platform import workflow
from services.platform.errors import Conflict, Refused

PAGE = Path(__file__).parents[3] / "docs" / "processes" / "honours.md"
LISTED = """
    - NOMINATED nominate preparer programme_open
    NOMINATED SCHOOL_APPROVED accept approver -
    NOMINATED RETURNED return approver -
    RETURNED NOMINATED resubmit preparer -
    SCHOOL_APPROVED ON_NOTICE notice preparer notice_long_enough
    - ON_NOTICE import preparer notice_long_enough
    ON_NOTICE DISPUTED object preparer -
    DISPUTED ON_NOTICE dismiss approver -
    DISPUTED CANCELLED uphold approver -
    ON_NOTICE CANCELLED withdraw preparer -
    ON_NOTICE CANCELLED return approver -
    ON_NOTICE APPROVED approve approver notice_over
    APPROVED NUMBERED number system -
    NUMBERED SIGNED sign system in_manifest
    NUMBERED VOID void system -
    SIGNED ISSUED anchor system anchor_final
    ISSUED SUSPENDED suspend approver two_persons
    SUSPENDED ISSUED lift approver two_persons
    ISSUED REVOKED revoke approver two_persons
    SUSPENDED REVOKED revoke approver two_persons
    ISSUED SUPERSEDED supersede approver one_successor
    SUSPENDED SUPERSEDED supersede approver one_successor
"""
"""Written out a second time, so that a change of the table is a decision."""

EXPECTED = {
    (None if frm == "-" else frm, event, role): (to, "" if guard == "-" else guard)
    for frm, to, event, role, guard in (line.split() for line in LISTED.split("\n") if line.strip())
}
STATES = (None, *TABLE.states)
EVENTS = sorted({row.event for row in TABLE.transitions})
ROLES = ("preparer", "approver", "registrar", "auditor", "system", "holder", "")
GUARDS = sorted({row.guard for row in TABLE.transitions if row.guard})


def test_the_table_says_what_was_decided() -> None:
    found = {(row.frm, row.event, row.role): (row.to, row.guard) for row in TABLE.transitions}
    assert found == EXPECTED


@pytest.mark.parametrize("state", STATES)
def test_each_transition_for_its_role_alone_and_no_other(state: str | None) -> None:
    for event, role in itertools.product(EVENTS, ROLES):
        if (state, event, role) in EXPECTED:
            to, guard = EXPECTED[state, event, role]
            assert TABLE.apply(state, event, role, GUARDS) == to
            if guard:
                others = [each for each in GUARDS if each != guard]
                with pytest.raises(Conflict, match=guard):
                    TABLE.apply(state, event, role, others)
        else:
            with pytest.raises((Conflict, Refused)):
                TABLE.apply(state, event, role, GUARDS)


def test_nothing_leaves_an_end_and_live_states_are_no_ends() -> None:
    ends = {state for state in TABLE.states if not any(TABLE.events(state, r) for r in ROLES)}
    assert ends == {"CANCELLED", "VOID", "REVOKED", "SUPERSEDED"}
    assert not ends & set(LIVE)


def test_the_drawing_is_the_table() -> None:
    assert workflow.mermaid(TABLE) in PAGE.read_text("utf-8"), "draw docs/processes/honours.md anew"
