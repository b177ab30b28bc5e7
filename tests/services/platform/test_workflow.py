"""A table decides what may follow, who may do it and under which condition."""

import pytest

from services.platform.errors import Conflict, Refused
from services.platform.workflow import Machine, Transition, mermaid

DOOR = Machine(
    "door",
    (
        Transition(None, "SHUT", "build", "smith"),
        Transition("SHUT", "OPEN", "open", "guest", "unlocked"),
        Transition("SHUT", "OPEN", "open", "smith"),
        Transition("OPEN", "SHUT", "close", "guest"),
        Transition("OPEN", "GONE", "remove", "smith"),
    ),
)


def test_an_event_leads_where_the_table_says() -> None:
    assert DOOR.apply(None, "build", "smith") == "SHUT"
    assert DOOR.apply("SHUT", "open", "guest", {"unlocked"}) == "OPEN"
    assert DOOR.apply("SHUT", "open", "smith") == "OPEN"
    assert DOOR.states == ("SHUT", "OPEN", "GONE")
    assert DOOR.events("OPEN", "smith") == ("remove",)


def test_everything_the_table_does_not_name_is_refused() -> None:
    events = {row.event for row in DOOR.transitions}
    allowed = {(row.frm, row.event) for row in DOOR.transitions}
    for state in (None, *DOOR.states):
        for event in events:
            if (state, event) not in allowed:
                with pytest.raises(Conflict) as caught:
                    DOOR.apply(state, event, "smith", {"unlocked"})
                assert caught.value.code == "event_not_possible"


def test_another_role_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        DOOR.apply("OPEN", "remove", "guest")
    assert caught.value.code == "role_may_not"


def test_a_condition_that_does_not_hold_is_named() -> None:
    with pytest.raises(Conflict) as caught:
        DOOR.apply("SHUT", "open", "guest")
    assert caught.value.code == "unlocked"


def test_two_rows_for_one_event_are_a_programming_error() -> None:
    row = Transition("A", "B", "go", "x")
    with pytest.raises(ValueError, match="two transitions"):
        Machine("twice", (row, Transition("A", "C", "go", "x")))


def test_the_drawing_shows_every_row() -> None:
    assert mermaid(DOOR) == (
        "stateDiagram-v2\n"
        "    [*] --> SHUT: build / smith\n"
        "    SHUT --> OPEN: open / guest [unlocked]\n"
        "    SHUT --> OPEN: open / smith\n"
        "    OPEN --> SHUT: close / guest\n"
        "    OPEN --> GONE: remove / smith\n"
        "    GONE --> [*]\n"
    )
