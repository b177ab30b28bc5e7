"""From a roster file to a batch: the dry run against the database, then a preparer's draft.

Nothing is stored unless the dry run is clean or what is wrong was left out by name. A draft
enters the state table at ON_NOTICE with the recorded place and dates of the public notice; too
short a notice is refused (design 4). With `corrects`, every row replaces the live certificate
of its person: same institution, programme and period.

Errors     Invalid roster_not_clean, period_wrong, award_day, notice_days, notice_dates,
           correction_nothing, correction_ambiguous; Conflict programme_closed,
           notice_long_enough, already_exists; those of sheet and dry_run; Refused role_missing
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crypto import canonical
from identity import instants
from identity.credential_types import HONOUR
from identity.levels import Role
from services.accounts.operators import Operator
from services.audit import trail
from services.honours import dry_run, persons, programmes, queries, rows, sheet
from services.honours.approving import DRAFT
from services.honours.cells import Book
from services.honours.dry_run import Accepted, Report
from services.honours.roster import RosterRow
from services.honours.rules import Rules
from services.honours.workflow import NUMBERED, ON_NOTICE, PREPARER, TABLE
from services.platform import clock
from services.platform.db import new_id
from services.platform.errors import Conflict, Invalid
from services.platform.record_keys import RecordKeys
from services.platform.work import Runtime, Work
from services.registry import institutions

RANKS = {
    "特等奖": "special",
    "一等奖": "first",
    "二等奖": "second",
    "三等奖": "third",
    "优秀奖": "merit",
    "鼓励奖": "merit",
}
"""How rosters write a rank, and how credentials do."""

ON_THE_WAY = (ON_NOTICE, NUMBERED)


@dataclass(frozen=True, slots=True)
class Order:
    """What a preparer says about a roster besides the file."""

    programme_id: str
    period: str
    award_on: str
    notice_place: str
    notice_from: str
    notice_to: str
    accepted: Accepted
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class _Checked:
    programme: Mapping[Any, Any]
    report: Report
    replaced: Mapping[int, str]


def examine(runtime: Runtime, actor: Operator, order: Order, data: bytes, filename: str) -> Report:
    """Return the dry run of a roster file; nothing is stored."""
    book = sheet.read(data, filename)
    with runtime.reading() as work:
        return _check(work, actor, order, book).report


def draft(
    runtime: Runtime, actor: Operator, order: Order, data: bytes, filename: str
) -> tuple[str | None, Report]:
    """Return the id of the new batch and the report; no id and nothing stored if not clean."""
    book = sheet.read(data, filename)
    with runtime.writing() as work:
        checked = _check(work, actor, order, book)
        if not checked.report.is_clean:
            return None, checked.report
        return _store(work, actor, order, checked), checked.report


def working_days(first: date, last: date) -> int:
    """Return how many Mondays to Fridays lie from one day to another, both included."""
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    return sum(day.weekday() < 5 for day in days)


def _check(work: Work, actor: Operator, order: Order, book: Book) -> _Checked:
    programme = programmes.load(work, order.programme_id)
    actor.require(Role.PREPARER, programme["institution_id"])
    _check_order(work, order, programme)
    rules = Rules(
        today=clock.in_shanghai(work.now).date(),
        award_date=instants.read_day(order.award_on),
        awards=programmes.awards(programme),
        ranks=tuple(RANKS),
        school_codes=(institutions.current_code(work, programme["institution_id"]),),
    )
    known = _known(work, programme, order)
    report = dry_run.check(book, rules, known=known, accepted=order.accepted)
    replaced: Mapping[int, str] = {}
    if order.corrects and report.is_clean:
        replaced = _replaced(work, programme, order, report.rows)
    return _Checked(programme, report, replaced)


def _check_order(work: Work, order: Order, programme: Mapping[Any, Any]) -> None:
    if not HONOUR.disclosable["period"](order.period):
        raise Invalid("period_wrong")
    if not order.notice_place.strip() or len(order.notice_place) > 120:
        raise Invalid("notice_place")
    today = clock.in_shanghai(work.now).date()
    try:
        award_on = instants.read_day(order.award_on)
        first, last = instants.read_day(order.notice_from), instants.read_day(order.notice_to)
    except ValueError as error:
        raise Invalid("notice_dates") from error
    if award_on > today:
        raise Invalid("award_day")
    if last < first:
        raise Invalid("notice_dates")
    opens, closes = programme["open_from"], programme["open_to"]
    if today.isoformat() < opens or (closes is not None and today.isoformat() > closes):
        raise Conflict("programme_closed")
    facts = ("notice_long_enough",) if working_days(first, last) >= programme["notice_days"] else ()
    TABLE.apply(None, "import", PREPARER, facts)


def _known(
    work: Work, programme: Mapping[Any, Any], order: Order
) -> Callable[[Sequence[RosterRow]], Mapping[int, str]]:
    """Return who already has the award: live certificates, and rows on their way to one."""
    institution_id = programme["institution_id"]

    def known(pupils: Sequence[RosterRow]) -> Mapping[int, str]:
        indexes = _indexes(work, institution_id, pupils)
        held = {} if order.corrects else _live(work, programme, order, indexes)
        for row in queries.open_rows(
            work.session, institution_id, programme["id"], order.period, ON_THE_WAY
        ):
            held.setdefault((row["person_index"], row["award_index"]), row["batch_id"])
        found = {}
        for pupil in pupils:
            award = persons.award_index(work, institution_id, pupil.award)
            for index in indexes[pupil.row]:
                if (index, award) in held:
                    found[pupil.row] = held[index, award]
        return found

    return known


def _indexes(
    work: Work, institution_id: str, pupils: Sequence[RosterRow]
) -> dict[int, list[bytes]]:
    return {
        pupil.row: [persons.index(work, institution_id, key) for key in pupil.identities]
        for pupil in pupils
    }


def _live(
    work: Work,
    programme: Mapping[Any, Any],
    order: Order,
    indexes: Mapping[int, Sequence[bytes]],
) -> dict[tuple[bytes, bytes], str]:
    wanted = [index for each in indexes.values() for index in each]
    found = queries.live_of_persons(
        work.session, programme["institution_id"], programme["id"], order.period, wanted
    )
    return {(row["person_index"], row["award_index"]): row["number"] for row in found}


def _replaced(
    work: Work, programme: Mapping[Any, Any], order: Order, pupils: Sequence[RosterRow]
) -> dict[int, str]:
    """Return the certificate that each row of a correction replaces, by row number."""
    institution_id = programme["institution_id"]
    indexes = _indexes(work, institution_id, pupils)
    live = _live(work, programme, order, indexes)
    replaced = {}
    for pupil in pupils:
        award = persons.award_index(work, institution_id, pupil.award)
        own = {key: number for key, number in live.items() if key[0] in indexes[pupil.row]}
        same = [number for key, number in own.items() if key[1] == award]
        candidates = same or list(own.values())
        if not candidates:
            raise Invalid("correction_nothing", row=pupil.row)
        if len(candidates) > 1:
            raise Invalid("correction_ambiguous", row=pupil.row)
        replaced[pupil.row] = candidates[0]
    if len(set(replaced.values())) != len(replaced):
        raise Invalid("correction_twice")
    return replaced


def _store(work: Work, actor: Operator, order: Order, checked: _Checked) -> str:
    programme, report = checked.programme, checked.report
    batch_id = new_id("bat", work.random)
    row_ids = [new_id("row", work.random) for _ in report.rows]
    record_keys = RecordKeys.of(work.runtime).create(work, row_ids)
    found = [
        {
            **_row(work, programme, order, pupil, row_id, record_keys[row_id]),
            "batch_id": batch_id,
            "position": position,
            "supersedes": checked.replaced.get(pupil.row),
        }
        for position, (pupil, row_id) in enumerate(zip(report.rows, row_ids, strict=True))
    ]
    exclusions = [{"reason": each.reason, "row": each.row} for each in report.excluded]
    row = {
        "id": batch_id,
        "institution_id": programme["institution_id"],
        "programme_id": programme["id"],
        "period": order.period,
        "award_on": order.award_on,
        "notice_place": order.notice_place,
        "notice_from": order.notice_from,
        "notice_to": order.notice_to,
        "state": DRAFT,
        "preparer_id": actor.id,
        "preparer_edu_id": actor.edu_id,
        "rows": len(found),
        "excluded": len(exclusions),
        "exclusions": canonical.dumps(exclusions).decode(),
        "created_at": work.now,
        "returned_reason": None,
    }
    queries.add_batch(work.session, row, found)
    trail.record(work, actor=actor.id, action="batch.draft", object=batch_id, rows=len(found))
    return batch_id


def _row(
    work: Work,
    programme: Mapping[Any, Any],
    order: Order,
    pupil: RosterRow,
    row_id: str,
    key: bytes,
) -> dict[str, Any]:
    institution_id = programme["institution_id"]
    claims = _claims(programme, order, pupil)
    return {
        "id": row_id,
        "sheet_row": pupil.row,
        "state": TABLE.apply(None, "import", PREPARER, ("notice_long_enough",)),
        "person_index": persons.index(work, institution_id, pupil.person),
        "award_index": persons.award_index(work, institution_id, pupil.award),
        "sealed": rows.seal(key, row_id, claims, work.random),
        "number": None,
        "void_reason": None,
    }


def _claims(programme: Mapping[Any, Any], order: Order, pupil: RosterRow) -> dict[str, str]:
    """Return what the certificate will state about a pupil."""
    grade_and_class = f"{pupil.grade or ''}{pupil.class_name or ''}"
    claims = {
        "name": pupil.name,
        "award": pupil.award,
        "award_date": pupil.award_date.isoformat(),
        "rank": None if pupil.rank is None else RANKS[pupil.rank],
        "period": order.period,
        "programme": programme["name"],
        "class": grade_and_class or None,
        "student_no": pupil.student_no,
        "subject": pupil.subject,
        "statement": programme["statement"],
    }
    return {name: value for name, value in claims.items() if value}
