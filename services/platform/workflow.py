"""A state machine as a table: which event leads where, by whose hand, and on what condition.

The tables live in the slices, one per process, and the drawings in docs/processes are made from
them by `mermaid`. The engine decides nothing but the next state; it stores nothing.

frm None    the thing does not exist yet
guard       name of a condition; the caller says which conditions hold (`facts`)
Errors      Conflict event_not_possible (no such event in this state); Refused role_may_not;
            Conflict with the guard's name as code when its condition does not hold
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from services.platform.errors import Conflict, Refused


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a table."""

    frm: str | None
    to: str
    event: str
    role: str
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """A process: its name and all of its transitions."""

    name: str
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        seen = {(row.frm, row.event, row.role) for row in self.transitions}
        if len(seen) != len(self.transitions):
            raise ValueError(f"{self.name}: two transitions for one state, event and role")

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in the order in which the table first names them."""
        named: dict[str, None] = {}
        for row in self.transitions:
            named |= {state: None for state in (row.frm, row.to) if state is not None}
        return tuple(named)

    def events(self, state: str | None, role: str) -> tuple[str, ...]:
        """Return what this role may do in this state: the buttons of a page."""
        rows = self.transitions
        return tuple(row.event for row in rows if row.frm == state and row.role == role)

    def apply(self, state: str | None, event: str, role: str, facts: Collection[str] = ()) -> str:
        """Return the next state. Raises Conflict, Refused."""
        possible = [row for row in self.transitions if row.frm == state and row.event == event]
        if not possible:
            raise Conflict("event_not_possible", process=self.name, state=state, event=event)
        mine = [row for row in possible if row.role == role]
        if not mine:
            raise Refused("role_may_not", process=self.name, event=event, role=role)
        row = mine[0]
        if row.guard and row.guard not in facts:
            raise Conflict(row.guard, process=self.name, state=state, event=event)
        return row.to


def mermaid(machine: Machine) -> str:
    """Return the drawing of a process as a Mermaid state diagram."""
    return "\n".join(["stateDiagram-v2", *_arrows(machine), *_ends(machine)]) + "\n"


def _arrows(machine: Machine) -> Iterator[str]:
    for row in machine.transitions:
        condition = f" [{row.guard}]" if row.guard else ""
        yield f"    {row.frm or '[*]'} --> {row.to}: {row.event} / {row.role}{condition}"


def _ends(machine: Machine) -> Iterator[str]:
    left = {row.frm for row in machine.transitions}
    for state in machine.states:
        if state not in left:
            yield f"    {state} --> [*]"
