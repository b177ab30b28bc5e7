"""The dry run of a roster: everything that is wrong with it, before anything is stored or signed.

Input       a Book, the Rules, `known`: which of these rows already have a live certificate, and
            what the preparer has accepted by name
Output      a Report: the rows to issue, every problem, what was ignored and what was left out
Accepted    an unknown column by its title; a row with a problem by its number and a reason. A
            row without a problem cannot be left out here: take it out of the sheet
Errors      Invalid: those of headings.choose; exclusion_unknown_row, exclusion_clean_row,
            exclusion_reason
Pure: no database, no clock. Nothing may be signed unless `Report.is_clean`.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.honours import headings
from services.honours.cells import Book
from services.honours.duplicates import clashes
from services.honours.headings import Column, Layout
from services.honours.letters import Flaw, check_text
from services.honours.roster import Problem, RosterRow, problem, read_row
from services.honours.rules import Rules
from services.honours.titles import Field
from services.platform.errors import Invalid

REASON_LENGTH = 200

Known = Callable[[Sequence[RosterRow]], Mapping[int, str]]
"""Takes rows, returns for those whose person (by any of `identities`) has the same award of the
same programme and period: row number → what to name it by, such as a certificate number."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the preparer has accepted by name."""

    columns: frozenset[str] = frozenset()
    """Titles of unknown columns; for one without a title its letter."""

    exclusions: Mapping[int, str] = field(default_factory=dict)
    """Row number → reason."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A row that will not be issued, why, and what was wrong with it."""

    row: int
    reason: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a roster would do. `rows` can be issued; `problems` must be gone first."""

    layout: Layout
    encoding: str | None
    rows: tuple[RosterRow, ...]
    problems: tuple[Problem, ...]
    excluded: tuple[Exclusion, ...]
    ignored: tuple[Column, ...]

    @property
    def is_clean(self) -> bool:
        """Whether these rows, and only these, may go on to approval."""
        return bool(self.rows) and not self.problems

    @property
    def bad_rows(self) -> int:
        """How many pupils' rows have a problem that is neither corrected nor accepted."""
        body = {row.number for row in self.layout.body}
        return len(body & {problem.row for problem in self.problems})


def nothing_known(_: Sequence[RosterRow]) -> Mapping[int, str]:
    """Answer for an institution that has issued nothing yet."""
    return {}


def check(
    book: Book, rules: Rules, *, known: Known = nothing_known, accepted: Accepted | None = None
) -> Report:
    """Return everything there is to say about a roster."""
    accepted = accepted or Accepted()
    layout = headings.choose(book)
    pupils: list[RosterRow] = []
    found: dict[int, list[Problem]] = {}
    for row in layout.body:
        pupil, found[row.number] = read_row(row, layout, rules)
        if pupil is not None:
            pupils.append(pupil)
    _check_exclusions(layout, accepted)
    live = [pupil for pupil in pupils if pupil.row not in accepted.exclusions]
    _add_clashes(found, layout, pupils, of=accepted.exclusions)
    _add_clashes(found, layout, live, of={pupil.row for pupil in live})
    _add_known(found, layout, known(pupils))
    ignored, strange = _unused_columns(layout, accepted)
    excluded = _excluded(found, accepted)
    rows = tuple(pupil for pupil in live if not found[pupil.row])
    left = [p for number in found if number not in accepted.exclusions for p in found[number]]
    if not rows and not left and not strange:
        left = [Problem(layout.body[0].number, "", "", "", "roster_nothing_left", {})]
    return Report(layout, book.encoding, rows, tuple(strange + left), excluded, ignored)


def _check_exclusions(layout: Layout, accepted: Accepted) -> None:
    body = {row.number for row in layout.body}
    for row, reason in accepted.exclusions.items():
        if row not in body:
            raise Invalid("exclusion_unknown_row", row=row)
        try:
            if not reason:
                raise Flaw("exclusion_reason")
            check_text(reason, limit=REASON_LENGTH)
        except Flaw as flaw:
            raise Invalid("exclusion_reason", row=row, limit=REASON_LENGTH) from flaw


def _excluded(found: Mapping[int, list[Problem]], accepted: Accepted) -> tuple[Exclusion, ...]:
    for row in accepted.exclusions:
        if not found[row]:
            raise Invalid("exclusion_clean_row", row=row)
    return tuple(
        Exclusion(row, reason, tuple(found[row]))
        for row, reason in sorted(accepted.exclusions.items())
    )


def _add_clashes(
    found: Mapping[int, list[Problem]],
    layout: Layout,
    pupils: Iterable[RosterRow],
    *,
    of: Container[int],
) -> None:
    """Add what rows have against each other to the problems of some of them."""
    against = clashes(pupils)
    for row in layout.body:
        clash = against.get(row.number) if row.number in of else None
        if clash is not None:
            flaw = Flaw(clash.code, other_row=clash.other_row)
            found[row.number].append(problem(row, layout, clash.field, flaw))


def _add_known(
    found: Mapping[int, list[Problem]], layout: Layout, numbers: Mapping[int, str]
) -> None:
    for row in layout.body:
        if row.number in numbers:
            flaw = Flaw("duplicate_in_database", number=numbers[row.number])
            found[row.number].append(problem(row, layout, Field.NAME, flaw))


def _unused_columns(layout: Layout, accepted: Accepted) -> tuple[tuple[Column, ...], list[Problem]]:
    """Return the columns that are ignored, and those that nobody has agreed to ignore."""
    ignored: list[Column] = []
    strange: list[Problem] = []
    for column in layout.columns:
        if column.field is not None:
            continue
        if column.is_needless or (column.title or column.letter) in accepted.columns:
            ignored.append(column)
        else:
            code = "column_unknown" if column.title else "column_untitled"
            place = (layout.heading_rows[-1], column.letter, column.title)
            strange.append(Problem(*place, "", code, {}))
    return tuple(ignored), strange
