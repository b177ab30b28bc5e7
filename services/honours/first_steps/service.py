"""From a school that was just registered to its first test certificate: what is done, what is next.

States     done; open: somebody must act; waits: it comes by itself, or another step comes first;
           unknown: it could not be looked at
Computed   from what there is (services.honours.checkup), each time anew; kept is only that the
           sample roster was fetched and a test certificate made, because neither leaves a trace
Sample     a roster of pupils who do not exist; the dry run refuses their names, so that nobody
           issues them
Errors     NotFound institution_unknown, programme_unknown; Conflict steps_no_programme; Refused
           role_missing; those of services.honours.paper.trials
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from crypto.provider import Use
from identity import approval
from identity.levels import Role
from services.accounts import operators, sign_in
from services.accounts.operators import Operator
from services.audit import trail
from services.honours import checkup, programmes, trial
from services.honours import queries as honours_queries
from services.honours.checkup import OK, UNKNOWN, Point
from services.honours.first_steps import queries
from services.honours.letters import SAMPLE_NAME
from services.honours.paper import trials
from services.honours.titles import Field, recommended
from services.platform import clock
from services.platform.errors import Conflict, NotFound
from services.platform.work import Runtime, Work

DONE, OPEN, WAITS = "done", "open", "waits"
SAMPLE, TEST = "sample", "test"
LOOKED_AT = (
    ("key", ("key",)),
    ("accreditation", ("accreditation",)),
    ("record", ("code", "record")),
    ("people", ("people",)),
    ("programme", ("programme",)),
)
"""Steps with the subjects of the points that they rest on, in the order in which one goes."""

_WAITING = frozenset(
    {"key_not_recorded", "accreditation_not_recorded", "record_waiting", "record_not_anchored"}
)
_PUPILS = ("甲", "乙", "丙")
_COLUMNS = (Field.NAME, Field.STUDENT_NO, Field.CLASS, Field.AWARD, Field.AWARD_DATE)


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and what is wrong where it is not done."""

    name: str
    state: str
    points: tuple[Point, ...] = ()


def of(work: Work, who: Operator, institution_id: str) -> list[Step]:
    """Return how far an institution is. Raises NotFound."""
    points = checkup.points(work, who, institution_id)
    steps = [_step(name, points, subjects) for name, subjects in LOOKED_AT]
    kept = queries.kept(work.session, institution_id)
    return steps + [Step(name, DONE if name in kept else OPEN) for name in (SAMPLE, TEST)]


def sample(runtime: Runtime, who: Operator, institution_id: str) -> bytes:
    """Return the sample roster of an institution, as a table that every spreadsheet opens."""
    with runtime.writing() as work:
        _note(work, who, institution_id, SAMPLE)
        found = _programmes(work, institution_id)
        listed = programmes.awards(programmes.load(work, found[0])) if found else ()
        day = clock.in_shanghai(work.now).date().isoformat()
    award = listed[0] if listed else trial.AWARD
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([recommended(each) for each in _COLUMNS])
    for number, letter in enumerate(_PUPILS, start=1):
        row = (f"{SAMPLE_NAME}{letter}", f"SL{number:04d}", trials.CLASS, award, day)
        writer.writerow(row)
    return text.getvalue().encode("utf-8-sig")


def test(runtime: Runtime, who: Operator, institution_id: str) -> bytes:
    """Return a test certificate of an institution's first programme, as a PDF."""
    with runtime.reading() as work:
        if not checkup.may_read(work, who, institution_id):
            raise NotFound("institution_unknown")
        found = _programmes(work, institution_id)
        if not found:
            raise Conflict("steps_no_programme")
        programme = programmes.load(work, found[0])
        data = trials.file_of(work, programme, trials.sample_claims(work, programme))
    with runtime.writing() as work:
        _note(work, who, institution_id, TEST)
    return data


def make_key(runtime: Runtime, who: Operator, password: str, code: str) -> None:
    """Make somebody's approval key before his first approval would. Raises Unauthenticated."""
    sign_in.open_personal_key(runtime, who, password, code, use=Use.APPROVAL, typ=approval.TYP)


def _step(name: str, points: Sequence[Point], subjects: Sequence[str]) -> Step:
    wrong = tuple(each for each in points if each.subject in subjects and each.result != OK)
    if not wrong:
        return Step(name, DONE)
    if any(each.result == UNKNOWN for each in wrong):
        return Step(name, UNKNOWN, wrong)
    return Step(name, WAITS if all(each.code in _WAITING for each in wrong) else OPEN, wrong)


def _programmes(work: Work, institution_id: str) -> list[str]:
    found = honours_queries.programmes(work.session, [institution_id])
    return [row["id"] for row in sorted(found, key=lambda row: row["created_at"])]


def _note(work: Work, who: Operator, institution_id: str, name: str) -> None:
    """Keep that a step was done, the first time; the audit trail has every time."""
    operators.again(work, who).require(Role.PREPARER, institution_id)
    if name not in queries.kept(work.session, institution_id):
        row = {"institution_id": institution_id, "step": name, "at": work.now}
        queries.keep(work.session, row)
    trail.record(work, actor=who.id, action=f"steps.{name}", object=institution_id)
