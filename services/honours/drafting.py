"""From a roster file to a batch: the dry run against the database, then a preparer's draft.

Nothing is stored unless the dry run is clean or what is wrong was left out by name. A draft
enters the state table at ON_NOTICE with the recorded place and dates of the public notice; too
short a notice is refused (design 4). With `corrects`, every row replaces the live certificate
of its person: same institution, programme and period.

Reading, checking and sealing happen outside the writing transaction. What somebody else drafted
or issued meanwhile is looked for again inside it, under the institution's lock, and then the
whole dry run is made anew: so of many drafts of one roster one is stored.

Errors     Invalid period_wrong, award_day, notice_place, notice_dates, correction_nothing,
           correction_ambiguous, correction_twice; Conflict programme_closed, notice_long_enough,
           draft_contended; those of sheet and dry_run; Refused role_missing; Tampered
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from crypto import canonical
from crypto.canonical import Json
from identity import instants
from identity.credential_types import HONOUR
from identity.levels import Role
from services.accounts import operators
from services.accounts.operators import Operator
from services.audit import trail
from services.honours import (
    corrections,
    dry_run,
    holdings,
    persons,
    programmes,
    queries,
    rows,
    sheet,
)
from services.honours.approving import DRAFT
from services.honours.cells import Book
from services.honours.corrections import Corrections
from services.honours.dry_run import Accepted, Report
from services.honours.holdings import Holding
from services.honours.paper import looks
from services.honours.remarks import queries as remark_queries
from services.honours.remarks import texts as remarks
from services.honours.roster import RosterRow
from services.honours.rules import Rules
from services.honours.tables import BATCH
from services.honours.workflow import DISPUTED, NUMBERED, ON_NOTICE, PREPARER, TABLE
from services.platform import clock, fonts, guarded
from services.platform.db import new_id
from services.platform.errors import Conflict, Invalid
from services.platform.record_keys import NewKeys, RecordKeys
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

ON_THE_WAY = (ON_NOTICE, DISPUTED, NUMBERED)
TRIES = 5
NOTE_LENGTH = 500


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
    corrections: Corrections = field(default_factory=dict, repr=False)
    note: str = field(default="", repr=False)
    """What the preparer tells the approver."""


Held = Mapping[tuple[bytes, bytes], str]
"""By person and award, what the person has of it or will have: a number or a batch's id."""


@dataclass(frozen=True, slots=True)
class _Checked:
    programme: Mapping[Any, Any]
    report: Report
    indexes: Mapping[int, Sequence[bytes]]
    """The person's indexes by row number, the strongest first."""
    awards: Mapping[int, bytes]
    replaced: Mapping[int, str]
    left_out: frozenset[bytes]
    """The indexes of persons whose rows were left out."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A batch before it is stored."""

    batch: Mapping[str, Any]
    exclusions: str
    keys: NewKeys
    rows: Sequence[Mapping[str, Any]]
    persons: Sequence[Mapping[str, Any]]
    left_out: frozenset[bytes]


def examine(runtime: Runtime, actor: Operator, order: Order, data: bytes, filename: str) -> Report:
    """Return the dry run of a roster file; nothing is stored."""
    return examine_book(runtime, actor, order, sheet.read(data, filename))


def examine_book(runtime: Runtime, actor: Operator, order: Order, book: Book) -> Report:
    """Return the dry run of a roster that was read already."""
    book = corrections.apply(book, order.corrections)
    with runtime.reading() as work:
        return _check(work, actor, order, book).report


def draft(
    runtime: Runtime,
    actor: Operator,
    order: Order,
    data: bytes,
    filename: str,
    *,
    also: Callable[[Work], None] = lambda _: None,
) -> tuple[str | None, Report]:
    """Return the id of the new batch and the report; no id and nothing stored if not clean.

    `also` is done in the transaction that stores the batch.
    """
    book = corrections.apply(sheet.read(data, filename), order.corrections)
    for _ in range(TRIES):
        with runtime.reading() as work:
            checked = _check(work, actor, order, book)
            now = work.now
        if not checked.report.is_clean:
            return None, checked.report
        prepared = _prepare(runtime, actor, order, checked, now)
        with runtime.writing() as work:
            if _still_free(work, order, checked):
                also(work)
                return _store(work, actor, prepared, order.note), checked.report
    raise Conflict("draft_contended")


def working_days(first: date, last: date) -> int:
    """Return how many Mondays to Fridays lie from one day to another, both included."""
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    return sum(day.weekday() < 5 for day in days)


def _check(work: Work, actor: Operator, order: Order, book: Book) -> _Checked:
    programme = programmes.load(work, order.programme_id)
    operators.again(work, actor).require(Role.PREPARER, programme["institution_id"])
    _check_order(work, order, programme)
    _check_letters(work, programme, order)
    rules = Rules(
        today=clock.in_shanghai(work.now).date(),
        award_date=instants.read_day(order.award_on),
        awards=programmes.awards(programme),
        ranks=tuple(RANKS),
        school_codes=(institutions.current_code(work, programme["institution_id"]),),
        missing_glyphs=fonts.missing_in(work.runtime.settings.font_folders),
    )
    report = dry_run.check(
        book, rules, known=_known(work, programme, order), accepted=order.accepted
    )
    institution_id = programme["institution_id"]
    indexes = {row.row: persons.indexes(work, institution_id, row) for row in report.rows}
    awards = {row.row: persons.award_index(work, institution_id, row.award) for row in report.rows}
    replaced: Mapping[int, str] = {}
    if order.corrects and report.is_clean:
        replaced = _replaced(work, order, report.rows, indexes, awards)
    numbers = {each.row for each in report.excluded}
    left_out = persons.indexes_in(work, institution_id, report.layout, numbers)
    return _Checked(programme, report, indexes, awards, replaced, left_out)


def _check_order(work: Work, order: Order, programme: Mapping[Any, Any]) -> None:
    if not HONOUR.disclosable["period"](order.period):
        raise Invalid("period_wrong")
    if not order.notice_place.strip() or len(order.notice_place) > 120:
        raise Invalid("notice_place")
    if len(order.note) > NOTE_LENGTH:
        raise Invalid("batch_note", limit=NOTE_LENGTH)
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


def _check_letters(work: Work, programme: Mapping[Any, Any], order: Order) -> None:
    """Refuse what stands on every certificate and no font of this node has."""
    institution = institutions.load(work, programme["institution_id"])
    look = looks.of_programme(work, programme)
    signed = [each.title + each.name for each in look.signatories]
    words = (institution["name_zh"], programme["name"], programme["statement"], order.period)
    fonts.require(work.settings.font_folders, *words, look.title, *signed)


def _known(
    work: Work, programme: Mapping[Any, Any], order: Order
) -> Callable[[Sequence[RosterRow]], Mapping[int, str]]:
    """Return who already has the award: live certificates, and rows on their way to one."""
    institution_id = programme["institution_id"]

    def known(pupils: Sequence[RosterRow]) -> Mapping[int, str]:
        indexes = {row.row: persons.indexes(work, institution_id, row) for row in pupils}
        held = _held(work, order, indexes)
        found = {}
        for pupil in pupils:
            award = persons.award_index(work, institution_id, pupil.award)
            for index in indexes[pupil.row]:
                if (index, award) in held:
                    found[pupil.row] = held[index, award]
        return found

    return known


def _held(work: Work, order: Order, indexes: Mapping[int, Sequence[bytes]]) -> Held:
    """Return what these persons have or will have; a correction is not in its own way."""
    wanted = [index for each in indexes.values() for index in each]
    return holdings.taken(_holdings(work, order, wanted), live=not order.corrects)


def _holdings(work: Work, order: Order, wanted: Sequence[bytes]) -> list[Holding]:
    award = order.programme_id, order.period
    return holdings.of_persons(work, *award, wanted, on_the_way=ON_THE_WAY)


def _replaced(
    work: Work,
    order: Order,
    pupils: Sequence[RosterRow],
    indexes: Mapping[int, Sequence[bytes]],
    awards: Mapping[int, bytes],
) -> dict[int, str]:
    """Return the certificate that each row of a correction replaces, by row number."""
    wanted = [index for each in indexes.values() for index in each]
    has = holdings.replaceable(_holdings(work, order, wanted))
    replaced = {}
    for pupil in pupils:
        own = {n: a for index in indexes[pupil.row] for n, a in has.get(index, {}).items()}
        same = [number for number, award in own.items() if award == awards[pupil.row]]
        candidates = same or list(own)
        if not candidates:
            raise Invalid("correction_nothing", row=pupil.row)
        if len(candidates) > 1:
            raise Invalid("correction_ambiguous", row=pupil.row)
        replaced[pupil.row] = candidates[0]
    if len(set(replaced.values())) != len(replaced):
        raise Invalid("correction_twice")
    return replaced


def _still_free(work: Work, order: Order, checked: _Checked) -> bool:
    """Return whether what was found out in another transaction still holds in this one."""
    institutions.load(work, checked.programme["institution_id"], lock=True)
    held = _held(work, order, checked.indexes)
    taken = any(
        (index, checked.awards[row]) in held
        for row, indexes in checked.indexes.items()
        for index in indexes
    )
    if taken or not checked.replaced:
        return not taken
    pupils = checked.report.rows
    return _replaced(work, order, pupils, checked.indexes, checked.awards) == checked.replaced


def _prepare(
    runtime: Runtime, actor: Operator, order: Order, checked: _Checked, now: datetime
) -> _Prepared:
    """Make and seal everything that is to be stored."""
    programme, report = checked.programme, checked.report
    batch_id = new_id("bat", runtime.random)
    row_ids = [new_id("row", runtime.random) for _ in report.rows]
    keys = RecordKeys.of(runtime).make(row_ids, runtime.random)
    made: list[dict[str, Any]] = []
    whose: list[dict[str, Any]] = []
    for position, (pupil, row_id) in enumerate(zip(report.rows, row_ids, strict=True)):
        claims = claims_of(programme, order, pupil)
        sealed = rows.seal(keys.keys[row_id], row_id, claims, runtime.random)
        row = {"id": row_id, "batch_id": batch_id, "position": position, "sealed": sealed}
        about = list(_persons(checked, order, pupil, row_id))
        made.append(rows.stamp(runtime.protect, row | _row(checked, pupil), about))
        whose += about
    excluded: list[Json] = [{"reason": each.reason, "row": each.row} for each in report.excluded]
    batch = _batch(actor, order, checked, now) | {"id": batch_id, "rows": len(made)}
    said = canonical.dumps(excluded).decode() if excluded else ""
    return _Prepared(batch, said, keys, made, whose, checked.left_out)


def _row(checked: _Checked, pupil: RosterRow) -> dict[str, Any]:
    return {
        "sheet_row": pupil.row,
        "state": TABLE.apply(None, "import", PREPARER, ("notice_long_enough",)),
        "person_index": checked.indexes[pupil.row][0],
        "award_index": checked.awards[pupil.row],
        "number": None,
        "void_reason": None,
        "void_content": None,
        "supersedes": checked.replaced.get(pupil.row),
        "credential": None,
    }


def _persons(
    checked: _Checked, order: Order, pupil: RosterRow, row_id: str
) -> Iterator[dict[str, Any]]:
    for index in checked.indexes[pupil.row]:
        yield {
            "row_id": row_id,
            "person_index": index,
            "institution_id": checked.programme["institution_id"],
            "programme_id": checked.programme["id"],
            "period": order.period,
            "award_index": checked.awards[pupil.row],
            "live": False,
        }


def _batch(actor: Operator, order: Order, checked: _Checked, now: datetime) -> dict[str, Any]:
    return {
        "institution_id": checked.programme["institution_id"],
        "programme_id": checked.programme["id"],
        "period": order.period,
        "award_on": order.award_on,
        "notice_place": order.notice_place,
        "notice_from": order.notice_from,
        "notice_to": order.notice_to,
        "state": DRAFT,
        "preparer_id": actor.id,
        "preparer_edu_id": actor.edu_id,
        "excluded": len(checked.report.excluded),
        "corrected": corrections.count(order.corrections),
        "created_at": now,
        "returned_sealed": None,
    }


def _store(work: Work, actor: Operator, prepared: _Prepared, note: str) -> str:
    batch_id = str(prepared.batch["id"])
    operators.again(work, actor).require(Role.PREPARER, prepared.batch["institution_id"])
    RecordKeys.of(work.runtime).store(work, prepared.keys)
    sealed = {
        "exclusions_sealed": remarks.seal(work, batch_id, "exclusions", prepared.exclusions),
        "note_sealed": remarks.seal(work, batch_id, "note", note.strip()),
    }
    row = guarded.stamp(work.protect, BATCH, {**prepared.batch, **sealed})
    queries.add_batch(work.session, row, prepared.rows, prepared.persons)
    remark_queries.add(work.session, batch_id, prepared.left_out)
    trail.record(
        work, actor=actor.id, action="batch.draft", object=batch_id, rows=len(prepared.rows)
    )
    return batch_id


def claims_of(programme: Mapping[Any, Any], order: Order, pupil: RosterRow) -> dict[str, str]:
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
