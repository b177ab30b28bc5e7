"""One pupil of a roster: a row of text cells in, a RosterRow or what is wrong with it out.

Input       a Row, the Layout that says which column is what, the Rules of the programme
Output      RosterRow, and every Problem: one for each bad cell, so that the sheet is corrected once
Codes       stable; each has `<code>.reason` and `<code>.remedy` in the texts of `honours`
Values      in a Problem are masked where personal (services/honours/masking.py)
Person      the strongest identifier: 学籍号, ID number, 学号; never a name (two pupils may
            be called 张伟). A G 学籍号 is the letter and the ID number, so it says both
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.honours.cells import Row
from services.honours.headings import Layout
from services.honours.letters import Flaw
from services.honours.masking import masked
from services.honours.rules import Rules, value
from services.honours.titles import IDENTIFIERS, Field, recommended

_RESIDENT_ID = frozenset({"1", "01", "居民身份证", "身份证"})


@dataclass(frozen=True, slots=True)
class PersonKey:
    """One identifier of a person within the institution."""

    kind: Field
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One certificate to be made. Personal values stay out of the repr."""

    row: int
    award: str
    award_date: date
    name: str = field(repr=False)
    xjh: str | None = field(repr=False)
    id_number: str | None = field(repr=False)
    student_no: str | None = field(repr=False)
    rank: str | None = None
    class_name: str | None = None
    grade: str | None = None
    subject: str | None = None

    @property
    def identities(self) -> tuple[PersonKey, ...]:
        """Everything that identifies the person, from the strongest to the weakest."""
        id_number = self.id_number
        if id_number is None and self.xjh is not None and self.xjh.startswith("G"):
            id_number = self.xjh[1:]
        values = (self.xjh, id_number, self.student_no)
        return tuple(
            PersonKey(kind, value)
            for kind, value in zip(IDENTIFIERS, values, strict=True)
            if value is not None
        )

    @property
    def person(self) -> PersonKey:
        """The strongest identifier; every row has one."""
        return self.identities[0]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, row or column. `column` is a letter, or empty for a row."""

    row: int
    column: str
    title: str
    value: str
    code: str
    params: Mapping[str, str | int]


def read_row(row: Row, layout: Layout, rules: Rules) -> tuple[RosterRow | None, list[Problem]]:
    """Return the pupil, and what is wrong: there is a pupil only if nothing is."""
    problems: list[Problem] = []
    values: dict[Field, str] = {}
    for column in layout.columns:
        if column.field is None:
            continue
        try:
            found = value(row.cell(column.index), column.field, rules)
            if found is not None:
                values[column.field] = found
        except Flaw as flaw:
            problems.append(problem(row, layout, column.field, flaw))
            values[column.field] = ""  # it is there, only wrong: not missing as well
    problems += [problem(row, layout, wanted, lack) for wanted, lack in _missing(values)]
    if row.number in layout.sheet.hidden_rows:
        problems.insert(0, Problem(row.number, "", "", "", "row_hidden", {}))
    return (None if problems else _pupil(row.number, values, rules)), problems


def problem(row: Row, layout: Layout, wanted: Field, flaw: Flaw) -> Problem:
    """Return the problem of a cell, with its value masked."""
    column = layout.column(wanted)
    value = "" if column is None else masked(wanted, row.cell(column.index).text)
    place = ("", recommended(wanted)) if column is None else (column.letter, column.title)
    return Problem(row.number, *place, value, flaw.code, flaw.params)


def _missing(values: Mapping[Field, str]) -> list[tuple[Field, Flaw]]:
    missing = [
        (wanted, Flaw(f"{wanted}_missing"))
        for wanted in (Field.NAME, Field.AWARD)
        if wanted not in values
    ]
    if not any(wanted in values for wanted in IDENTIFIERS):
        missing.append((Field.XJH, Flaw("identifier_missing")))
    xjh, id_number = values.get(Field.XJH, ""), values.get(Field.ID_NUMBER, "")
    if xjh.startswith("G") and id_number and xjh[1:] != id_number:
        missing.append((Field.XJH, Flaw("identifiers_disagree")))
    if id_number and values.get(Field.DOCUMENT_TYPE, "1") not in _RESIDENT_ID:
        missing.append((Field.DOCUMENT_TYPE, Flaw("document_type_other")))
    return missing


def _pupil(number: int, values: Mapping[Field, str], rules: Rules) -> RosterRow:
    on = values.get(Field.AWARD_DATE)
    return RosterRow(
        row=number,
        name=values[Field.NAME],
        award=values[Field.AWARD],
        award_date=rules.award_date if on is None else date.fromisoformat(on),
        xjh=values.get(Field.XJH),
        id_number=values.get(Field.ID_NUMBER),
        student_no=values.get(Field.STUDENT_NO),
        rank=values.get(Field.RANK),
        class_name=values.get(Field.CLASS),
        grade=values.get(Field.GRADE),
        subject=values.get(Field.SUBJECT),
    )
